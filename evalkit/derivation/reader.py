"""Reads a reply's statements in the order of the text: declarations, definitions, assumptions, and what is to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from evalkit.derivation import prose, shapes
from evalkit.derivation.complement import MARK, complements
from evalkit.derivation.document import Document, MathSpan
from evalkit.derivation.judge import BUILT_IN, FALSE, TRUE, Judge, Judgement, Verdict, base_name, is_zero
from evalkit.derivation.lexer import Token, tokenize
from evalkit.derivation.nodes import Big, Bin, Call, Diff, Dots, Grad, Node, Num, Sub, Sym, Un, Unreadable, walk
from evalkit.derivation.parser import parse
from evalkit.derivation.relations import EQUAL, ORDER, Statement, statements
from evalkit.derivation.scope import (
    Alias,
    Defined,
    Dimension,
    Drawn,
    Entry,
    Factor,
    Family,
    Index,
    family_key,
    has_derivative,
    names_in,
)
from evalkit.derivation.series import loose_indices
from evalkit.derivation.setting import Setting, Special, defined
from evalkit.derivation.values import Trouble, array

MAX_RELATIONS = 600
NO_SHAPE = "the side before has no shape"
OWN_KINDS = frozenset({"invertible", "symmetric", "pd", "psd"})
"""Properties that no factor of a thin decomposition has: a letter declared so is the reply's own."""


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


