"""`python -m evalkit` is the command `evalkit`."""

from __future__ import annotations

import signal


def main() -> None:
    """The command. Ctrl-C while the program is still being loaded ends it without a word: nothing has begun."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not where the caller has it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from evalkit.cli import main as command

    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, handler)
    command()


if __name__ == "__main__":
    main()
