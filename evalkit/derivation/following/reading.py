"""What has been read of a reply so far: its relations, and what its words say about names. Shared by all parts of the reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import NamedTuple

from evalkit.derivation.following.part import Part
from evalkit.derivation.following.sequences import Sequences
from evalkit.derivation.following.tokens import capitals, tokens_of
from evalkit.derivation.grammar.calling import always_called
from evalkit.derivation.grammar.derivatives import is_differential
from evalkit.derivation.grammar.gradients import BARS, GRADIENTS, calls_by_bars, calls_gradients
from evalkit.derivation.grammar.layers import layered, with_layers
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Grad, Node, Sub, Sym, Unreadable, children, walk
from evalkit.derivation.grammar.parser import parse
from evalkit.derivation.grammar.plain_sums import are_sums, with_sums
from evalkit.derivation.grammar.relations import Statement, statements
from evalkit.derivation.grammar.spelling import spellings, written
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.text.document import Document, MathSpan
from evalkit.derivation.text.outline import Outline
from evalkit.derivation.verdicts.in_world import Range
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import (
    ALONE,
    CALLED,
    MOVING,
    ONLY_BOLD,
    Defined,
    Drawn,
    Entry,
    Index,
    Scope,
    names_behind,
)

CLOSE, NEAR, FAR = 30, 60, 80
"""How many characters before and after a formula say something of it: a name for it, a property, what it belongs to."""
NAMED_WITHIN = 60
"""Characters between a gradient and what it is called."""
OPEN = Judgement(Verdict.SKIPPED)
"""No rule has decided yet."""


@dataclass(frozen=True, slots=True)
class Read:
    """One relation `left op right` with its judgement. left, right are None where they could not be parsed."""

    start: int
    end: int
    left_end: int
    right_start: int
    op: str
    left: Node | None
    right: Node | None
    judgement: Judgement
    chain: int
    section: int
    introduces: frozenset[str] = frozenset()
    decomposes: Node | None = None
    kind: str = ""
    """`svd` or `eigen` where it decomposes."""
    negated: bool = False
    """The words around it deny it: "it is not true that ..."."""
    words: str = ""
    """What leads to it; nothing within a chain."""
    statement: Statement | None = None
    """The whole chain as it is written."""
    within: Part | None = None
    """The part with letters of its own in which it stands."""
    then: Judge | None = None
    """Of what is false: who knew what the letters meant when it was judged."""
    late: bool = False
    """A name in it was explained later."""

    @property
    def sides(self) -> tuple[Node, Node]:
        """Both sides of what could be parsed; the first is the one that `:=` and `=:` give a meaning."""
        assert self.left is not None and self.right is not None  # noqa: PT018, S101 - rules for unread sides come first
        return (self.right, self.left) if self.op == "=:" else (self.left, self.right)

    def in_plain_text(self, document: Document) -> bool:
        """Whether it is read in a calculation of plain text."""
        return document.in_plain_text(self.start, self.end, goes_on=self.start == self.left_end)

    def decided(self, verdict: Verdict, reason: str = "") -> Read:
        """The relation with another verdict."""
        return replace(self, judgement=Judgement(verdict, reason=reason))


class LossPlace(NamedTuple):
    """The names by which an unknown loss is derived last, and those before them in a relation of this section."""

    section: int
    ends: tuple[str, ...]
    inner: frozenset[str]


@dataclass
class Reading:
    """One reply, as far as it has been read. `relations` and `mentions` are the product; `judge` keeps the scope."""

    setting: Setting
    document: Document
    judge: Judge
    relations: list[Read] = field(default_factory=list)
    mentions: list[tuple[int, int, Node]] = field(default_factory=list)
    properties: dict[str, frozenset[str]] = field(default_factory=dict)
    plainly: dict[str, tuple[frozenset[str], int]] = field(default_factory=dict)
    """Those that are neither denied nor a condition, and the place of the last words that say so."""
    unmodelled: set[str] = field(default_factory=set)
    clause: str = ""
    after: str = ""
    section: int = 0
    pending: list[int] = field(default_factory=list)
    """Numbers of relations with unknown names: tried again when a later "where ..." explains these."""
    stated: dict[str, Range] = field(default_factory=dict)
    """Ranges of indices that this section stated last: tried where a relation fails without."""
    lone: Sequence[int] = ()
    """Numbers of the stretches of mathematics that may say of two indices that they are equal, or differ, and nothing else."""
    cases: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    """Pairs of indices that are said to be equal (`=`), or to differ (`neq`), of the present statement."""
    kin: dict[str, frozenset[str]] = field(default_factory=dict)
    """Plain letters that the words call an eigenvalue or singular value, and the free names on which these depend."""
    introduced: set[str] = field(default_factory=set)
    """Names of the problem's decompositions that the reply wrote down, with the families that belong to them."""
    entered: set[str] = field(default_factory=set)
    """Special worlds whose premise the reply has stated."""
    parsed: dict[int, tuple[Sequence[Token], Scope, Node | Unreadable]] = field(default_factory=dict)
    trees: dict[Node | Unreadable, Node | Unreadable] = field(default_factory=dict)
    """Equal sides are one object, so that looking them up in tables is quick."""
    derived: bool = False
    """A side of the present chain is a derivative."""
    doubted: dict[str, str] = field(default_factory=dict)
    """Names that may not mean in this section what they are read as, with the reason: nothing about them is false."""
    points: dict[str, str] = field(default_factory=dict)
    """Names of single values, `x_1`, with the reason why nothing about them is false, in whatever section."""
    primitives: dict[str, Big] = field(default_factory=dict)
    """Names of integrals without ends."""
    complexes: dict[str, Node] = field(default_factory=dict)
    """Names that were given complex numbers."""
    parts: list[Part] = field(default_factory=list)
    """Every part of the reply with meanings of its own, in the order of the text."""
    inside: list[Part] = field(default_factory=list)
    """Those in force, the innermost last."""
    decide: Callable[[Reading, Read], Read | None] | None = None
    """The role that a given reading gives to a relation."""
    begun: Callable[[Reading], None] | None = None
    """Opens the scopes of a given reading."""
    tried: int = 0
    """Steps of evaluation that trials have taken."""
    forks: int = 0
    """How often two meanings of a name were followed to see which the text means."""
    quoted: int = 0
    """How often a relation without shape was tried as a rule in free letters."""
    by_coordinates: int = 0
    """How many relations were tried by derivatives by all coordinates."""
    freed: int = 0
    """How many relations were tried for all values of letters that nothing explains."""
    sketches: dict[tuple[int, int], frozenset[tuple[int, int]]] = field(default_factory=dict)
    """True relations in letters that nothing explains, by their place, and where it stands what their names are."""
    sloped: int = 0
    """How many derivatives of what is written in such letters were looked at for a slip."""
    rewritten: int = 0
    read_anew: int = 0
    """How many relations were tried with names that are short for others."""
    imagined: int = 0
    """How many relations were tried with the imaginary unit."""
    equals: int = 0
    """How many relations were tried for moments of equal expressions."""
    valued: int = 0
    """How many relations were tried with the moments that letters were given."""
    laws: dict[str, tuple[str, tuple[Node, ...]]] = field(default_factory=dict)
    """The distributions that letters have: their kinds and arguments (following/laws.py)."""
    eventful: int = 0
    """How many relations were tried with the probabilities that are given."""
    slips: int = 0
    """How many moments were looked at for a slip."""
    sums: dict[str, tuple[Entry, Entry]] = field(default_factory=dict)
    """What names mean of products in which indices stand twice, `s = a_i b_i`: as it is written, and summed over these."""
    unsigned: int = 0
    """How many relations were tried with sums over indices that stand twice."""
    slopes: dict[tuple[Node, Node], tuple[tuple[str, int, str], ...]] = field(default_factory=dict)
    """The derivatives of functions in both sides of a relation: of what, how often, by what."""
    entrywise: int = 0
    """How many relations without shape were tried entry by entry."""
    oriented: int = 0
    """How many relations were tried with other signs of singular vectors."""
    supposed: set[str] = field(default_factory=set)
    """Letters that are taken for the argument of a function of the problem."""
    sequences: Sequences = field(default_factory=Sequences)
    """What the text makes of steps."""
    tried_steps: int = 0
    """How many relations were tried at several steps of a sequence."""
    not_at_steps: set[tuple[int, int]] = field(default_factory=set)
    """Relations that fail at a step of a sequence, where an unknown loss depends on all steps."""
    adjoints: Mapping[str, str] = field(default_factory=dict)
    """The marks by which the text calls gradients, and of which loss they are."""
    told_gradients: Mapping[str, Grad] = field(default_factory=dict)
    """The letters that the text makes gradients, each of one loss by one name."""
    tried_losses: int = 0
    """How many relations were tried for every loss."""
    losses: dict[tuple[int, int], LossPlace] = field(default_factory=dict)
    """Relations that hold for every loss, by their place."""
    no_loss: dict[tuple[int, int], tuple[LossPlace, Read]] = field(default_factory=dict)
    """Relations that hold for no loss, as they are judged for one that was drawn, by their place."""
    summed: int = 0
    """How many relations were tried with small letters, for the series in them."""
    """How many other readings of names that nothing explains were tried."""
    constants: frozenset[str] = frozenset()
    """Letters that stood before a moment: they are not random."""
    trial: bool = False
    """This is one of these."""
    ahead: Callable[[Reading], None] | None = None
    """Reads on from here for a while."""
    place: tuple[int, int] = (0, 0)
    """Numbers of the present stretch of mathematics and of its statement."""
    late: bool = False
    """The time of the reply was over before all of it was judged."""
    cut: bool = False
    """It has more relations than are read."""
    at: int = 0
    """Where the present stretch of mathematics begins."""
    meanings: Mapping[str, Entry] = field(default_factory=dict)
    """What the names mean of this reply and of earlier ones when all of it has been read."""
    seconds: float = 0.0
    """How long it took to read it."""

    def judge_of(self, read: Read) -> Judge:
        """Who knows what the letters of a relation mean: the reply's own letters where it stands among these."""
        return read.then or (read.within.judge if read.within is not None else self.judge)

    def doubt(self, name: str, why: str) -> None:
        """From here to the end of the section no relation with this name is called false. The first reason stays."""
        self.doubted.setdefault(name, why)

    @cached_property
    def staff(self) -> Judge:
        """The same worlds with the staff's meaning of all names."""
        return (self.inside[0].outer if self.inside else self.judge).for_staff()

    @cached_property
    def outline(self) -> Outline:
        return Outline(self.document.text)

    @cached_property
    def statements(self) -> dict[int, list[Statement] | Unreadable]:
        """The statements of every stretch of mathematics, by its place. Which spellings are one name, the whole reply tells."""
        scope = self.setting.scope
        found = self.tokens_by_place(scope.words)
        readable = [f for f in found.values() if not isinstance(f, Unreadable)]
        if words := frozenset(w for w in capitals(readable) if not any(map(scope.find, w))):
            found = self.tokens_by_place(scope.words | words)
        fonts = spellings((f for f in found.values() if not isinstance(f, Unreadable)), scope.fonts)
        found = {at: f if isinstance(f, Unreadable) else fonts.settled(f) for at, f in found.items()}
        names = {name for f in found.values() if not isinstance(f, Unreadable) for name in written(f)}
        names |= {f"{ONLY_BOLD}{key[1]}" for key, kinds in fonts.used.items() if kinds == {"\\mathbf"}}
        read = {at: f if isinstance(f, Unreadable) else statements(f) for at, f in found.items()}
        sides = sides_of(read)
        if layers := layered(sides, lambda name: scope.find(name) is not None):
            found = {at: f if isinstance(f, Unreadable) else with_layers(f, layers) for at, f in found.items()}
            read = {at: f if isinstance(f, Unreadable) else statements(f) for at, f in found.items()}
            sides = sides_of(read)
        names |= {f"{ALONE}{side[0].text}" for side in sides if len(side) == 1 and side[0].kind == "id"}
        names |= {MOVING} if any(map(is_differential, sides)) else set()
        names |= {f"{CALLED}{name}" for name in always_called(sides)}
        chains = [s.sides for f in read.values() if not isinstance(f, Unreadable) for s in f if s.ops]
        leads = partial(depends_on, scope)
        names |= {GRADIENTS} if calls_gradients(chains, self.beside(read), leads) else set()
        names |= {BARS} if calls_by_bars(self.document.text, chains) else set()
        self.judge.read_names(frozenset(names), fonts.odd)
        return read

    def beside(
        self, read: dict[int, list[Statement] | Unreadable]
    ) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
        """What stands alone in two stretches of mathematics of one sentence, one right behind the other."""
        for first, then in pairwise(self.document.spans):
            between = self.document.text[first.outer_end : then.outer_start]
            if len(between) > NAMED_WITHIN or any(sign in between for sign in ".。\n"):
                continue
            one, other = read[first.start], read[then.start]
            if isinstance(one, Unreadable) or isinstance(other, Unreadable) or not len(one) == len(other) == 1:
                continue
            if not one[0].ops and not other[0].ops:
                yield one[0].sides[0], other[0].sides[0]

    def tokens_by_place(self, words: frozenset[str]) -> dict[int, list[Token] | Unreadable]:
        """The tokens of every stretch of mathematics. words: names of several letters."""
        found: dict[int, list[Token] | Unreadable] = {}
        sums = are_sums(self.document.text) and self.setting.scope.find("\\Sigma") is None
        for span in self.document.spans:
            try:
                tokens = tokens_of(self.document, span, words)
                tokens = with_sums(tokens, self.document.text) if sums else tokens
                found[span.start] = [] if span.bare and any(t.kind == "bad" for t in tokens) else tokens
            except Unreadable as error:
                found[span.start] = error
        return found

    def tokens(self, span: MathSpan) -> list[Statement] | Unreadable:
        return self.statements[span.start]

    def parse(self, tokens: Sequence[Token]) -> Node:
        """The tree of these tokens; kept, because ranges and special cases read a side before or after its relation."""
        scope = self.judge.scope
        kept = self.parsed.get(id(tokens))
        if kept is None or kept[0] is not tokens or kept[1] is not scope:
            tree = parsed(tokens, scope)
            kept = self.parsed[id(tokens)] = (tokens, scope, self.trees.setdefault(tree, tree))
        if isinstance(kept[2], Unreadable):
            raise Unreadable(*kept[2].args)
        return kept[2]

    def is_index(self, node: Node) -> bool:
        if not isinstance(node, Sym) or len(node.name) != 1 or not node.name.islower():
            return False
        found = self.judge.scope.find(node.name)
        return found is None or isinstance(found[1], Index)

    def size_named(self, letter: str) -> Entry | None:
        found = self.judge.scope.find(letter)
        return found[1] if found is not None else None

    def evaluates(self, node: Node) -> bool:
        return self.judge.equation(node, node).verdict in TRUE

    def loose(self, node: Node) -> bool:
        """Whether a free index stands in it."""
        return bool(loose_indices(self.judge.general, node, {}))

    def free_names(self, *nodes: Node) -> set[str]:
        """The free symbols on which a value depends: `f(0)` does not depend on the x of f(x)."""
        env, both = self.judge.general, Bin("=", nodes[0], nodes[-1])
        called = [env.scope.find(n.name.rstrip("'")) for n in walk(both) if isinstance(n, Call)]
        own = {p for found in called if found and isinstance(found[1], Defined) for p in found[1].params}
        names = env.depends(both) - {p for p in own if not stands_alone(p, both)}
        return {
            n
            for n in names
            if isinstance(env.scope.entries.get(n), Drawn) and "data" not in getattr(env.scope.entries[n], "kinds", ())
        }

    def in_special(self, *nodes: Node) -> bool:
        """Whether a special world says something about the symbols: then it decides."""
        names = self.free_names(*nodes)
        return any(names & set(s.overlay) for s in self.setting.specials)

    def rests_on_unmodelled(self, *nodes: Node) -> bool:
        return bool(self.unmodelled) and bool(self.free_names(*nodes) & self.unmodelled)


def stands_alone(name: str, node: Node) -> bool:
    """Whether a letter stands somewhere without a subscript that makes another name of it."""
    if isinstance(node, Sub) and node.name:
        return node.name == name or any(stands_alone(name, n) for n in node.index or ())
    return node == Sym(name) or any(stands_alone(name, n) for n in children(node))


def depends_on(scope: Scope, name: str, other: str) -> bool:
    """Whether a name that the problem defines depends on another one."""
    found = scope.find(other) or scope.find(f"{other}_")
    return found is not None and bool({found[0], f"{found[0]}_"} & (names_behind(scope, name) - {name}))


def sides_of(read: Mapping[int, list[Statement] | Unreadable]) -> list[Sequence[Token]]:
    """The sides of all relations."""
    return [x for f in read.values() if not isinstance(f, Unreadable) for s in f for x in s.sides if s.ops]


def parsed(tokens: Sequence[Token], scope: Scope) -> Node | Unreadable:
    try:
        return parse(tokens, scope)
    except Unreadable as error:
        return error
    except RecursionError:
        return Unreadable("nested too deeply")