@dataclass
class Reader:
    """One pass over one reply. `relations` and `mentions` are its product; `judge` keeps the scope."""

    setting: Setting
    document: Document
    judge: Judge
    relations: list[Read] = field(default_factory=list)
    mentions: list[tuple[int, int, Node]] = field(default_factory=list)
    properties: dict[str, frozenset[str]] = field(default_factory=dict)
    unmodelled: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    clause: str = ""
    after: str = ""
    section: int = 0
    pending: list[tuple[int, str, Statement]] = field(default_factory=list)
    """Relations with unknown names: tried again when a later "where ..." explains these."""
    stated: dict[str, tuple[Node | None, Node | None, bool]] = field(default_factory=dict)
    """Ranges of indices that this section stated last: tried where a relation fails without."""
    kin: dict[str, frozenset[str]] = field(default_factory=dict)
    """Plain letters that the words call an eigenvalue or singular value, and the free names on which these depend."""
    introduced: set[str] = field(default_factory=set)
    """Names of the problem's decompositions that the reply wrote down, with the families that belong to them."""
    entered: set[str] = field(default_factory=set)
    """Special worlds whose premise the reply has stated."""
    derived: bool = False
    """A side of the present chain is a derivative."""

    @cached_property
    def staff(self) -> Judge:
        """The same worlds with the staff's meaning of all names."""
        judge = Judge(self.setting)
        judge.worlds = self.judge.worlds
        return judge

    def run(self) -> None:
        spans = self.document.spans
        parsed = [self.tokens(span) for span in spans]
        for at, span in enumerate(spans):
            section = self.document.section(span.start)
            if section != self.section:
                self.section = section
                self.judge.forget()
                self.unmodelled.clear()
                self.stated.clear()
            found = parsed[at]
            if isinstance(found, Unreadable):
                self.unreadable(span, str(found))
                continue
            self.clause = prose.clause(self.document.before(span))
            self.after = prose.opening(self.document.after(span))
            self.judge.ranges = self.ranges(spans, parsed, at)
            self.stated.update(self.judge.ranges)
            for number, statement in enumerate(found):
                if len(self.relations) >= MAX_RELATIONS:
                    return
                self.statement(statement, span, len(self.relations) * 1000 + number)

    # ------------------------------------------------------------ reading
    def tokens(self, span: MathSpan) -> list[Statement] | Unreadable:
        try:
            tokens = tokenize(self.document.text, span.start, span.end, self.setting.scope.words)
            if span.bare and any(t.kind == "bad" for t in tokens):
                return []
            return statements(tokens)
        except Unreadable as error:
            return error

    def unreadable(self, span: MathSpan, reason: str) -> None:
        if "=" in self.document.text[span.start : span.end]:
            judgement = Judgement(Verdict.UNPARSED, reason=reason)
            self.relations.append(
                Read(span.start, span.end, span.end, span.end, "=", None, None, judgement, -1, self.section)
            )

    def parse(self, tokens: Sequence[Token]) -> Node:
        try:
            return parse(tokens, self.judge.scope)
        except RecursionError:
            raise Unreadable("nested too deeply") from None

    def ranges(
        self, spans: Sequence[MathSpan], parsed: Sequence[list[Statement] | Unreadable], at: int
    ) -> dict[str, tuple[Node | None, Node | None, bool]]:
        """Ranges of indices stated in this stretch of mathematics or in the next one after "for"."""
        out = {}
        self.judge.unequal.clear()
        near = [*self.said_before(spans, at), at]
        if at + 1 < len(spans):
            gap = self.document.text[spans[at].outer_end : spans[at + 1].outer_start]
            if (
                len(gap) < 40
                and "\n\n" not in gap
                and any(w in gap.lower() for w in ("for", "where", "when", "all", "each", "("))
            ):
                near.append(at + 1)
        for which in near:
            found = parsed[which]
            if not isinstance(found, Unreadable):
                out.update(self.stated_ranges(found))
        return out

    def said_before(self, spans: Sequence[MathSpan], at: int) -> list[int]:
        """Numbers of the stretches of the same sentence that open with "for" or the like: `for $i > k$ the vector ...`."""
        out: list[int] = []
        for i in range(at - 1, max(-1, at - 4), -1):
            gap = self.document.text[spans[i].outer_end : spans[i + 1].outer_start]
            if len(gap) > 80 or (prose.SENTENCE_END.search(gap) and gap.strip() not in ("", ",", ":")):
                break
            lead = self.document.text[max(0, spans[i].outer_start - 24) : spans[i].outer_start]
            if prose.QUANTIFIER.search(lead):
                out.insert(0, i)
        return out

    def stated_ranges(self, found: Sequence[Statement]) -> dict[str, tuple[Node | None, Node | None, bool]]:
        out: dict[str, tuple[Node | None, Node | None, bool]] = {}
        for i, s in enumerate(found):
            if not s.ops or not all(len(side) < 12 for side in s.sides):
                continue
            try:
                sides = [self.parse(side) for side in s.sides]
            except Unreadable:
                continue
            following = found[i + 1 : i + 3]
            if (
                s.ops == ("=",)
                and self.is_index(sides[0])
                and len(following) == 2
                and not following[0].ops
                and following[0].sides[0][0].text == "dots"
            ):
                try:
                    out[self.index_name(sides[0])] = (sides[1], self.parse(following[1].sides[0]), False)
                except Unreadable:
                    continue
            elif s.ops == ("neq",) and all(self.is_index(side) for side in sides):
                self.judge.unequal.add(frozenset(self.index_name(side) for side in sides))
            elif (
                s.ops == ("=",)
                and self.is_index(sides[0])
                and isinstance(sides[1], Bin)
                and any(isinstance(n, Dots) for n in walk(sides[1]))
            ):
                continue
            elif set(s.ops) <= {"leq", "<", ">", "geq"}:
                out.update(self.bound(sides, s.ops))
        return out

    def bound(self, sides: list[Node], ops: tuple[str, ...]) -> dict[str, tuple[Node | None, Node | None, bool]]:
        if len(sides) == 3 and self.is_index(sides[1]) and ops == ("leq", "leq"):
            return {self.index_name(sides[1]): (sides[0], sides[2], False)}
        if len(sides) == 2 and self.is_index(sides[0]):
            name, limit = self.index_name(sides[0]), sides[1]
            match ops[0]:
                case "leq":
                    return {name: (None, limit, False)}
                case "<":
                    return {name: (None, Bin("-", limit, Num(1)), False)}
                case ">":
                    return {name: (limit, None, True)}
                case "geq":
                    return {name: (limit, None, False)}
        return {}

    def is_index(self, node: Node) -> bool:
        if not isinstance(node, Sym) or len(node.name) != 1 or not node.name.islower():
            return False
        found = self.judge.scope.find(node.name)
        return found is None or isinstance(found[1], Index)

    def index_name(self, node: Node) -> str:
        assert isinstance(node, Sym)  # noqa: S101 - is_index has seen to it
        return node.name

    # ------------------------------------------------------------ statements
    def statement(self, s: Statement, span: MathSpan, chain: int) -> None:
        if not s.ops:
            self.mention(s, span)
            return
        if s.ops == ("in",):
            self.declaration(s, chain)
            return
        if "in" in s.ops:  # Z = W_1 X \in ...: the shape follows from the definition
            s = replace(s, sides=s.sides[: s.ops.index("in") + 1], ops=s.ops[: s.ops.index("in")])
        sides: list[Node | Unreadable] = []
        for side in s.sides:
            try:
                sides.append(self.parse(side))
            except Unreadable as error:
                sides.append(error)
        if (
            len(s.ops) == 1
            and s.ops[0] == "="
            and isinstance(sides[0], Sym)
            and self.is_index(sides[0])
            and self.judge.ranges.get(sides[0].name)
        ):
            return
        if span.bare and all(isinstance(side, Unreadable) for side in sides):
            return
        if any(isinstance(side, Dots) for side in sides) and set(s.ops) == {"="}:  # s_1 = ... = s_k = 1
            kept = [i for i, side in enumerate(sides) if not isinstance(side, Dots)]
            if len(kept) < 2:
                return
            sides = [sides[i] for i in kept]
            s = replace(s, sides=tuple(s.sides[i] for i in kept), ops=("=",) * (len(kept) - 1))
        self.said_full(sides)
        self.derived = any(
            has_derivative(side) or is_primed(side) for side in sides if not isinstance(side, Unreadable)
        )
        for i, op in enumerate(s.ops):
            left, right = sides[i], sides[i + 1]
            read = Read(s.sides[i][0].start, s.sides[i + 1][-1].end, s.sides[i][-1].end, s.sides[i + 1][0].start, op,
                        None, None, Judgement(Verdict.SKIPPED), chain, self.section)  # fmt: skip
            if isinstance(left, Unreadable) or isinstance(right, Unreadable):
                reason = next(str(x) for x in (left, right) if isinstance(x, Unreadable))
                skipped = reason in ("arg max", "arg min", "a limit", "an expectation", "an infimum", "a supremum")
                self.relations.append(
                    replace(read, judgement=Judgement(Verdict.SKIPPED if skipped else Verdict.UNPARSED, reason=reason))
                )
                continue
            if op in ORDER and s.before and isinstance(right, Num):  # b_1, ..., b_k > 0
                words = f"{self.clause[-60:]} {self.after[:60]}"
                singular = bool(prose.SINGULAR_VALUES.search(words))
                if isinstance(left, Sub) and left.index and (singular or prose.EIGENVALUES.search(words)):
                    self.spectrum(left, span, singular)
                continue
            read = replace(read, left=left, right=right, negated=self.is_negated(s))
            words = f"{self.clause} {s.words}" if i == 0 else ""
            done = (
                self.equation(read, left, right, words, s) if op in EQUAL else self.other(read, left, op, right, words)
            )
            if (
                span.bare
                and done.judgement.verdict in (Verdict.UNBOUND, Verdict.UNPARSED)
                and not self.knows(left, right)
            ):
                continue
            done = self.once(self.with_premise(done))
            self.relations.append(done)
            self.seen.update(names_in(left))
            self.seen.update(names_in(right))
            if done.judgement.verdict is Verdict.UNBOUND:
                self.pending.append((len(self.relations) - 1, words, s))
            elif done.introduces and not (isinstance(right, Num) or isinstance(left, Num)):
                self.again()

    def once(self, read: Read) -> Read:
        """A side of a chain that has no shape is a fault of the relation before, and of that one alone."""
        before = self.relations[-1] if self.relations else None
        if (
            read.judgement.verdict is not Verdict.ILL_TYPED
            or before is None
            or (before.chain, before.right) != (read.chain, read.left)
            or read.left is None
            or not (before.judgement.verdict is Verdict.ILL_TYPED or before.judgement.reason == NO_SHAPE)
            or self.evaluates(read.left)
        ):
            return read
        return replace(read, judgement=Judgement(Verdict.SKIPPED, reason=NO_SHAPE))

    def with_premise(self, read: Read) -> Read:
        """What holds in a special world alone is right only where the reply has come to that world.

        It has where its words name the premise, the relation is a condition itself (something is 0, or set equal by its
        words), the reply gave a value to a symbol of the world, or its words speak of an optimum or of a stationary point.
        """
        special = self.judge.special(read.judgement.world or "")
        if read.judgement.verdict is not Verdict.HOLDS or special is None:
            return read
        for other in (special, *(s for s in self.setting.specials if s is not special)):
            if other is not special and not (other.given or other.name in self.entered or self.says(read, other)):
                continue
            if other is not special and not self.judge.holds_in(other.name, read.left, read.right):
                continue
            if other.given or other.name in self.entered or self.enters(read, other):
                self.entered.add(other.name)
                return replace(read, judgement=replace(read.judgement, world=other.name))
        reason = f"holds only where {special.premise}, which the reply does not state"
        return replace(read, judgement=replace(read.judgement, verdict=Verdict.UNSTATED, reason=reason))

    def enters(self, read: Read, special: Special) -> bool:
        if any(side is not None and is_zero(side) for side in (read.left, read.right)):
            return True
        if (self.judge.assumed.keys() | read.introduces) & special.overlay.keys() or read.introduces:
            return True
        return self.says(read, special)

    def says(self, read: Read, special: Special) -> bool:
        """Whether the text up to the end of the relation's sentence states the premise."""
        return prose.states(special.premise, self.document.text[: self.sentence_end(read.end)])

    def sentence_end(self, at: int) -> int:
        found = prose.SENTENCE_END.search(self.document.text, at)
        return found.start() if found else len(self.document.text)

    def said_full(self, sides: Sequence[Node | Unreadable]) -> None:
        """`V^T V = I_n` with n columns: the reply means the full decomposition, where the problem has the thin one."""
        scope = self.judge.scope
        units = [s for s in sides if isinstance(s, Sub) and base_name(s) == "I" and s.index]
        for side in sides if units else ():
            if not (isinstance(side, Bin) and side.op == "*"):
                continue
            for a, b in ((side.left, side.right), (side.right, side.left)):
                name = shapes.plain_name(b) if isinstance(a, Un) and a.op == "T" and a.x == b else None
                found = scope.find(name) if name else None
                if found is None or not isinstance(found[1], Factor) or found[1].kind != "thin svd":
                    continue
                if units[0].index:
                    self.made_full(found[1], units[0].index[0])

    def made_full(self, entry: Factor, dimension: Node) -> bool:
        """All factors of this decomposition become those of the full one where the stated dimension is that of these."""
        env = self.judge.envs("generic")[-1]
        if entry.kind != "thin svd":
            return False
        try:
            rows, columns = array(env.value(entry.of, {})).shape
            size = env.integer(dimension, {})
            thin = array(env.factor_value("", replace(entry, shape=None))).shape[1]
        except Trouble:
            return False
        if size != (rows if entry.part == 0 else columns) or size == thin:
            return False
        entries = {
            name: replace(e, kind="full svd", shape=None, source="reply")
            for name, e in self.judge.scope.entries.items()
            if isinstance(e, Factor) and e.of == entry.of and e.kind == "thin svd"
        }
        self.judge.define(entries)
        return True

    def again(self) -> None:
        """Try waiting relations once more, as long as that explains further names; those too far back stay unbound."""
        for _ in range(4):
            waiting, self.pending = self.pending, []
            introduced = False
            for number, words, s in waiting:
                read = self.relations[number]
                if (
                    len(self.relations) - number > 12
                    or read.section != self.section
                    or read.left is None
                    or read.right is None
                ):
                    continue
                if self.judge.unbound_names(read.left, read.right) == read.judgement.reason:
                    self.pending.append((number, words, s))
                    continue
                self.relations[number] = new = self.equation(
                    replace(read, judgement=Judgement(Verdict.SKIPPED)), read.left, read.right, words, s
                )
                introduced = introduced or bool(new.introduces)
                if new.judgement.verdict is Verdict.UNBOUND:
                    self.pending.append((number, words, s))
            if not introduced:
                return

    def is_negated(self, s: Statement) -> bool:
        return bool(prose.NEGATED.search(self.clause[-60:])) or "neq" in s.ops

    def knows(self, *nodes: Node) -> bool:
        scope = self.judge.scope
        return any(scope.find(n) for node in nodes for n in names_in(node) if len(n) > 1 or n.isupper())

    def mention(self, s: Statement, span: MathSpan) -> None:
        try:
            node = self.parse(s.sides[0])
        except Unreadable:
            return
        name = shapes.plain_name(node)
        if name is None:
            if not isinstance(node, Num | Dots):
                self.mentions.append((s.start, s.end, node))
            return
        self.spoken(name, node, span)

    def spoken(self, name: str, node: Node, span: MathSpan) -> None:
        """Properties, shapes and spectra that the words give to a name."""
        before, after = self.clause[-60:], self.after[:60]
        scope = self.judge.scope
        kinds = prose.properties(before) | prose.properties(after)
        singular = prose.SINGULAR_VALUES.search(before + after)
        if (singular or prose.EIGENVALUES.search(before + after)) and isinstance(node, Sub) and node.index:
            self.spectrum(node, span, bool(singular))
            return
        if prose.EIGENVALUES.search(before[-30:]) or prose.SINGULAR_VALUES.search(before[-30:]):
            self.kin[name] = self.spoken_of(span)
        if isinstance(node, Sub) and base_name(node) == "e" and prose.UNIT_VECTORS.search(before + after):
            self.unit_vectors(span)
            return
        found = scope.find(name)
        if found is not None and isinstance(found[1], Drawn) and found[1].source == "reply" and kinds - found[1].kinds:
            self.judge.define({found[0]: replace(found[1], kinds=found[1].kinds | kinds)})
        elif found is None and kinds:
            self.properties[name] = self.properties.get(name, frozenset()) | kinds
        if found is None and name.lstrip("\\")[:1].isupper():
            text = self.document.text[max(0, span.outer_start - 50) : span.outer_end + 60]
            shape = shapes.spoken_shape(text, scope)
            if shape is not None and (kinds or "matrix" in text or "matrices" in text):
                self.judge.define({name: Drawn(shape, kinds, None, "reply")})

    def spoken_of(self, span: MathSpan) -> frozenset[str]:
        """Free names in the next stretch of mathematics, after "of"."""
        for other in self.document.spans:
            if span.outer_end <= other.outer_start <= span.outer_end + 30:
                found = self.tokens(other)
                if isinstance(found, Unreadable) or not found or found[0].ops:
                    return frozenset()
                try:
                    node = self.parse(found[0].sides[0])
                except Unreadable:
                    return frozenset()
                return frozenset(self.free_names(node))
        return frozenset()

    def unit_vectors(self, span: MathSpan) -> None:
        """`the unit vectors e_1, ..., e_m of R^m`: the columns of I_m."""
        found = shapes.UNIT_SPACE.search(self.document.text[span.start : span.outer_end + 60])
        if found is None or self.judge.scope.find("e_") or not isinstance(self.size_named(found[1]), Dimension):
            return
        self.judge.define({"e_": Family("columns", Sub(Sym("I"), f"I_{found[1]}", (Sym(found[1]),)), "reply")})
        self.again()

    def size_named(self, letter: str) -> Entry | None:
        found = self.judge.scope.find(letter)
        return found[1] if found is not None else None

    def spectrum(self, node: Sub, span: MathSpan, singular: bool) -> None:
        """`the singular values s_i of A`: the family s_ belongs to A."""
        if not is_small_letter(base_name(node)) or not node.index or self.judge.scope.find(node.name):
            return
        key = family_key(node.name)
        for other in self.document.spans:
            if other.outer_start < span.outer_end or other.outer_start > span.outer_end + 80:
                continue
            gap = self.document.text[span.outer_end : other.outer_start]
            if "of" not in gap.split() or "." in gap:
                continue
            found = self.tokens(other)
            if isinstance(found, Unreadable) or not found or found[0].ops:
                continue
            try:
                of = self.parse(found[0].sides[0])
            except Unreadable:
                continue
            self.has_spectrum(key, of, singular)
            return
        of_before = self.matrix_before(span)
        if of_before is not None and not self.judge.scope.find(key):
            self.has_spectrum(key, of_before, singular)

    def has_spectrum(self, key: str, of: Node, singular: bool) -> None:
        middle = f"\\values@{key}{self.section}"
        self.judge.define(
            {
                middle: Factor(of, "thin svd" if singular else "eigen", 1, None, "reply"),
                key: Family("diagonal", Sym(middle), "reply"),
            }
        )
        self.again()

    def matrix_before(self, span: MathSpan) -> Node | None:
        """The last matrix that the words named before: `Let G = B^T B, with eigenvalues g_i`; `B^T B. Call its eigenvalues`."""
        for other in reversed(self.document.spans):
            if other.outer_end > span.outer_start:
                continue
            if other.outer_end < span.outer_start - 90:
                return None
            found = self.tokens(other)
            if isinstance(found, Unreadable) or not found:
                continue
            try:
                node = self.parse(found[-1].sides[0])
                value = self.judge.envs("generic")[0].value(node, {})
            except (Unreadable, Trouble, ArithmeticError, ValueError):
                continue
            if isinstance(value, np.ndarray) and value.ndim == 2 and min(value.shape) > 1:
                return node
        return None

    # ------------------------------------------------------------ declarations
    def declaration(self, s: Statement, chain: int) -> None:
        read = Read(s.start, s.end, s.sides[0][-1].end, s.sides[1][0].start, "in", None, None,
                    Judgement(Verdict.SKIPPED, reason="membership"), chain, self.section)  # fmt: skip
        scope = self.judge.scope
        try:
            what = shapes.declared_set(s.sides[1], scope)
        except Unreadable:  # brackets that do not close
            what = None
        names: list[str] = []
        for side in (*s.before, s.sides[0]):
            try:
                node = self.parse(side)
            except Unreadable:
                continue
            name = shapes.family_of(node, scope) or shapes.plain_name(node)
            if name:
                names.append(name)
        if what is None or not names:
            self.relations.append(read)
            return
        kinds = what.kinds | prose.properties(self.clause[-60:]) | prose.properties(self.after[:60])
        new: dict[str, Entry] = {}
        for name in names:
            new.update(self.declared(name, replace(what, kinds=kinds | self.properties.get(name, frozenset()))))
        if new:
            self.judge.define(new)
        self.relations.append(
            replace(read, judgement=Judgement(Verdict.DEFINITION, reason="declaration"), introduces=frozenset(new))
        )
        if new:
            self.again()

    def declared(self, name: str, what: Drawn) -> dict[str, Entry]:
        """What a declaration changes: nothing where it repeats the problem, a shape of a factor, or a new symbol."""
        found = self.judge.scope.find(name)
        if name.endswith("_"):
            return {}
        if found is None:
            return {name: what}
        key, entry = found
        if isinstance(entry, Factor):
            own = entry.source == "problem" and bool(what.kinds & OWN_KINDS)
            if own or not self.fits_factor(entry, what):
                return {name: what}  # the reply uses the letter for something else
            if (
                entry.part != 1
                and len(what.shape) == 2
                and what.shape[0] == what.shape[1]
                and self.made_full(entry, what.shape[0])
            ):
                return {}
            if len(what.shape) != 2 or (entry.source == "reply" and entry.shape == what.shape):
                return {}
            return {key: replace(entry, shape=what.shape)}
        if isinstance(entry, Drawn):
            if entry.shape == what.shape and (entry.source == "problem" or what.kinds <= entry.kinds):
                return {}
            if entry.source == "problem" and len(entry.shape) == len(what.shape) and self.same_size(entry, what):
                return {}
            return {name: what}
        if isinstance(entry, Defined | Dimension | Index):
            return {}
        return {name: what}

    def fits_factor(self, entry: Factor, what: Drawn) -> bool:
        """Whether a declared shape can be that of a factor: vectors as long as the matrix, values square or shaped as it."""
        env = self.judge.envs("generic")[0]
        try:
            rows, columns = array(env.value(entry.of, {})).shape
            have = tuple(env.integer(n, {}) for n in what.shape)
        except Trouble:
            return True
        if entry.part == 1:
            return len(have) == 2 and (have[0] == have[1] or have == (rows, columns))
        return len(have) == 2 and have[0] == (rows if entry.part == 0 else columns)

    def same_size(self, a: Drawn, b: Drawn) -> bool:
        """Equal sizes in every world, whatever they are called."""
        try:
            return all(
                [env.integer(x, {}) for x in a.shape] == [env.integer(y, {}) for y in b.shape]
                for env in self.judge.envs("generic")
            )
        except Trouble:
            return False

    # ------------------------------------------------------------ relations
    def other(self, read: Read, left: Node, op: str, right: Node, words: str) -> Read:
        """Relations that are no equation."""
        if op not in ORDER:
            return replace(
                read,
                judgement=Judgement(
                    Verdict.SKIPPED, reason={"approx": "approximation", "to": "limit or map"}.get(op, f"relation {op}")
                ),
            )
        name = shapes.plain_name(left)
        found = self.judge.scope.find(name) if name else None
        if (
            name
            and found is None
            and isinstance(right, Num)
            and right.value == 0
            and op in (">", "geq")
            and not shapes.family_of(left, self.judge.scope)
        ):
            if not self.is_index(left):
                self.judge.define({name: Drawn((), frozenset({"positive"}), None, "reply")})
                return replace(
                    read, judgement=Judgement(Verdict.DEFINITION, reason="declaration"), introduces=frozenset({name})
                )
            return read
        if self.is_index(left) or self.is_index(right):
            return replace(read, judgement=Judgement(Verdict.SKIPPED, reason="range of an index"))
        judgement = self.judge.inequality(left, op, right)
        premise = (
            prose.ASSUME.search(words)
            or shapes.plain_name(left)
            or (isinstance(right, Num) and isinstance(left, Sym | Sub))
        )
        if judgement.verdict is Verdict.FAILS and (premise or self.rests_on_unmodelled(left, right)):
            judgement = Judgement(Verdict.SKIPPED, reason="inequality, a premise")
        return replace(read, judgement=judgement)

    def equation(self, read: Read, left: Node, right: Node, words: str, s: Statement) -> Read:
        """Definition, assumption, or a claim to be judged."""
        if read.op == "=:":
            left, right = right, left
        explicit = read.op in (":=", "=:")
        if self.is_size(left) and self.is_size(right) and isinstance(left, Bin):
            return replace(read, judgement=Judgement(Verdict.SKIPPED, reason="sizes of matrices"))
        known = self.decomposition(read, left, right, words)
        if known is not None:
            return known
        for a, b in ((left, right), (right, left)):
            made = self.definition(read, a, b, words, explicit, first=a is left, s=s)
            if made is not None:
                return made
            if explicit:
                break
        judgement = self.judge.equation(left, right)
        if judgement.verdict in FALSE:
            if self.other_meanings(names_in(Bin("=", left, right))):
                return self.equation(read, left, right, words, s)
            if (isinstance(left, Diff) and is_zero(right)) or (isinstance(right, Diff) and is_zero(left)):
                judgement = Judgement(Verdict.ASSUMPTION, reason="a differential that is set to zero")
                if not self.in_special(left, right):
                    self.unmodelled.update(self.free_names(left, right))
        if judgement.verdict is Verdict.FAILS:
            judgement = self.in_stated_range(left, right) or judgement
        if judgement.verdict is Verdict.ILL_TYPED and self.in_numbers(s):
            return replace(read, judgement=Judgement(Verdict.SKIPPED, reason="a special case in numbers"))
        if judgement.verdict is Verdict.ILL_TYPED:
            again = self.new_meaning(read, left, right)
            if again is not None:
                return again
        if judgement.verdict is Verdict.UNBOUND and self.variables(left, right):
            judgement = self.judge.equation(left, right)
        judgement = self.with_complements(left, right, judgement)
        if judgement.verdict is Verdict.UNBOUND:
            general = self.general_identity(left, right)
            if general is not None:
                return replace(read, judgement=general)
        name = shapes.plain_name(left)
        if name is not None and judgement.verdict not in (Verdict.IDENTITY, Verdict.ALGEBRA, Verdict.UNPARSED):
            made = self.assumption(read, left, right, words, judgement)
            if made is not None:
                return made
        if judgement.verdict in FALSE or judgement.verdict is Verdict.VACUOUS:
            judgement = self.softened(left, right, words, judgement)
        return replace(read, judgement=judgement)

    def with_complements(self, left: Node, right: Node, judgement: Judgement) -> Judgement:
        r"""`U_\perp` means the rest of the full decomposition; of the thin one where only that makes the relation true."""
        if MARK not in (words := f"{judgement.reason} {names_in(Bin('=', left, right))}") or "_" not in words:
            return judgement
        said = [n for r in reversed(self.relations) for n in (r.left, r.right) if n is not None]
        if judgement.verdict is Verdict.UNBOUND:
            new = complements(self.judge.scope, (left, right), said, thin=False)
            if not new:
                return judgement
            self.judge.define(new)
            judgement = self.judge.equation(left, right)
        if judgement.verdict not in FALSE:
            return judgement
        saved = dict(self.judge.own)
        self.judge.own = {n: e for n, e in saved.items() if MARK not in n}
        self.judge.changed()
        self.judge.define(complements(self.judge.scope, (left, right), said, thin=True))
        other = self.judge.equation(left, right)
        if other.verdict in TRUE:
            return other
        self.judge.own = saved
        self.judge.changed()
        return judgement

    def in_numbers(self, s: Statement) -> bool:
        """`A = 2`, `B = C = 1` for matrices: the scalar case is looked at."""
        try:
            sides = [self.parse(side) for side in s.sides]
        except Unreadable:
            return False
        numbers = [side for side in sides if isinstance(side, Num)]
        return bool(numbers) and all(isinstance(side, Num) or shapes.plain_name(side) for side in sides)

    def in_stated_range(self, left: Node, right: Node) -> Judgement | None:
        """`for i <= k` was said in this section, and the relation holds for these."""
        names = loose_indices(self.judge.envs("generic")[0], Bin("=", left, right), {})
        wanted = {n: self.stated[n] for n in names if n in self.stated and n not in self.judge.ranges}
        if not wanted:
            return None
        before, self.judge.ranges = self.judge.ranges, {**self.judge.ranges, **wanted}
        found = self.judge.equation(left, right)
        self.judge.ranges = before
        return replace(found, reason="in the range stated before") if found.verdict in TRUE else None

    def other_meanings(self, names: Sequence[str]) -> bool:
        """Give up the meanings of names that this reply did not introduce: of earlier replies, and of the staff's factors."""
        used = set(names) - set(self.judge.own)
        old = used & self.judge.carried.keys()
        for name in old:
            self.judge.drop(name)
        weak = (used & self.setting.weak) - self.judge.hidden - self.introduced
        if weak:
            self.judge.hide(weak)
        return bool(old or weak)

    def is_size(self, node: Node) -> bool:
        """`m x n`, `(m x k)(k x n)`: a product of dimensions and nothing else."""
        if isinstance(node, Bin):
            return node.op == "*" and self.is_size(node.left) and self.is_size(node.right)
        return isinstance(node, Sym) and isinstance(self.size_named(node.name), Dimension)

    def new_meaning(self, read: Read, left: Node, right: Node) -> Read | None:
        """A name of the reply's own that cannot mean what it did: `G` for the next gradient, of another shape."""
        for a, b in ((left, right), (right, left)):
            turned = isinstance(a, Un) and a.op == "T"
            name = shapes.plain_name(a.x if isinstance(a, Un) and turned else a)
            entry = self.judge.own.get(name) if name else None
            if name == "e" and entry is None and not self.judge.scope.find("e"):  # no longer Euler's number
                entry = Defined(b, (), None, "reply")
            if name is None or not isinstance(entry, Defined) or entry.params or shapes.has_name(b, name):
                continue
            if not self.evaluates(b):
                continue
            self.judge.define({name: Defined(Un("T", b) if turned else b, (), None, "reply")})
            note = "a new meaning"
            return replace(read, judgement=Judgement(Verdict.DEFINITION, reason=note), introduces=frozenset({name}))
        return None

    def softened(self, left: Node, right: Node, words: str, judgement: Judgement) -> Judgement:
        """A condition that the reply imposes is no false claim; what rests on it cannot be checked."""
        if judgement.verdict is Verdict.ILL_TYPED:
            return judgement
        if self.selects(left, right):
            return Judgement(Verdict.SKIPPED, reason="a condition that selects indices")
        imposed = bool(prose.PREMISE.search(words)) and not prose.CONCLUDE.search(words)
        imposed = imposed or bool(prose.EQUALITY.search(words))
        gradient_zero = (is_zero(right) or is_zero(left)) and self.derived
        condition = (is_zero(right) or is_zero(left)) and bool(prose.CONDITION.search(f"{words} {self.clause}"))
        if (gradient_zero or condition or imposed) and (imposed or not self.in_special(left, right)):
            changed = self.imposed(left, right)
            if not changed:
                self.unmodelled.update(self.free_names(left, right))
                for name in {*names_in(left), *names_in(right)} & self.kin.keys():
                    self.unmodelled.update(self.kin[name])
            return Judgement(Verdict.ASSUMPTION, reason="a condition that is imposed")
        if (
            judgement.verdict is Verdict.FAILS
            and prose.RESTRICTION.search(words.rstrip())
            and self.loose(Bin("=", left, right))
        ):
            return Judgement(Verdict.SKIPPED, reason="a restriction of an index")
        if judgement.verdict is Verdict.FAILS and self.rests_on_unmodelled(left, right):
            return Judgement(
                Verdict.SKIPPED,
                reason="rests on a condition that is not modelled",
                counterexample=judgement.counterexample,
            )
        return judgement

    def selects(self, left: Node, right: Node) -> bool:
        """`the u_i with s_i^2 = t`: an index stands on one side alone, and the words before pick among its values."""
        if not prose.SELECTS.search(f"{self.clause} ") or not self.loose(left):
            return False
        return not self.loose(right)

    def in_special(self, *nodes: Node) -> bool:
        """Whether a special world says something about the symbols: then it decides."""
        names = self.free_names(*nodes)
        return any(names & set(s.overlay) for s in self.setting.specials)

    def free_names(self, *nodes: Node) -> set[str]:
        env = self.judge.envs("generic")[0]
        names = env.depends(Bin("=", nodes[0], nodes[-1]))
        return {
            n
            for n in names
            if isinstance(env.scope.entries.get(n), Drawn) and "data" not in getattr(env.scope.entries[n], "kinds", ())
        }

    def rests_on_unmodelled(self, *nodes: Node) -> bool:
        return bool(self.unmodelled) and bool(self.free_names(*nodes) & self.unmodelled)

    def imposed(self, left: Node, right: Node) -> bool:
        """`Q^T Q = I`, `A = A^T`: the symbol is drawn anew with that property."""
        name, kind = None, ""
        if isinstance(left, Bin) and left.op == "*" and is_identity(right):
            for a, b in ((left.left, left.right), (left.right, left.left)):
                if isinstance(a, Un) and a.op == "T" and a.x == b:
                    name, kind = shapes.plain_name(b), "orthogonal"
        elif isinstance(right, Un) and right.op == "T" and right.x == left:
            name, kind = shapes.plain_name(left), "symmetric"
        found = self.judge.scope.find(name) if name else None
        if found is None or not isinstance(found[1], Drawn):
            return False
        self.judge.assume({found[0]: replace(found[1], kinds=found[1].kinds | {kind})})
        return self.judge.equation(left, right).verdict in TRUE

    # ------------------------------------------------------------ definitions
    def definition(
        self, read: Read, left: Node, right: Node, words: str, explicit: bool, first: bool, s: Statement
    ) -> Read | None:
        """`left` is a new name (or one that the reply redefines) and `right` has a value."""
        scope = self.judge.scope
        name = left.name if isinstance(left, Call) else shapes.plain_name(left)
        if name is None or shapes.has_name(right, name):
            return None
        if isinstance(right, Num) and self.is_index(left) and not (explicit or prose.ASSUME.search(words)):
            return replace(read, judgement=Judgement(Verdict.SKIPPED, reason="the value of an index"))
        if isinstance(right, Num) and name in self.kin:
            self.unmodelled.update(self.kin[name])
            return replace(read, judgement=Judgement(Verdict.ASSUMPTION, reason="the value that is singled out"))
        family = shapes.family_of(left, scope)
        found = scope.find(family or name)
        if found is not None and found[0] in self.judge.carried and found[0] not in self.judge.own:
            if not first or self.judge.equation(left, right).verdict in TRUE:
                return None
            self.judge.drop(found[0])
            scope, found = self.judge.scope, None
        if isinstance(left, Call) and (
            (found is not None and not explicit)
            or not all(isinstance(a, Sym | Sub) for a in left.args)
            or builtin(name)
            or name.endswith("'")
        ):
            return None
        if (
            found is None
            and not isinstance(left, Call)
            and isinstance(left, Sym)
            and left.name in ("I", "e", "\\pi", "\\mathbf 1")
            and not (left.name == "e" and prose.DEFINE.search(words) and not isinstance(right, Num))
        ):
            return None
        if isinstance(left, Sub) and base_name(left) in BUILT_IN and not is_own_delta(left):
            return None
        if (
            found is not None
            and isinstance(found[1], Factor)
            and found[1].part == 1
            and shapes.value_family(found[0], right)
        ):
            return None  # it names the diagonal
        if (
            not isinstance(left, Call)
            and isinstance(left, Sub)
            and found is None
            and not family
            and (scope.find(base_name(left)) or scope.find(base_name(left) + "_"))
            and self.evaluates(left)
            and not (first and prose.DEFINE.search(words) and self.judge.equation(left, right).verdict in FALSE)
        ):
            return None
        if found is None and family and isinstance(left, Sub) and scope.find(base_name(left)):  # noqa: SIM102
            if self.judge.equation(left, right).verdict in TRUE:
                return None  # an entry of a vector that the problem knows
        if found is not None:
            alias = isinstance(scope.entries.get(name), Alias)  # a spelling that the reply may need for something else
            cue = (
                explicit
                or alias
                or (
                    first
                    and bool((prose.STRONG_DEFINE if self.is_scalar_of_problem(found) else prose.DEFINE).search(words))
                    and prose.defines(words)
                    and not prose.RECALL.search(words)
                    and not prose.CONCLUDE.search(words)
                )
            )
            redefinable = (
                alias
                or isinstance(found[1], Defined | Factor | Family)
                or (isinstance(found[1], Drawn) and found[1].source == "reply" and explicit)
            )
            if not cue or not redefinable or (isinstance(found[1], Defined) and found[1].source == "world"):
                return None
            if self.judge.equation(left, right).verdict in TRUE:
                return None
        elif not first and not explicit and not (isinstance(left, Sym | Sub) and not self.judge.unbound_names(right)):
            return None
        problem = self.problem_with(right, left)
        if problem is not None:
            return (
                replace(read, judgement=problem)
                if found is None and first and problem.verdict is not Verdict.UNBOUND
                else None
            )
        try:
            entries = defined(left, right, scope, "reply")
        except Unreadable:
            return None
        if isinstance(left, Sym) and self.loose(right):  # "let s = a_i": any one of them
            entries = {left.name: Drawn((), frozenset({"positive"}), None, "reply")}
        self.judge.define(entries)
        for n in entries:
            if self.judge.assumed.pop(n, None) is not None:
                self.judge.changed()
        note = "overrides the problem's meaning" if found is not None else ""
        return replace(read, judgement=Judgement(Verdict.DEFINITION, reason=note), introduces=frozenset(entries))

    def is_scalar_of_problem(self, found: tuple[str, Entry]) -> bool:
        """A number that the problem defines, the loss above all: "with ..., the loss is" states it and gives no new one."""
        name, entry = found
        if not isinstance(entry, Defined) or entry.source != "problem":
            return False
        try:
            value = self.judge.envs("generic")[0].lookup(name, {})
        except (Trouble, ArithmeticError, np.linalg.LinAlgError):
            return False
        return isinstance(value, np.ndarray) and value.size == 1

    def loose(self, node: Node) -> bool:
        """Whether a free index stands in it."""
        return bool(loose_indices(self.judge.envs("generic")[0], node, {}))

    def problem_with(self, right: Node, left: Node) -> Judgement | None:
        """Why the right side has no value, or None where it has one."""
        scope = self.judge.scope
        params = [a.name for a in left.args if isinstance(a, Sym | Sub)] if isinstance(left, Call) else []
        extra = {p: Drawn((), frozenset({"positive"})) for p in params if scope.find(p) is None}
        saved = dict(self.judge.own)
        if extra:
            self.judge.define(extra)
        try:
            judgement = self.judge.equation(right, right)
        finally:
            if extra:
                self.judge.own = saved
                self.judge.changed()
        if judgement.verdict in TRUE or (extra and judgement.verdict is not Verdict.UNBOUND):
            return None
        return judgement if judgement.verdict not in (Verdict.FAILS, Verdict.VACUOUS) else None

    def evaluates(self, node: Node) -> bool:
        return self.judge.equation(node, node).verdict in TRUE

    def decomposition(self, read: Read, left: Node, right: Node, words: str) -> Read | None:
        """`X = U \\Sigma V^T` where that is a decomposition: of which matrix, with which names."""
        names = shapes.product_of_three(right)
        if names is None or isinstance(left, Num) or any(shapes.has_name(left, n) for n in names):
            return None
        scope = self.judge.scope
        eigen = names[0] == names[2]
        near = f"{words} {self.clause} {self.after[:80]}"
        unknown = [n for n in dict.fromkeys(names) if scope.find(n) is None or is_reply_drawn(scope.find(n))]
        parts = [scope.find(n) for n in names]
        factors = [p[1] for p in parts if p is not None and isinstance(p[1], Factor)]
        spoken = bool((prose.EIGEN if eigen else prose.SVD).search(near))
        kind = (
            "eigen"
            if eigen
            else "full svd"
            if prose.FULL.search(near)
            else "thin svd"
            if prose.THIN.search(near)
            else ""
        )
        changed = bool(kind) and len(factors) == 3 and not eigen and factors[0].kind != kind
        if factors and len(factors) == 3 and not changed and self.judge.equation(left, right).verdict in TRUE:
            self.introduced.update(names)
            self.introduced.update(
                n for n, e in scope.entries.items() if isinstance(e, Family) and set(names_in(e.of)) & set(names)
            )
            return replace(
                read,
                judgement=self.judge.equation(left, right),
                decomposes=left,
                kind="eigen" if eigen else "svd",
                introduces=frozenset(names),
            )
        if not self.evaluates(left) or not (
            (spoken and (unknown or factors)) or (len(unknown) == len(set(names)) and (spoken or eigen))
        ):
            return None
        if len(unknown) < len(set(names)) and not all(
            isinstance(p[1], Factor) for p in parts if p is not None and p[0] not in unknown
        ):
            return None
        entries = shapes.decomposition(left, names, kind or "thin svd", scope)
        self.judge.define(entries)
        judgement = self.judge.equation(left, right)
        if judgement.verdict not in TRUE:
            return replace(read, judgement=judgement)
        return replace(read, judgement=Judgement(Verdict.DEFINITION, reason="decomposition"), introduces=frozenset(entries),
                       decomposes=left, kind="eigen" if eigen else "svd")  # fmt: skip

    def assumption(self, read: Read, left: Node, right: Node, words: str, judgement: Judgement) -> Read | None:
        """A free symbol of the problem is given a value."""
        name = shapes.plain_name(left)
        scope = self.judge.scope
        found = scope.find(name) if name else None
        middle = found[1] if found is not None else None
        if found is not None and isinstance(middle, Factor) and middle.part == 1:
            entries = shapes.value_family(found[0], right)
            if entries:
                self.judge.define(entries)
                return replace(
                    read,
                    judgement=Judgement(Verdict.DEFINITION, reason="names the diagonal"),
                    introduces=frozenset(entries),
                )
        base = self.judge.scope_of("generic").find(name) if name else None
        if base is None or not isinstance(base[1], Drawn) or "data" in base[1].kinds or shapes.has_name(right, base[0]):
            return None
        if judgement.verdict is Verdict.ILL_TYPED:
            return None
        entries = {}
        if judgement.verdict is Verdict.UNBOUND:
            unknown = [n for n in self.judge.unbound_names(right).split(", ") if n]
            given: dict[str, Entry] = {
                n: Drawn((), self.properties[n], None, "reply") for n in unknown if n in self.properties
            }
            inferred = shapes.infer(self.judge.envs("assumed")[0], unknown, left, right, given)
            if inferred is None:
                return None
            self.judge.define(inferred)
            entries.update(inferred)
        elif judgement.verdict in FALSE and (special := self.judge.in_specials(left, right)) is not None:
            judgement = special
        elif (
            judgement.verdict in FALSE
            and prose.CONCLUDE.search(words)
            and not prose.ASSUME.search(words)
            and self.in_special(left)
            and not any(r.introduces & self.judge.assumed.keys() for r in self.relations[-1:])
        ):
            return None
        self.judge.assume({base[0]: Defined(right, (), None, "reply")})
        again = self.judge.equation(left, right)
        if again.verdict not in TRUE:
            self.judge.assumed.pop(base[0])
            self.judge.changed()
            return None
        if judgement.verdict is Verdict.HOLDS:
            return replace(read, judgement=judgement, introduces=frozenset({base[0]}))
        return replace(read, judgement=Judgement(Verdict.ASSUMPTION), introduces=frozenset({base[0], *entries}))

    def variables(self, left: Node, right: Node) -> bool:
        """Take unknown letters that are arguments of functions, variables of integration or ends of sums for plain scalars.
        True where every unknown name is one of these."""
        scope = self.judge.scope
        bodies = [e.body for e in scope.entries.values() if isinstance(e, Defined)]
        known = {p for e in scope.entries.values() if isinstance(e, Defined) for p in e.params}
        bigs = [n for body in [*bodies, left, right] for n in walk(body) if isinstance(n, Big)]
        known |= {i for n in bigs if n.kind == "int" for i in n.index}
        known |= {
            n.by.name for side in (left, right) for n in walk(side) if isinstance(n, Grad) and isinstance(n.by, Sym)
        }
        whole = {
            m.name for n in bigs for end in (n.low, n.high) if end is not None for m in walk(end) if isinstance(m, Sym)
        }
        names = self.judge.unbound_names(left, right).split(", ")
        if not names[0] or not all(is_small_letter(n) and n in known | whole for n in names):
            return False
        self.judge.define(
            {
                n: Drawn((), frozenset({"positive", "integer"} if n in whole else {"positive"}), None, "reply")
                for n in names
            }
        )
        return True

    def general_identity(self, left: Node, right: Node) -> Judgement | None:
        """`Tr(AB) = Tr(BA)` in letters that mean nothing yet: true for square matrices, or not judged."""
        names = self.judge.unbound_names(left, right).split(", ")
        if not 1 <= len(names) <= 4 or not all(len(n) == 1 and n.isupper() for n in names):
            return None
        size = Num(4)
        both = Bin("+", left, right)
        names = list(dict.fromkeys([*names, *(n for n in names_in(both) if len(n) == 1 and n.isupper() and n != "I")]))
        saved = dict(self.judge.own)
        self.judge.define({n: Drawn((size, size), frozenset(), None, "reply") for n in names})
        try:
            judgement = self.judge.equation(left, right)
        finally:
            self.judge.own = saved
            self.judge.changed()
        if judgement.verdict in (Verdict.ALGEBRA, Verdict.IDENTITY):
            return replace(judgement, verdict=Verdict.ALGEBRA, reason=f"for square {', '.join(names)}")
        return None


def is_own_delta(node: Sub) -> bool:
    """`\\delta_2`, `\\delta_t`: an error signal, not Kronecker's delta, which has two indices."""
    return base_name(node) == "\\delta" and (node.index is None or len(node.index) == 1)


def is_small_letter(name: str) -> bool:
    """`x`, `\\mu`."""
    return name.islower() and (len(name) == 1 or (name.startswith("\\") and name[1:].isalpha()))


def is_reply_drawn(found: tuple[str, Entry] | None) -> bool:
    return found is not None and isinstance(found[1], Drawn) and found[1].source == "reply"


def is_primed(node: Node) -> bool:
    """`f'(s)`."""
    return any(isinstance(n, Call) and n.name.endswith("'") for n in walk(node))


def is_identity(node: Node) -> bool:
    return node == Sym("I") or (isinstance(node, Sub) and base_name(node) == "I")


def builtin(name: str) -> bool:
    from evalkit.derivation.functions import UNARY

    return name in UNARY or name in ("\\sigma_", "\\lambda_", "s_", "inner", "binom")
