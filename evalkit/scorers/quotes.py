r"""Are the quotations of a reply what the passage says?

Every quotation (reading.quotations.finding says what is one, and what is a mere term) is placed on the scale verbatim,
elided, repunctuated, spliced, altered, absent (reading.quotations.placing). The first three are faithful. Quotations of
the question, of the student, and of what the passage is denied to say do not count.

altered_formulas: those of the altered ones of which only formulas differ (every change lies between mathematical
delimiters of the passage, or has signs and single letters alone); `altered` counts them, so changed words are the rest.
repunctuated: faithful ones with other punctuation marks (`To be or not to be` without its comma).

contradicted: in the sentence around a quotation the reply gives numbers of a unit that the quotation uses too, and none
of them is in the quotation (`a baseline of 341 s: "our reproduction took 356 seconds"`). A hint for readers, not a
fault by itself.

Not covered: whether the quotation supports what the reply concludes from it, and numbers in words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, ClassVar

from evalkit import types
from evalkit.reading import quantities
from evalkit.reading.plain import Plain, plain
from evalkit.reading.quantities import Quantity
from evalkit.reading.quotations import MOST, Change, Reading, read

_SHOWN = 400
_REASON = 160
"""Characters of each text in a reason."""


_FAITHFUL = types.Mark("quote", "quotation", "a faithful quotation", 100)
_CHANGED = types.Mark("altered", "altered", "an altered, spliced or invented quotation", 110)
_ALTERED = types.Tags(("", "altered quotation"), 50)


class Scorer(types.Scorer):
    """Fidelity of quotations; the table has no fields."""

    version = 8
    reads_passage = True
    metrics: ClassVar[dict[str, types.Metric]] = {
        # A reply need not quote, so there is no value that every gold reply reaches.
        "faithful": types.Metric("share of the quotations with the passage's words", full=None, headline=70),
        "altered": types.Metric(
            "quotations that are altered or spliced", high=MOST, full=0, better="lower", tags=_ALTERED,
            listed={"altered": types.Listed(), "spliced": types.Listed()},
        ),
        "altered_formulas": types.Metric(
            "altered quotations of which only formulas differ", high=MOST, full=None, better="lower"
        ),
        "repunctuated": types.Metric(
            "faithful quotations of which punctuation marks differ", high=MOST, full=None, better="lower"
        ),
        "absent": types.Metric(
            "quotations of what is nowhere in the passage", high=MOST, full=0, better="lower", tags=_ALTERED,
            listed={"absent": types.Listed()},
        ),
        "contradicted": types.Metric(
            "quotations beside another number than they give", high=MOST, full=None, better="lower"
        ),
    }  # fmt: skip
    marks: ClassVar[dict[str, types.Mark]] = {
        "verbatim": _FAITHFUL, "elided": _FAITHFUL, "repunctuated": _FAITHFUL,
        "altered": _CHANGED, "spliced": _CHANGED, "absent": _CHANGED,
    }  # fmt: skip

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        question = conversation.question
        if not question.passage:
            return [types.Score(name, None, "the problem has no passage") for name in self.metrics]
        text = plain(conversation.text)
        readings = read(text, conversation.text, question.passage, question.statement)
        judged = [reading for reading in readings if reading.of == "passage"]
        numbers = {id(reading): _numbers(text, reading) for reading in judged}
        formulas = [m.span() for m in _FORMULA.finditer(question.passage)]
        spans = {id(reading): _span(text, reading, numbers[id(reading)]) for reading in judged}
        details = {"quotations": [_details(text, r, question.passage, numbers.get(id(r))) for r in readings]}
        capped = f" (the first {MOST} are judged)" if len(readings) == MOST else ""

        def counted(metric: str, chosen: list[Reading], what: str) -> types.Score:
            reason = f"{len(chosen)} of {_count(judged)} {what}{capped}"
            reason += "".join(
                f"; {_compared(text, r, question.passage or '')}" for r in chosen[:3] if r.placement.changes
            )
            return types.Score(metric, float(len(chosen)), reason, tuple(spans[id(r)] for r in chosen), details)

        faithful = [r for r in judged if r.placement.faithful]
        altered = [r for r in judged if r.placement.level in ("altered", "spliced")]
        share = counted("faithful", faithful, "faithful")
        value = len(faithful) / len(judged) if judged else None
        reason = share.reason if judged else "the reply quotes nothing from the passage"
        return [
            types.Score("faithful", value, reason, tuple(spans.values()), details),
            counted("altered", altered, "altered or spliced"),
            counted("altered_formulas", [r for r in altered if _in_formulas(r, formulas)], "altered in formulas alone"),
            counted(
                "repunctuated", [r for r in judged if r.placement.level == "repunctuated"], "with other punctuation"
            ),
            counted("absent", [r for r in judged if r.placement.level == "absent"], "absent from the passage"),
            counted(
                "contradicted", [r for r in judged if numbers[id(r)].get("agree") is False], "beside other numbers"
            ),
        ]


_FORMULA = re.compile(r"\$\$?[^$]{1,2000}\$\$?|\\\((?:(?!\\\)).){1,2000}\\\)|\\\[(?:(?!\\\]).){1,2000}\\\]", re.DOTALL)
_PROSE = re.compile(r"(?<![\\A-Za-z])[^\W\d_]{2,}")
_SIGNED = re.compile(r"[\\^_=+<>≤≥≠·×{}-]|(?<![^\W\d_])[^\W\d_](?![^\W\d_])")


def _in_formulas(reading: Reading, formulas: list[tuple[int, int]]) -> bool:
    def holds(change: Change) -> bool:
        at = bisect_right(formulas, (change.start, len(formulas) and formulas[-1][1])) - 1
        inside = at >= 0 and change.end <= formulas[at][1] and change.start < formulas[at][1]
        both = f"{change.quoted} {change.source}"
        return inside or (not _PROSE.search(both) and bool(_SIGNED.search(both)))

    return bool(reading.placement.changes) and all(map(holds, reading.placement.changes))


def _compared(text: Plain, reading: Reading, passage: str) -> str:
    """The words of the reply beside those of the passage, as far as they differ."""
    quoted = " ".join(text.text[reading.quotation.start : reading.quotation.end].split())[:_REASON]
    places = reading.placement.places
    source = " ".join(passage[min(a for a, _ in places) : max(b for _, b in places)].split())[:_REASON]
    changes = "; ".join(str(change) for change in reading.placement.changes[:5])[:_REASON]
    return f"reply: [{quoted}] passage: [{source}] differs: {changes}"


def _count(judged: list[Reading]) -> str:
    return f"{len(judged)} quotation" + ("" if len(judged) == 1 else "s")


def _numbers(text: Plain, reading: Reading) -> dict[str, Any]:
    """Quantities in the sentence around a quotation against those inside, where both have the same unit."""
    quotation = reading.quotation
    inside = _quantities(text, quotation.start, quotation.end)
    around = _quantities(text, *quotation.before) + _quantities(text, *quotation.after)
    pairs = [(a, b) for a in around for b in inside if a.unit and b.unit and _comparable(a, b)]
    if not pairs:
        return {}
    agree = any(quantities.convert(a.value, a.unit, b.unit) == b.value for a, b in pairs)
    beside, quoted = ({f"{q.value} {q.unit}" for q in side} for side in zip(*pairs, strict=True))
    return {"agree": agree, "beside": sorted(beside), "quoted": sorted(quoted)}


def _quantities(text: Plain, start: int, end: int) -> list[Quantity]:
    return quantities.read(text.text[start:end])


def _comparable(a: Quantity, b: Quantity) -> bool:
    return a.unit == b.unit or (a.kind is not None and a.kind == b.kind)


def _span(text: Plain, reading: Reading, numbers: dict[str, Any]) -> types.Span:
    placement = reading.placement
    note = placement.level
    if placement.paragraphs:
        where = " and ".join(str(number) for number in dict.fromkeys(placement.paragraphs))
        note += f", paragraph {where}"  # type: ignore[assignment]
    if placement.changes:
        note += ": " + "; ".join(str(change) for change in placement.changes)  # type: ignore[assignment]
    if numbers.get("agree") is False:
        note += f" (beside it: {', '.join(numbers['beside'])}; quoted: {', '.join(numbers['quoted'])})"  # type: ignore[assignment]
    start, end = text.span(reading.quotation.start, reading.quotation.end)
    return types.Span(start, end, placement.level, note[:_SHOWN])


def _details(text: Plain, reading: Reading, passage: str, numbers: dict[str, Any] | None) -> dict[str, Any]:
    quotation, placement = reading.quotation, reading.placement
    start, end = text.span(quotation.start, quotation.end)
    places = zip(placement.places, placement.paragraphs, strict=True) if reading.of == "passage" else ()
    return {
        "start": start,
        "end": end,
        "form": quotation.form,
        "cue": quotation.cue,
        "of": reading.of,
        "level": placement.level,
        "similarity": round(placement.similarity, 3),
        "passage": [{"start": a, "end": b, "paragraph": n, "text": passage[a:b][:_SHOWN]} for (a, b), n in places],
        "changes": [
            {
                "quoted": change.quoted[:_SHOWN],
                "source": change.source[:_SHOWN],
                "start": change.start,
                "end": change.end,
            }
            for change in placement.changes
        ],
        "numbers": numbers or {},
    }
