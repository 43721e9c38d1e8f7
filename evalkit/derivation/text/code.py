r"""Programs that stand in a text without a fence: what they assign and compare is no mathematics of the reply.

A session (`>>> x = 2` with its output, `In [3]: x = 2`); an indented block behind a line that ends with `::`; an indented block
behind an empty line in which something is written as in programs alone (a method, a string, a call with named arguments); and
such a call in a line of prose. A formula that is merely indented is none.
Not covered: programs of which every line could be a formula.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter

from evalkit.derivation.text.chains import Place, places_of_lines

_PROMPT = re.compile(r"[ \t]*(?:>>>(?=[ \t\n]|$)|In[ ]?\[\d{0,4}\]:)")
_QUOTED = re.compile(r"[ \t]*>>?(?!>)")
_DIRECTIVE = re.compile(r"[ \t]*\.\.[ ]+[\w:-]+[ ]*::")
_SIGNS = re.compile(
    r"""[A-Za-z_]\w+\.[A-Za-z_]\w*\(|[=(,\[][ ]?[rbf]?(?:"[^"\n]*"|'[^'\n]+')|\w[ ][-+*/]=[ ]|\w[ ]<-[ ]\w|\w::\w|[ ]{2}\#[ ]"""
    r"""|^[ \t]*(?:import[ ]\w[\w.]*(?:[ ]as[ ]\w+)?[ \t]*$|from[ ]\w[\w.]*[ ]import[ ]|def[ ]\w+\(|for[ ][\w, ]+[ ]in[ ][^\n]*:[ \t]*$|print\()""",
    re.MULTILINE,
)
"""What programs alone have: methods, strings, statements with their marks, remarks behind them."""
_DELIMITER = re.compile(r"\$|\\[\[(]|\\begin\{")
_SENTENCE = re.compile(r"^[ \t]*(?!import[ ]|from[ ])(?:[A-Za-z]+[,:;]?[ ]+){4}[A-Za-z]", re.MULTILINE)
"""A line that begins with five words."""
_NAMED = re.compile(r"(?<=[(,\s])[a-z_]\w+=(?=[^=\s])")
"""A named argument, of two characters or more."""
_ARGUMENT = re.compile(r"[a-z]{3}\w+=(?=[^=\s])|\w+=(?:True|False|None)\b")
_CALLED = re.compile(r"(?<![\w.\\])[A-Za-z_][\w.]*\Z")
MOST_NAMED, LONGEST, LONGEST_NAME, LONGEST_BLOCK, LEAST_INDENT = 500, 400, 60, 4000, 2


def programs(text: str) -> list[Place]:
    """The places of programs, in order and apart from each other."""
    found = sorted([*blocks(text), *calls(text)])
    out: list[Place] = []
    for low, high in found:
        if out and low < out[-1][1]:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return out


def is_argument(piece: str) -> bool:
    """Whether it gives an argument in a word a value, `axis=0`: letters side by side are written apart from the sign."""
    return _ARGUMENT.match(piece) is not None


def is_program(piece: str) -> bool:
    """Whether something in it is written as in programs alone, and nothing as mathematics or prose."""
    if _DELIMITER.search(piece) is not None or _SENTENCE.search(piece) is not None:
        return False
    return _SIGNS.search(piece) is not None or next(calls(piece), None) is not None


def holds(places: Sequence[Place], inner: Place) -> bool:
    """Whether one of these places, in order and apart from each other, holds another."""
    near = bisect_right(places, inner[0], key=itemgetter(0)) - 1
    return near >= 0 and places[near][1] >= inner[1]


def apart_from(places: Sequence[Place], others: Sequence[Place]) -> list[Place]:
    """Those that meet none of the others, which are in order and apart from each other."""
    out = []
    for low, high in places:
        near = bisect_left(others, high, key=itemgetter(0)) - 1
        if near < 0 or others[near][1] <= low:
            out.append((low, high))
    return out


def blocks(text: str) -> Iterator[Place]:
    """Sessions and indented blocks, line by line."""
    lines = list(places_of_lines(text))
    indents = [indent(text, line) for line in lines]
    at, above = 0, -1  # the line that is looked at, and the last one before it that is not empty
    while at < len(lines):
        if indents[at] < 0:
            at += 1
            continue
        stop = at
        if is_session(text, lines, at, above):
            stop = next((i for i in range(at, len(lines)) if indents[i] < 0), len(lines))
        elif above >= 0 and above < at - 1 and indents[at] >= indents[above] + LEAST_INDENT:
            end = next((i for i in range(at, len(lines)) if 0 <= indents[i] <= indents[above]), len(lines))
            lead, block = (
                text[slice(*lines[above])].rstrip(),
                text[lines[at][0] : min(lines[end - 1][1], lines[at][0] + LONGEST_BLOCK)],
            )
            literal = lead.endswith("::") and _DIRECTIVE.match(lead) is None
            stop = end if literal or is_program(block) else at
        if stop > at:
            yield lines[at][0], lines[stop - 1][1]
            at = stop
        else:
            above, at = at, at + 1


def indent(text: str, line: Place) -> int:
    """How far a line is moved in; -1 of an empty one."""
    piece = text[slice(*line)]
    return len(piece) - len(piece.lstrip()) if piece.strip() else -1


def is_session(text: str, lines: Sequence[Place], at: int, above: int) -> bool:
    """Whether a prompt begins the line, and no mark of a quotation in a quotation."""
    if _PROMPT.match(text, *lines[at]) is None:
        return False
    return not any(_QUOTED.match(text, *lines[i]) for i in (above, at + 1) if 0 <= i < len(lines))


def calls(text: str) -> Iterator[Place]:
    """Calls with named arguments: `plot(x, dx=0.25)`. A function of one letter has an argument without a name before."""
    done = 0
    for named in islice(_NAMED.finditer(text), MOST_NAMED):
        if named.start() < done:
            continue
        opened = opening(text, named.start())
        name = _CALLED.search(text, max(0, opened - LONGEST_NAME), opened) if opened >= 0 else None
        if name is None or (len(name.group()) == 1 and "," not in text[opened : named.start()]):
            continue
        done = closing(text, opened)
        if done > opened:
            yield name.start(), done


def opening(text: str, at: int) -> int:
    """The place of the bracket around a place; -1 where none is near."""
    depth = 0
    for place in range(at - 1, max(0, at - LONGEST) - 1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if depth < 0:
            return place
        if text.startswith("\n\n", place):
            return -1
    return -1


def closing(text: str, opened: int) -> int:
    """The place behind the bracket that closes one; of one that none near it closes, its own."""
    depth = 0
    for place in range(opened, min(len(text), opened + LONGEST)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return opened
