r"""`\bar x` beside a column x or members x_i: their mean, where the text says nothing else of it.

Only what is true of the mean is told by it; nothing is false. Wherever the text speaks of the letter by itself, or begins a relation
with it, it has to call it the mean, or to equate it with that. Not covered: means of products (`\overline{xy}`), weighted means,
members of which no column or matrix was declared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from evalkit.derivation.following import shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Node, Num, Sub, Sym, Unreadable
from evalkit.derivation.grammar.relations import Statement
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Family, Scope, unbound_names

BAR, MAX_NAMES = "\\bar ", 3
"""How the name of a mean begins; how many a relation may have."""
MAX_MENTIONS, MACRON = 40, "\u0304"
"""Mentions that are looked at; what stands on a letter outside of formulas."""
_MEAN = re.compile(r"((?:[\w-]+[ \n]+){0,5})\b(?:mean|average)(s?)\b(?:[ \n]+(?:vector|value)s?\b)?", re.I)
_BEGINS = re.compile(
    r"the|an?|its|their|our|is|are|be|being|denot(?:e|es|ing)|as|by|called|for|with|and|means|let|where|from"
)
_PLAIN = re.compile(r"sample|arithmetic|empirical|ordinary|usual|simple|column|row")
"""What may stand before the word, as its beginning, and as its adjective."""
_GOES_ON = re.compile(r"\W*(?:$|[^\w\s]|(?:and|is|are|so|then|we|here|which|that|as)\b)", re.I)
_OF = re.compile(
    r"[ \n]+(?:of|over)\b(?:[ \n]+(?:all|the|these|those|our|its))*(?:[ \n]+(data|samples?|entries|values|inputs|observations|numbers|"
    r"elements|columns|rows|measurements)\b(?:[ \n]+points\b)?)?(?:[ \n]*(?:\$|\\\()([^$]{1,40}?)(?:\$|\\\)))?",
    re.I,
)
_OTHER_KIND = re.compile(r"\b(?:weight\w*|trim\w*|median|mid-?range|mode|geometric|harmonic)\b", re.I)
_OTHERWISE = re.compile(
    r"\b(?:not|no|never|\w+n['’]t|unlike|instead|rather|root|without|except|exclud\w+|any|every|arbitrary|some)\b", re.I
)
_INDEX = re.compile(r"_(?:\{[^{}]*\}|\w)|\^\{?\(\w\)\}?|\\(?:l|c)?dots|\\(?:mathbf|boldsymbol|bm|vec)|[\s{},.…]")
COUNTED = {"entries": 0, "rows": 0, "columns": 1}
"""Which size of the column or matrix says how many members there are."""


def of_means(reading: Reading, read: Read) -> Read | None:
    """Has a letter under a bar that means nothing yet, and is true of the mean of that letter's members."""
    scope = reading.judge.scope
    names = unbound_names(scope, *read.sides)
    found = {n: mean for n in names if n.startswith(BAR) and (mean := mean_of(scope, n[len(BAR) :])) is not None}
    if not 0 < len(found) == len(names) <= MAX_NAMES:
        return None
    entries: dict[str, Entry] = {n: Defined(body, (), None, "reply") for n, body in found.items()}
    if not all(is_called_so(reading, read, n, entries) for n in found):
        return None
    with reading.judge.trying(entries):
        judgement = reading.judge.equation(*read.sides)
    if judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judgement, reason=f"{', '.join(sorted(found))} being the mean"))


def mean_of(scope: Scope, letter: str) -> Node | None:
    """The mean of the entries of a column, or of the rows or columns of a matrix that are members under this letter."""
    family = scope.family(letter)
    if family is not None and isinstance(family[1], Family) and isinstance(family[1].of, Sym):
        place, whole = COUNTED.get(family[1].kind), scope.find(family[1].of.name)
    else:
        place, whole = 0, scope.find(letter)
    if place is None or whole is None or not isinstance(whole[1], Drawn) or whole[1].subset is not None:
        return None
    shape = whole[1].shape
    if len(shape) <= place or (family is None and len(shape) != 1):
        return None
    member = Sub(Sym(letter), f"{letter}_i", (Sym("i"),))
    return Bin("/", Big("sum", member, ("i",), Num(1.0), shape[place]), shape[place])


def is_called_so(reading: Reading, read: Read, name: str, entries: Mapping[str, Entry]) -> bool:
    """Whether all that the text says of the letter itself is that it is the mean."""
    text, letter = reading.document.text, name[len(BAR) :]
    for count, (start, end, statement) in enumerate(mentions(reading, name)):
        if statement is not None and statement is read.statement:
            continue
        if count >= MAX_MENTIONS:
            return False
        if statement is not None and statement.ops and equates(reading, statement, entries):
            continue
        if not calls_mean(prose.sentence(text, start, end), letter):
            return False
    return not _OTHER_KIND.search(prose.sentence(text, read.start, read.end))


def mentions(reading: Reading, name: str) -> Iterator[tuple[int, int, Statement | None]]:
    """Where the letter stands by itself: alone, or as the first side of a chain; the statement, unless it stands outside of formulas."""
    for span in reading.document.spans:
        found = reading.statements[span.start]
        for statement in [] if isinstance(found, Unreadable) else found:
            with suppress(Unreadable):
                if any(shapes.plain_name(reading.parse(s)) == name for s in (*statement.before, statement.sides[0])):
                    yield statement.start, statement.end, statement
    barred = {f"{name[len(BAR) :]}{MACRON}", unicodedata.normalize("NFC", f"{name[len(BAR) :]}{MACRON}")}
    text = reading.document.text
    for m in re.finditer("|".join(map(re.escape, barred)), text):
        if reading.document.span_at(m.start()) < 0:
            yield m.start(), m.end(), None


def equates(reading: Reading, statement: Statement, entries: Mapping[str, Entry]) -> bool:
    """Whether a chain that begins with the letter is true of the mean."""
    try:
        first, *others = map(reading.parse, statement.sides)
    except Unreadable:
        return False
    with reading.judge.trying(dict(entries)):
        return set(statement.ops) <= {"=", ":="} and all(
            reading.judge.equation(first, o).verdict in TRUE for o in others
        )


def calls_mean(said: str, letter: str) -> bool:
    """Whether a sentence speaks of the mean of a letter's members, and of no other mean."""
    found = list(_MEAN.finditer(said))
    other = _OTHERWISE.search(said) or _OTHER_KIND.search(said)
    return bool(found) and not other and all(is_plain(said, m, letter) for m in found)


def is_plain(said: str, found: re.Match[str], letter: str) -> bool:
    """Whether nothing is said of a mean that makes it another one than that of a letter's members."""
    for word in reversed(found[1].lower().split()):
        if _BEGINS.fullmatch(word):
            break
        if not _PLAIN.fullmatch(word):
            return False
    if _GOES_ON.match(said, found.end()):
        return True
    of = _OF.match(said, found.end())
    if of is None or of[1] is of[2] is None:
        return False
    return of[2] is None or _INDEX.sub("", of[2]).strip(letter) == "" or (bool(found[2]) and len(of[2].strip()) == 1)
