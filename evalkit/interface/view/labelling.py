"""The label pages: one reply at a time, what is said of it stored, taken back, or its reading mended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evalkit.comparing.to_label import Place
from evalkit.errors import SpecError
from evalkit.interface.label_queue import LabelItem, LabelQueue
from evalkit.interface.reading import Place as At
from evalkit.interface.reading import StoredReply
from evalkit.interface.view.work import Work
from evalkit.showing import view
from evalkit.types import RELATION

Form = dict[str, str]
NOTHING: dict[str, Any] = {
    "item": None, "place": "", "last": "", "reply": "", "statement": "", "solution": "", "relations": {}, "numbers": {},
    "abouts": {}, "mend": "", "mendable": False,
}  # fmt: skip


def page_of(queue: LabelQueue, work: Work, asked: Form) -> dict[str, Any]:
    """What label.html.j2 shows. asked: who labels, and `at` a reply, or the next one `after` one."""
    who, last = _who(asked, needed=False), asked.get("last", "")
    if not who:
        return {**NOTHING, "who": ""}
    item = queue.at(_place(asked["at"]), who) if "at" in asked else queue.next(who, _maybe(asked.get("after")))
    if item is None:
        return {**NOTHING, "who": who, "last": last}
    spans = [(q.start, q.stop) for q in item.questions if q.metric == RELATION]
    problem, text = item.problem, item.text
    mendable = problem is not None and bool(problem.symbols)
    return {
        "who": who, "item": item, "place": _named(item.place), "last": last, "reply": view.typeset(text, spans),
        "statement": view.typeset(problem.statement) if problem else "",
        "solution": view.typeset(problem.staff.solution) if problem else "",
        "relations": {n: _formula(text, q.start, q.stop) for n, q in enumerate(item.questions)},
        "abouts": {n: view.typeset(q.about) for n, q in enumerate(item.questions)},
        "numbers": {n: n + 1 - len(item.questions) + len(spans) for n in range(len(item.questions))},
        "mend": work.read(reading_of, queue.path, _at(item)) if mendable and asked.get("mend") else "",
        "mendable": mendable,
    }  # fmt: skip


def stored(queue: LabelQueue, form: Form) -> Form:
    """Store a form, or take the last one back; returns what the next page is asked for."""
    who = _who(form)
    if form.get("do") == "undo" and form.get("last"):
        queue.forget(_place(form["last"]), who)
        return {"who": who, "at": form["last"]}
    place = _place(form.get("place", ""))
    said = {name: _value(text) for name, text in form.items() if name not in ("who", "place", "last", "do")}
    queue.keep(place, who, said)
    return {"who": who, "after": _named(place), "last": _named(place)}


def mended(queue: LabelQueue, work: Work, form: Form) -> Form:
    """Store a mended reading under the labeller's name."""
    who, place = _who(form), _place(form.get("place", ""))
    try:
        given = json.loads(form.get("reading", ""))
    except (ValueError, RecursionError) as error:
        raise SpecError(f"the reading is not valid JSON: {error}") from None
    if not isinstance(given, dict):
        raise SpecError("the reading must be an object, as it was shown")
    work.read(keep_reading, queue.path, _at(queue.at(place, who)), given, who)
    return {"who": who, "at": _named(place)}


def reading_of(path: Path, at: At) -> str:
    """The reading in force, as text to be mended."""
    return json.dumps(StoredReply(path, at, Path("problems")).reading(), indent=1, ensure_ascii=False)


def keep_reading(path: Path, at: At, given: dict[str, Any], who: str) -> str:
    """As `StoredReply.keep_reading`."""
    return StoredReply(path, at, Path("problems")).keep_reading(given, who)


def _at(item: LabelItem) -> At:
    trial = item.stored.transcript.trial
    return At(trial.problem, trial.template, trial.model, trial.sample, item.place[1])


def _formula(text: str, start: int, stop: int) -> Any:
    """One relation alone, typeset."""
    return view.typeset(f"${text[start:stop].replace('&', ' ').strip(' $.,;')}$") if stop else ""


def _who(form: Form, *, needed: bool = True) -> str:
    who = form.get("who", "").strip()[:100]
    if needed and not who:
        raise SpecError("who labels? Labels are stored under a name")
    return who


def _named(place: Place) -> str:
    return f"{place[0]}.{place[1]}"


def _place(text: str) -> Place:
    found = _maybe(text)
    if found is None:
        raise SpecError(f"{text[:40]!r} is no reply")
    return found


def _maybe(text: str | None) -> Place | None:
    key, _, turn = (text or "").partition(".")
    fits = all(part.isascii() and part.isdigit() and len(part) < 16 for part in (key, turn))
    return (int(key), int(turn)) if fits else None


def _value(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise SpecError(f"{text[:40]!r} is no value of a label") from None
