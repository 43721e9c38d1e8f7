r"""Another arithmetic than the ordinary, named where a calculation stands: `In GF(2), 1 + 1 = 0`, `in base 8`, `7/2 = 3 (integer division)`.

A phrase tells it by what it names: a finite ring or a modulus, a base or numerals, a kind of arithmetic or division. It
holds for its sentence; one that opens a sentence or says what is worked in, for the rest of its paragraph, or until another
phrase names the ordinary one. A letter or a name alone (`In C,`) may be an arithmetic, too: there numbers are in doubt, after a
name only what a programming language computes otherwise. What whole numbers alone add and multiply to is true in every ring.
Not covered: an arithmetic that is named in another paragraph, or by the operations that it defines.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.figures import modulus_of
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Un, walk
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import names_in

BACK, BEHIND = 600, 80
"""How many characters before a relation, and behind its chain, may name an arithmetic."""
_BLACKBOARD = re.compile(r"\\math(?:bb|bf|rm|cal)\s*\{?\s*([A-Z])\s*\}?")
_DOUBLE = {"R": "ℝ", "Z": "ℤ", "Q": "ℚ", "N": "ℕ", "C": "ℂ"}
_DRESS = re.compile(r"[$*`{}]|\\[()\[\],;: ]|\\(?:operatorname|mathrm|text(?:rm|bf|it)?|quad)(?![A-Za-z])")
_NOUN = r"(?:\s+(?:addition|subtraction|multiplication|arithmetic|notation|numerals?|numbers?|digits|form))?"
_RING = (
    r"GF\s?\(?\s?\w+(?:\^\w+)?\)?|[ℤ𝔽](?:_\(?[\w^]+\)?|\s?/\s?\(?(?:\w+[Zℤ]?|\(\w+\))\)?)|"
    r"(?:finite|prime|galois) fields?|fields? (?:of|with) \w+ elements|characteristic \w+|integers mod(?:ulo)? \w+|"
    r"mod(?:ulo|ulus)?\s+\w+|(?:a |the )?\d+[- ]hour clock|"
    r"(?:integer|whole[- ]number|floor|euclidean|truncat\w+) division|"
    r"(?:integer|modular|clock|boolean|tropical|saturat\w+|unsigned|machine|\d+-bit|finite[- ]field) arithmetic|"
    r"boolean (?:algebra|logic)|(?:tropical|min-plus|max-plus) (?:semiring|algebra)"
)
_LETTERS = r"(?-i:[ZF])(?:_\(?[\w^]+\)?|\s?/\s?\(?(?:\w+[Zℤ]?|\(\w+\))\)?)"
"""A ring in letters that may as well be those of a matrix or a layer: told of numbers alone."""
_NUMERALS = (
    r"base[ -](?!10\b|ten\b)(?:\d+|two|three|four|five|six|seven|eight|nine|eleven|twelve|sixteen|[a-z]\b)|"
    r"binary|ternary|octal|duodecimal|hex(?:adecimal)?|(?:floating|fixed)[- ]point|two[’']s complement"
)
_ENDS = r"(?=\s*(?:[,:;.)\]–—]|(?:we|you|one|it|this|that)\b|$))"
_PLACE = r"(?:(?:in|over|under|with|using|on|to)\s+(?:(?:the|a|an|ring|finite|field|of)\s+){0,3})"
OTHER = re.compile(
    rf"(?:\b{_PLACE}|(?<=\()\s*|(?:^|(?<=[.:;,!?]\s)|\bwork(?:ing|s)?\s+)(?=mod|[^\W\d_]+ (?:division|arithmetic)|base[ -]\w+:))"
    rf"(?:(?P<ring>{_RING})|(?P<letters>{_LETTERS})|(?P<numerals>{_NUMERALS})){_NOUN}{_ENDS}",
    re.I,
)
ORDINARY = re.compile(
    rf"\b(?:{_PLACE}|as\s+)(?:base[ -](?:10|ten)|decimals?|[ℝℤℚℕℂ](?![_/])|"
    r"(?:integers|reals|rationals|(?:real|rational|complex|natural|whole|decimal) numbers)(?! mod)|"
    r"(?:ordinary|usual|normal|real|standard|exact) (?:arithmetic|division))",
    re.I,
)
WORKS = re.compile(
    r"\b(?:work\w*|comput\w+|calculat\w+|arithmetic|operations?|everything|all|stay\w*)\b[^.;:\n]*$", re.I
)
"""`We work modulo 7`: what is said so holds for what follows."""
_LEADS = re.compile(r"[\s(),\[\]]*(?:(?:when|if|while|by|for)\s+)?(?:(?:we\s+)?(?:work|comput|calculat)\w*\s+)?")
"""What may stand between a calculation and its arithmetic behind it."""
_LETTER = re.compile(r"^\W*(?:in|over)\s+(?:[A-Z](?:_\w+)?)\s*(?:[,:]|we\b|$)", re.I)
_NAME = re.compile(r"^\W*In\s+[A-Z][A-Za-z]*[+#]{0,2}\s*(?:[,:]|we\b|$)")


def another_arithmetic(reading: Reading, read: Read) -> Read | None:
    """Stands where the text names another arithmetic: a finite ring, a base, a division of whole numbers."""
    true, letters = read.judgement.verdict in TRUE, bool(names_in(Bin("=", *read.sides)))
    if (true and letters) or read.judgement.rule == "congruent" or (modulus_of(reading, read) or "").isdecimal():
        return None
    kind = named(reading, read)
    if kind == "letters":
        kind = "" if letters else "ring"
    if kind in ("letter", "name"):
        kind = "" if letters or (kind == "name" and not is_of_programs(read)) else kind
        kind = "" if true and kind == "name" else kind
    if not kind or (true and kind != "numerals" and all(map(holds_in_rings, read.sides))):
        return None
    return read.decided(Verdict.DISPUTED, "another arithmetic is named here")


def named(reading: Reading, read: Read) -> str:
    """Which kind of arithmetic the text names for a relation: `ring`, `numerals`, a `letter`, a `name`; nothing for the ordinary."""
    text = reading.document.text
    first = read.statement.start if read.statement is not None else read.start
    last = max(read.end, read.statement.end) if read.statement is not None else read.end
    behind = undressed(text[last : last + BEHIND].partition("\n\n")[0])
    found = OTHER.search(behind)
    if found is not None and _LEADS.fullmatch(behind, 0, found.start()):
        return found.lastgroup or ""
    before = undressed(text[max(0, first - BACK) : first].rpartition("\n\n")[2])
    stops = [m.end() for m in prose.STOP.finditer(before)]
    begun = max(stops, default=0)
    last_of = None
    for found in OTHER.finditer(before):
        start = max((s for s in stops if s <= found.start()), default=0)
        opens = not before[start : found.start()].strip(" #(>-\t\n")
        if found.start() >= begun or opens or WORKS.search(before, start, found.end()):
            last_of = found
    if last_of is not None:
        return "" if ORDINARY.search(before, last_of.end()) else last_of.lastgroup or ""
    sentence = before[begun:]
    return "letter" if _LETTER.search(sentence) else "name" if _NAME.search(sentence) else ""


def undressed(text: str) -> str:
    """A stretch of text without the signs of mathematics and print that stand around names."""
    text = _BLACKBOARD.sub(lambda m: _DOUBLE.get(m[1], m[1]), text)
    return _DRESS.sub("", text)


def holds_in_rings(side: Node) -> bool:
    """Whether only whole numbers are added and multiplied there: the same in every ring."""
    for n in walk(side):
        match n:
            case Num(v) if v % 1 == 0:
                continue
            case Bin("+" | "-" | "*" | "^", _, _) | Un("-", _):
                continue
        return False
    return True


def is_of_programs(read: Read) -> bool:
    """Whether there is a quotient of whole numbers or a power, which programs compute otherwise."""
    return any(
        isinstance(n, Bin) and (n.op == "^" or (n.op == "/" and all(map(holds_in_rings, (n.left, n.right)))))
        for side in read.sides
        for n in walk(side)
    )
