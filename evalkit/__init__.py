"""evalkit measures whether a prompt, a hint or a ban changes how a model derives, or only seems to."""

__version__ = "0.1.0"
