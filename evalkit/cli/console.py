"""What the command line needs of a terminal: progress, Ctrl-C, errors in one message."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from evalkit.asking.progress import Pace, Progress
from evalkit.asking.stopping import Stop
from evalkit.errors import EvalkitError
from evalkit.showing.safe import safe as safe

T = TypeVar("T")
PLAIN_SECONDS = 10.0
"""How often a line of progress is printed where there is no terminal."""

for _name in ("stdout", "stderr"):
    _stream = getattr(sys, _name)
    if _stream is None:  # closed by the caller (`>&-`): what is printed goes nowhere
        setattr(sys, _name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
    elif isinstance(_stream, io.TextIOWrapper):  # a terminal or file that cannot show a sign gets `?` for it
        _stream.reconfigure(errors="replace")


class _Guarded(Console):
    """A console on which data stays data: brackets are no markup, and no control character of a text is written.

    All that evalkit shows passes here, so that names, titles, replies and errors need no care of their own.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(safe(segment.text), segment.style)


out = _Guarded(
    highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else 200
)
err = _Guarded(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


note = _Guarded(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
"""For what may be left unsaid: progress, counts, where a file was written."""


def hush(wanted: bool) -> None:
    """`--quiet`: errors, warnings and questions stay, and so does what goes to standard output."""
    note.quiet = wanted


def complain(error: EvalkitError) -> None:
    """An error as the user sees it: no traceback, every complaint on its own line."""
    from rich.text import Text

    for i, line in enumerate(str(error).splitlines() or [type(error).__name__]):
        err.print(Text.assemble(("error: " if i == 0 else "       ", "bold red"), safe(line)))


def run_async(main: Callable[[], Coroutine[Any, Any, T]], stop: Stop) -> T:
    """Run to the end. The first Ctrl-C lets requests under way finish and be stored, the second stops at once."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):
        import uvloop  # type: ignore[import-not-found,unused-ignore]

        factory = uvloop.new_event_loop

    async def guarded() -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def interrupted() -> None:
            if stop.reason is None:
                stop.now("interrupted")
                err.print(
                    "\nStopping: nothing new is sent; requests under way are finished and stored. Ctrl-C again stops "
                    "at once: what is under way then is lost, and paid for again if you go on."
                )
            elif task is not None:
                task.cancel()

        for name in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, ValueError):  # no signal handlers there: the default ones stay
                loop.add_signal_handler(name, interrupted)
        return await main()

    with asyncio.Runner(loop_factory=factory) as runner:
        try:
            return runner.run(guarded())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


class _Shown(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        note.print(self.format(record))


@contextmanager
def messages_shown() -> Iterator[None]:
    """Shows what evalkit logs on standard error: which device a local model is loaded on, say."""
    log, shown = logging.getLogger("evalkit"), _Shown()
    before = log.level
    log.addHandler(shown)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(shown)
        log.setLevel(before)


@contextmanager
def progress_shown(progress: Progress) -> Iterator[None]:
    """Shows `progress` while the body runs: a live line at 10 Hz on a terminal, else a plain line every 10 seconds."""
    import threading

    start = time.monotonic()
    over = threading.Event()
    live = note.is_terminal and not note.quiet
    pace = Pace()

    def tick() -> None:
        with note.status("starting") if live else nullcontext() as status:
            while not over.wait(0.1 if live else PLAIN_SECONDS):
                seconds = time.monotonic() - start
                line = describe(progress, seconds, pace.seen(progress.done - progress.kept, seconds))
                if status is None:
                    note.print(line)
                else:
                    status.update(line)

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        with messages_shown():
            yield
    finally:
        over.set()
        thread.join()


PROBING = "waiting for the conformance probe (--no-probe leaves it out)"


def describe(progress: Progress, seconds: float, pace: float | None) -> str:
    """`120/400 trials, 60 in flight, 4 waiting, 3 failed, 12.1 requests/s, 950 tokens/s, cost 0.12, 0:23 left`

    pace: trials a second, of late.
    """
    per_second = 1 / seconds if seconds > 0 else 0.0
    sent = sum(meter.in_flight for meter in progress.meters) if progress.meters else progress.in_flight
    waiting = min(progress.in_flight, sum(meter.limit for meter in progress.meters)) - sent
    begun = sent or progress.asked or progress.done or progress.failed
    parts = [f"{progress.done}/{progress.total} trials"]
    parts += [f"{sent} in flight"] if begun else [] if progress.probing else ["starting"]
    parts += [PROBING] if progress.probing else []
    parts += [f"{waiting} waiting"] if waiting > 0 else []
    down = sum(not server.up for server in progress.servers)
    parts += [f"{down} of {len(progress.servers)} servers down"] if down else []
    parts += [_on_nodes(progress)] if progress.clusters else []
    parts += [f"{progress.failed} failed"] if progress.failed else []
    parts += [f"{progress.retries} retries"] if progress.retries else []
    parts += [f"{progress.cut_off} cut off"] if progress.cut_off else []
    rate = progress.asked * per_second
    if progress.asked:
        parts += [f"{rate:.1f} requests/s" if rate >= 0.1 else f"{60 * rate:.1f} requests/min"]
    tokens = progress.output_tokens * per_second
    if progress.output_tokens:
        parts += [f"{tokens:.0f} tokens/s" if tokens >= 1 else f"{60 * tokens:.0f} tokens/min"]
    parts += [f"cost {progress.cost:.4g}"] if progress.cost else []
    if pace and progress.done < progress.total:
        left = int((progress.total - progress.done) / pace)
        minutes = f"{left // 60}:{left % 60:02d}" if left < 3600 else f"{left // 3600} h {left % 3600 // 60:02d} min"
        parts.append(f"{minutes} left")
    return ", ".join(parts)


MOST_NODES = 4
"""Are named in the line of progress; the end tells of all."""


def _on_nodes(progress: Progress) -> str:
    """`3 of 4 copies (gpu1: 120, gpu2: 118)`"""
    up, wanted = (sum(getattr(copies, n) for copies in progress.clusters) for n in ("up", "wanted"))
    nodes = progress.nodes
    each = ", ".join(f"{node.name}: {node.answered}" for node in nodes[:MOST_NODES])
    more = f", {len(nodes) - MOST_NODES} more nodes" if len(nodes) > MOST_NODES else ""
    return f"{up} of {wanted} copies" + (f" ({each}{more})" if each else "")


def warn(message: str) -> None:
    """A warning on standard error."""
    err.print(f"warning: {message}")


def say(message: str) -> None:
    """A line on standard error, unless it is to be quiet."""
    note.print(message)
