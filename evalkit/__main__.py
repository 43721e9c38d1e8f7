"""`python -m evalkit` is the command `evalkit`."""

from __future__ import annotations

import gc
import signal

GARBAGE_AFTER = 20_000
"""New objects, less those gone, after which cycles are looked for. Python's own 700 suit small programs: here a search
walks over what the imports left, and takes a tenth of the time of a run that leaves hardly any cycles."""


def main() -> None:
    """The command. Ctrl-C while the program is still being loaded ends it without a word: nothing has begun."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not where the caller has it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(GARBAGE_AFTER, 20, 50)
    from evalkit.cli import main as command

    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, handler)
    try:
        command()
    finally:
        gc.freeze()  # the process ends: Python would search all that is left once more for cycles, for nothing


if __name__ == "__main__":
    main()
