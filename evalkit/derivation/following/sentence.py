"""Doubts by the sentence in which a relation that fails stands: it holds under a condition there, or where its part means
something else by a letter.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: conditions in words without an "if".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.premises import said_of_every
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.alphabet import FONTS
from evalkit.derivation.grammar.nodes import (
    Bin,
    Call,
    Node,
    Num,
    Sub,
    Sym,
    children,
    has_derivative,
    rebuilt,
    substitute_index,
    walk,
)
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Defined, letter_of

NEAR_BY, LATELY = 8, 40
"""Relations back in which what is worked out may stand, and in which the case of equal indices may."""
REACH = 600
"""How many characters back a sentence may begin."""
IN_WORDS = re.compile(r"\b(?:if|when|whenever|unless|provided|in case|as long as)\b", re.I)
CONDITION_AFTER = re.compile(
    r"(?:[\s$&.,;})\]]|\\[\])]|\\(?:quad|qquad|text|mbox|textrm|[,;! ])\s*\{?)*"
    r"(?:only|exactly|precisely|just|even)?\s*\b(?:if|when|whenever|iff|unless|provided|in case|as long as)\b",
    re.I,
)
_AT = (
    r"(?:initially|(?:at|under|when|whenever|if|for|where|while|once|during)\b)"
    r"(?!\s+(?:all|any|every|each|general|generic|arbitrary|most|both|this reason|that reason|example|instance)\b)"
)
CIRCUMSTANCE_AFTER = re.compile(
    rf"(?:[\s$&,;(){{}}\]]|\\[\])]|\\(?:quad|qquad|text|mbox|textrm|mathrm|[,;! ])(?![a-z]))*\b{_AT}", re.I
)
"""`\\quad \\text{at step 0}`; no reason (`by`, `since`), and not `for all`."""
CIRCUMSTANCE_BEFORE = re.compile(rf"\W*(?:(?:and|so|but|then|now|thus|hence)\b\W*)?{_AT}", re.I)
NOT_SO_HERE = re.compile(
    r"\b(?:would(?:n['’]t)?|had\s+(?:we|one|it|the)|instead|mistakes?|without(?!\s+(?:loss\b|any\b))|beware|tempt(?:ed|ing)"
    r"|(?:might|may|could|people|students)\s+(?:\w+\s+){0,2}(?:think|guess|believe|expect|assume|claim))(?!\w)",
    re.I,
)
"""What is said of another case than the one that the text is about, or only told."""
INSTEAD = re.compile(r"\binstead\b", re.I)
"""`Consider instead the function`: what stands behind it gives a name another meaning."""
LEAD = 60
"""Characters of signs between the beginning of a sentence and its formula."""
OPENS = re.compile(r"[\s$*_>#-]*(?:\\\(|\d{1,2}[.)]\s)?(?:[\s$*_{]|\\(?:math|bold)[a-z]*)*")
SAYS_OF_IT = re.compile(
    r"[\s$*_)}]*(?:\\\))?\s*(?:recovers?|gives?|yields?|implies|means|makes|corresponds|reduces|leads|turns|forces|requires|would)\b",
    re.I,
)
"""The beginning of a sentence with nothing before a formula, and a verb of which that is the subject."""
CONCLUDES = re.compile(r"^\W*(?:therefore|thus|hence|so|consequently)\b", re.I)
"""`Therefore, the gradient would be` says what it is."""
SAID_BEHIND = re.compile(r"[\s$,]*\binstead\b", re.I)
HEADS = frozenset({"", *(f"\\{font} " for font in FONTS.values() if font)})
"""What stands before a letter in a font, and in none."""
SUPPOSING = (Role.SUPPOSED, Role.GIVEN)


def conditional(grounds: Grounds, read: Read) -> str:
    """Is followed by the condition under which it holds: `A_ij = 1 only when i and j are joined`."""
    return "said under a condition that follows" if condition_follows(grounds, read) else ""


def on_words(grounds: Grounds, read: Read) -> str:
    """Stands in a sentence with a condition in words alone: `If the angle is measured from above, F = ...`."""
    sentence = re.split(r"[.;:!?]\s", read.words)[-1]
    found = list(IN_WORDS.finditer(sentence))
    return "under a condition in words" if found and "¤" not in sentence[found[0].end() :] else ""


def of_what_is_not(grounds: Grounds, read: Read) -> str:
    """Stands in a sentence about what is not so here: `Without the square, ...`, `With a cube we would get ...`."""
    behind = SAID_BEHIND.match(grounds.reading.document.text, chain_end(read))
    said = said_before(grounds, read)
    found = (m for m in NOT_SO_HERE.finditer(said) if not CONCLUDES.search(said[: m.start()].rpartition("\n")[2]))
    if not behind and next(found, None) is None:
        return ""
    derived = any(map(has_derivative, read.sides)) or (headed(read) is not None and bool(INSTEAD.search(said)))
    return "said of another case" if derived or not grounds.slip_of_rewriting(read) else ""


def subject_of_its_sentence(grounds: Grounds, read: Read) -> str:
    """Is what a sentence begins with and then says something of: `$C = I$ gives ...`."""
    text = grounds.reading.document.text
    start = max(sentence_start(grounds, read), text.rfind("\n", 0, read.start) + 1)
    if read.start - start > LEAD or not OPENS.fullmatch(text, start, read.start):
        return ""
    if not SAYS_OF_IT.match(text, chain_end(read)):
        return ""
    return "what its sentence begins with may be supposed"


def said_before(grounds: Grounds, read: Read) -> str:
    """The sentence of a relation up to it."""
    return grounds.reading.document.text[sentence_start(grounds, read) : read.start]


def condition_follows(grounds: Grounds, read: Read) -> bool:
    """Whether the sentence of its chain goes on with a condition; `. If` begins another sentence."""
    found = CONDITION_AFTER.match(grounds.reading.document.text, chain_end(read))
    return found is not None and not ("." in found[0] and found[0].split()[-1][:1].isupper())


def chain_end(read: Read) -> int:
    """What stands behind the last link of a chain is said of all of it."""
    return read.statement.end if read.statement is not None else read.end


def put_in_there(grounds: Grounds, read: Read) -> str:
    r"""Puts a number in for a name (`BA = 0 \cdot A`) in a chain of which a circumstance is said: `at step 0`."""
    first = next((r for r in grounds.relations if r.chain == read.chain), read)
    text = grounds.reading.document.text
    if not CIRCUMSTANCE_BEFORE.match(first.words) and not CIRCUMSTANCE_AFTER.match(text, chain_end(read)):
        return ""
    left, right = read.sides
    names = [n for n in walk(left) if isinstance(n, Sym | Sub) and grounds.is_free(read, n)]
    numbers = [n for n in walk(right) if isinstance(n, Num)]
    given = any(with_put_in(left, n, value) == right for n in dict.fromkeys(names) for value in dict.fromkeys(numbers))
    return "a number is put in that holds under the circumstance of its sentence" if given else ""


def with_put_in(node: Node, name: Node, value: Node) -> Node:
    """The tree with a value for a name."""
    return value if node == name else rebuilt(node, [with_put_in(n, name, value) for n in children(node)])


def in_its_sentence(grounds: Grounds, read: Read) -> str:
    """Stands in the sentence of a condition on one of its letters that the worlds do not obey."""
    called = {n.name.rstrip("'") for side in read.sides for n in walk(side) if isinstance(n, Call)}
    free = {n for side in read.sides for n in grounds.free(read, side)}
    names = {letter_of(n) for n in free | (grounds.names(read) - called)}
    for other in conditions_beside(grounds, read):
        drawn = other.judgement.verdict in (Verdict.ASSUMPTION, Verdict.DEFINITION) and other.introduces
        if other.judgement.verdict in TRUE or drawn:
            continue
        if names & letters(other):
            return "stands under a condition that is not modelled"
    return ""


def of_another_case(grounds: Grounds, read: Read) -> str:
    """Gives a letter of the reply's own another value than before, in a sentence with a condition."""
    name = headed(read)
    entry = grounds.judge(read).scope.entries.get(name or "")
    if name is None or not isinstance(entry, Defined) or entry.source != "reply":
        return ""
    begins = sentence_start(grounds, read)
    given = [r for r in grounds.readable if name in r.introduces and r.end <= begins]
    beside = any(True for _ in conditions_beside(grounds, read))
    return f"{name}: its value may be that of another case" if given and beside else ""


