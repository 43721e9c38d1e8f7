"""How small texts are read: short formulas, units, numbers in figures and in words, decoration, spellings of signs.

`tests/cases/details/reading.txt` has a section for each; a line is one text. What is said of it is meant to be read: a
formula's tokens and what they are made of, the value of a number with its unit and place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from evalkit.derivation.text import bare
from evalkit.derivation.text.layout import Layout
from evalkit.reading import derived, facts, quantities, results, spoken
from evalkit.reading.maths import algebra, another, measures, nodes, solutions, units, words
from evalkit.reading.maths.latex import tokens
from evalkit.reading.maths.names import Unreadable
from evalkit.reading.maths.scalars import Way
from evalkit.reading.plain import plain
from evalkit.reading.quotations import typeset
from tests.derivation_help import CASES


def told(folder: Path) -> Iterator[str]:
    del folder
    said: Callable[[str], str] = formula
    for line in (CASES.parent / "details" / "reading.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            said = SECTIONS[line.removeprefix("## ")]
            yield line
        elif line:
            yield f"{line} | {said(line)}"


def formula(text: str) -> str:
    found = tokens(text)
    return f"{' '.join(found)} | {_structure(found)} | {another.kind(text) or ''}"


def _structure(found: list[str]) -> str:
    try:
        return _shown(solutions.read(found))
    except Unreadable as why:
        return f"unread: {why}"


def _shown(node: object) -> str:
    match node:
        case nodes.Scalar(said):
            try:
                return str(algebra.expression(said, Way()))
            except Unreadable as why:
                return f"<{' '.join(said)}: {why}>"
        case nodes.Relation(marks, sides, _):
            return " ".join(x for pair in zip(map(_shown, sides), (*marks, ""), strict=True) for x in pair).strip()
        case tuple():
            return f"({', '.join(map(_shown, node))})"
    if is_dataclass(node) and not isinstance(node, type):
        return f"{type(node).__name__}({', '.join(_shown(getattr(node, f.name)) for f in fields(node))})"
    return str(node)


def unit(text: str) -> str:
    """What it measures, and the same behind a value of a formula and of a text."""
    found = measures.measure(text)
    size = f"{_number(found.size)} {' '.join(f'{name}^{power}' for name, power in found.powers)}" if found else "-"
    typeset_as = " & ".join(units.split(f"12\\text{{ {text}}}"))
    return f"{size} | {typeset_as} | {result(f'12 {text}')} | {fact(f'12 {text} of it')}"


def result(text: str) -> str:
    """The formulas of a text with their values, then its single numbers where these are others."""
    found = [f"{_number(r.value)}{_of(r.unit)} [{text[r.start : r.end]}]" for r in results.read(text)]
    single = [f"{_number(q.value)}{_of(q.unit)} [{text[q.start : q.end]}]" for q in quantities.read(text)]
    return "; ".join(found) + ("" if single == found else f" | {'; '.join(single)}")


def said_in_words(text: str) -> str:
    found = [f"{_number(r.value)}{_of(r.unit)} [{text[r.start : r.end]}]" for r in spoken.read(text)]
    return f"{'; '.join(found)} | {fact(text)} | {words.numeral(text)} {'may be one' if words.may_be_formula(text) else ''}"


def fact(text: str) -> str:
    return "; ".join(
        f"{_number(f.value)} {f.kind or ''}{sorted(f.nouns) or ''} [{text[f.start : f.end]}]" for f in facts.facts(text)
    )


def undecorated(text: str) -> str:
    return repr(plain(text).text)


def spelled(text: str) -> str:
    """The tokens of a command or sign in a quotation."""
    if not text.startswith("\\"):
        return typeset.sign(text)
    return " ".join(f"{name}[{start}:{end}]" for name, start, end in typeset.command(text))


def undelimited(text: str) -> str:
    """Stretches of mathematics in a line of prose."""
    return " & ".join(text[low:high] for low, high in bare.bare_lines(text, ()))


def derived_from(text: str) -> str:
    """What follows from the numbers of a text: what is left of shares, one operation, two, and with those of another."""
    numbers = [f for f in facts.facts(text) if f.value is not None]
    found = {
        "left": derived.complements(numbers), "one": derived.one_step(numbers), "two": derived.two_steps(numbers),
        "each": derived.one_step(numbers[:1], numbers[1:]),
    }  # fmt: skip
    return "; ".join(f"{name} {_results(d.values)} {_results(d.each)}" for name, d in found.items())


def _results(found: Mapping[Any, Sequence[float]]) -> str:
    return str({k: [float(f"{x:.5g}") for x in v] for k, v in sorted(found.items(), key=str)})


def placed(text: str) -> str:
    """Of each line of a text (⏎ where one ends): the line above its list, whether that only reports, what is near it."""
    text = text.replace("⏎", "\n")
    layout = Layout(text)
    starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n" and i + 1 < len(text))]
    lines = [(a, b - 1) for a, b in zip(starts, [*starts[1:], len(text) + 1], strict=True) if b - 1 > a]
    said = [
        f"{layout.lead(a)[:20]!r}{' reported' if layout.reported(a) else ''} near {[n for n, other in enumerate(lines) if layout.near((a, b), other)]}"
        for a, b in lines
    ]
    return f"{' & '.join(said)} | {[text[a:b][:15] for a, b in layout.entries()]}"


def _number(value: Fraction | None) -> str:
    return "-" if value is None else str(value)


def _of(unit: str | None) -> str:
    return f" {unit}" if unit else ""


SECTIONS = {
    "formulas": formula, "units": unit, "numbers": result, "numbers in words": said_in_words, "facts": fact, "decoration": undecorated,
    "signs of quotations": spelled, "formulas in prose": undelimited, "derived": derived_from, "places": placed,
}  # fmt: skip
