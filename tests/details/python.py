"""What `import evalkit` gives of a made run: every frame with its columns, every result as text, page and repr."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import evalkit
from evalkit.interface import given
from tests.arrange import PROBLEM, ROOT
from tests.details import made_run
from tests.recorded import plain, short


@cache
def _compared(run: evalkit.Run) -> evalkit.Comparisons:
    return run.compare()


FRAMES: dict[str, Callable[[evalkit.Run], Any]] = {
    "scores": lambda run: run.scores(),
    "scores of first turns": lambda run: run.scores("first", ["approach.level"]),
    "scores of all turns": lambda run: run.scores("all"),
    "metrics": lambda run: run.metrics(),
    "replies": lambda run: run.replies(),
    "answers": lambda run: run.answers(),
    "transcripts": lambda run: run.transcripts(),
    "labels": lambda run: run.labels(),
    "labels of all": lambda run: run.labels(everyone=True),
    "differing": lambda run: run.differing("hint", "plain", "number.correct"),
    "differing levels": lambda run: run.differing("ladder", "both", "approach.level"),
    "comparisons": lambda run: _compared(run).frame(),
    "agreements": lambda run: run.agreement().frame(),
}
TOLD: dict[str, Callable[[evalkit.Run], Any]] = {
    "run": lambda run: run,
    "counts": lambda run: run.counts(),
    "comparisons": lambda run: _compared(run),
    "of everything": lambda run: _compared(run).everything(),
    "figures": lambda run: list(_compared(run).figures()),
    "failures": lambda run: _compared(run).failures("hint number.correct < 0.9", "ban approach.level > 0", "ladder number.correct >= 0"),
    "agreement": lambda run: run.agreement(everything=True),
    "chats": lambda run: run.chats("set/p1", "ladder", "small", 1),
    "a preview": lambda _: evalkit.preview("set/p1", "hint_after"),
    "no such prompt": lambda _: evalkit.preview("set/p1", "ban_approachh"),
    "checks": lambda _: evalkit.check("set/*"),
    "equations": lambda _: evalkit.equations("With $x = 2$, $x^2 = 4$ and $x^3 = 9$.", world={"symbols": {"x": "scalar"}}),
    "a forecast": lambda _: evalkit.forecast({"problems": ["set/*"], "templates": ["plain", "hint_after"], "models": [{"id": "openai:x", "prices": {"input": 1, "output": 2}}], "samples": 2}, "none.sqlite"),
    "no such arm": lambda run: run.compare(arms=["hints"]),
    "no such metric": lambda run: run.scores(metrics=["number.wrong"]),
    "no such chat": lambda run: run.chats("set/p9"),
    "no such figure": lambda run: _compared(run).figure("forests"),
}  # fmt: skip


VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, -1, 0.5, 1.5, 65535, 65536, float("nan"), "", " ", "x", "ray:auto", "a\0b", b"x", Path("x"), [], ["x"], ["x", "y"], [1], [0.1, 0.2, 0.3], [0.1, 0.2],
    (0, 1), (0, -1), (0, 1, 2), {}, {"x": "y"}, {"x": 1}, {"x": 0.5, "y": -1}, {"x": 0}, {1: 2}, {"x", "y"}, {0.1, 0.2, 0.3}, range(2),
)  # fmt: skip


def _kinds() -> Iterator[str]:
    """Of each parameter, which values are taken."""
    for name, (fits, words) in sorted(given.KINDS.items()):
        yield f"{name}, {words}: {', '.join(repr(value) if not isinstance(value, set) else 'a set' for value in VALUES if fits(value))}"
    for fault in ("transient", "data", "fatal", "again"):
        for more in ({}, {"retry_after": 0.0}, {"retry_after": 2.0}, {"throttled": True}):
            found = evalkit.ProviderError("gone", fault=fault, **more)
            yield f"{fault} {more}: {found} {found.fault} {found.retry_after} {found.throttled}"


def told(folder: Path) -> Iterator[str]:
    yield from _kinds()
    made_run.fill(folder / "one.sqlite", seed=5, models=("small",))
    (folder / "problems" / "set").mkdir(parents=True)
    (folder / "prompts").mkdir()
    for n in (1, 2):
        (folder / "problems" / "set" / f"p{n}.toml").write_text(PROBLEM.format(i=n), encoding="utf-8")
    for template in (ROOT / "prompts").glob("*.j2"):
        (folder / "prompts" / template.name).write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    run = evalkit.load_run(folder / "one.sqlite")
    for name, frame in FRAMES.items():
        table = frame(run)
        yield f"--- {name}: {len(table)} rows"
        yield from (
            f"{c} {table[c].dtype.kind} {short(plain(repr(table[c].tolist())))} {table[c].tolist()[:2]!s:.60}"
            for c in table
        )
    for name, call in TOLD.items():
        yield from _shown(name, lambda c=call: c(run))  # type: ignore[misc]
    yield from _labelling(run)
    for layout in ("csv", "markdown", "latex", "json"):
        text = _compared(run).write(layout)
        yield f"{layout}: {len(text)} {short(plain(text))}"


def _shown(name: str, call: Callable[[], Any]) -> Iterator[str]:
    try:
        found = call()
    except evalkit.EvalkitError as error:
        yield f"--- {name}: {type(error).__name__} {error}"
        return
    page = found._repr_html_() if hasattr(found, "_repr_html_") else ""
    data = repr(found.data()) if hasattr(found, "data") else ""
    yield f"--- {name}: {short(plain(page))} {short(plain(data))} {plain(repr(found))}"
    text = plain(str(found))
    yield text if len(text) < 1500 else f"{len(text.splitlines())} lines {short(text)}"


def _labelling(run: evalkit.Run) -> Iterator[str]:
    """A queue of one labeller from the first reply to the third, and what is then stored."""
    queue = run.label_queue(seed=3)
    for n in range(3):
        item = queue.next("dora")
        assert item is not None
        yield f"{item.place} {item.done} of {item.total}"
        yield from (f"  {q.name}: {q.about} {q.choices} {q.said} {q.answered}" for q in item.questions)
        said: Mapping[str, float | None] = {q.name: q.choices[min(n, len(q.choices) - 1)][1] for q in item.questions}
        queue.keep(item.place, "dora", said)
    yield f"{[(label.metric, label.value) for label in run.labels(everyone=True).itertuples() if label.labeller == 'dora']}"