def anew_in_part(grounds: Grounds, read: Read) -> str:
    """Gives a function another body in a part of the reply in which nothing true was said of it before, and claims nothing."""
    name, outline = headed(read), grounds.reading.outline
    if name is None or not isinstance(read.left, Call) or standing(grounds.reading, read) is Role.CLAIMED:
        return ""
    before = [r for r, names in grounds.true if name in names and r.end <= read.start]
    if not before or any(outline.part_end(r.start) > read.start for r in before):
        return ""
    return f"{name}: another function in this part"


def indices_apart(grounds: Grounds, read: Read) -> str:
    """Is true where two of its indices differ, and the reply said before that they do, or has the case of equal ones apart."""
    judge = grounds.judge(read).branch()
    loose = frozenset(loose_indices(judge.general, Bin("=", *read.sides), {}))
    places = [r.introduces for r in grounds.readable if r.judgement.rule == "place_of_one"]  # t of y_t = 1
    names = loose.union(*places) & (loose | grounds.names(read))
    if len(names) != 2 or not loose:
        return ""
    before = [r for r in grounds.readable if r.end <= read.start]
    said = any(r.op == "neq" and r.section == read.section and indices_of(r) == names for r in before)
    if not said and not is_case_of_equal_ones(before, read, names):
        return ""
    if any(said_of_every(grounds.reading, read, name) for name in names):
        return ""
    judge.limits.unequal.add(names)
    return "holds where its indices differ" if judge.computed(*read.sides).verdict in TRUE else ""


def indices_of(read: Read) -> frozenset[str]:
    return frozenset(side.name for side in read.sides if isinstance(side, Sym))


def is_case_of_equal_ones(before: Sequence[Read], read: Read, names: frozenset[str]) -> bool:
    r"""Whether what is worked out here, `\partial p_i / \partial z_j`, stands before with one index, `\partial p_i / \partial z_i`."""
    one, other = names
    heads = {r.sides[0] for r in (*before[-NEAR_BY:], read)}
    earlier = {shown(r.sides[0]) for r in before[-LATELY:]}
    pairs = ((shown(substitute_index(h, a, Sym(b))), shown(h)) for h in heads for a, b in ((one, other), (other, one)))
    return any(new != head and new in earlier for new, head in pairs)


def shown(node: Node) -> str:
    """A side as it is printed, `p_{k}` as `p_k`."""
    return re.sub(r"_\{(\w)\}", r"_\1", pretty(node))


def two_fonts(grounds: Grounds, read: Read) -> str:
    """Has one letter in two fonts, one of them of the reply's own: `x_1` is perhaps an entry of its bold x."""
    given = grounds.reading.setting.scope.entries
    own: dict[str, str] = {}
    entries = grounds.judge(read).scope.entries
    for name in sorted(grounds.names(read) | grounds.behind(read)):
        if name not in given and isinstance(entries.get(name), Defined):
            continue  # the reply says what it is
        letter = letter_of(name)
        head = name.partition("_")[0].partition("^")[0]
        if head.removesuffix(letter) not in HEADS:
            continue
        if own.setdefault(letter, head) != head and not (own[letter] in given and head in given):
            return f"{own[letter]}, {head}: perhaps one letter in two fonts"
    return ""


def conditions_beside(grounds: Grounds, read: Read) -> Iterator[Read]:
    """The relations before it in its sentence that the words suppose or give."""
    begins = sentence_start(grounds, read)
    first: dict[int, Read] = {}
    for other in grounds.reading.relations:  # as they are now: the one before may have been doubted
        first.setdefault(other.chain, other)
        if other.start < begins or other.end > read.start or other.chain == read.chain or other.op not in EQUAL:
            continue
        if standing(grounds.reading, first[other.chain]) in SUPPOSING:
            yield other


def sentence_start(grounds: Grounds, read: Read) -> int:
    """Where the sentence of a relation begins; it goes on over a displayed formula."""
    text = grounds.reading.document.text
    ends = [m.end() for m in prose.STOP.finditer(text, max(0, read.start - REACH), read.start)]
    return max(ends, default=max(0, read.start - REACH))


def letters(read: Read) -> set[str]:
    """The letters of an equation, also where it could not be read."""
    tokens = (t for side in (read.statement.sides if read.statement else ()) for t in side)
    return {letter_of(t.text) for t in tokens if t.kind == "id"}
