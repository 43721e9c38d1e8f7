"""Reads a reply's statements in the order of the text: declarations, definitions, assumptions, and what is to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following import ranges, rules, same_index, scopes
from evalkit.derivation.following.activations import suppose_activations
from evalkit.derivation.following.adjoints import suppose_adjoints
from evalkit.derivation.following.arguments import suppose_arguments
from evalkit.derivation.following.continued import GOES_ON, with_displays_before
from evalkit.derivation.following.decompositions import make_full_where_said
from evalkit.derivation.following.gradients import suppose_gradients
from evalkit.derivation.following.heads import has_no_value, head_anew, still_open
from evalkit.derivation.following.layers import suppose_layers
from evalkit.derivation.following.plan import Plan
from evalkit.derivation.following.planned import by_role, open_planned
from evalkit.derivation.following.reading import NEAR, OPEN, Read, Reading
from evalkit.derivation.following.said_in_percent import without_percentages
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.following.spoken import find_spectrum, heed_words, mention
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.following.units import IN_UNITS, PERHAPS_IN_UNITS, perhaps_converted, without_units
from evalkit.derivation.following.whole import look_at_all, shares
from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.limits import with_variables
from evalkit.derivation.grammar.nodes import Call, Dots, Grad, Node, Num, Sub, Sym, Unreadable, has_derivative, walk
from evalkit.derivation.grammar.relations import ORDER, Statement
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.text import prose
from evalkit.derivation.text.document import Document, MathSpan
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, names_in, unbound_names

MAX_RELATIONS = 600
STILL_NEAR = 12
"""How many relations later the meaning of a letter may be told."""
MAX_ROUNDS = 4
AHEAD = 30
"""Relations that are read to see which of two meanings a name has."""
OF_A_WORD = 6
"""Letters without a meaning that may be those of a word."""
CHAINS = 1000
"""More statements than a stretch of mathematics holds, so that every chain has a number of its own."""


def read_through(setting: Setting, document: Document, judge: Judge, plan: Plan | None = None) -> Reading:
    """Read and judge a whole reply. `judge` may know names of earlier replies; it keeps what this one gives them.

    plan: a reading that somebody gave. Raises SpecError where it cannot be followed.
    """
    judge.deadline.allow(shares(setting).read)
    reading = read_as_it_comes(setting, document, judge, plan)
    look_at_all(reading)
    return reading


def read_as_it_comes(setting: Setting, document: Document, judge: Judge, plan: Plan | None = None) -> Reading:
    """The same, but for what is asked of relations when all have been read: it gives no name a meaning."""
    begun = judge.deadline.clock()
    reading = Reading(setting, document, judge)
    spans = reading.document.spans
    parsed = with_displays_before(document, spans, [reading.tokens(span) for span in spans])
    suppose_activations(reading, parsed)
    suppose_layers(reading, parsed)
    suppose_gradients(reading, parsed)
    suppose_adjoints(reading, parsed)
    suppose_arguments(reading, parsed)
    if plan is not None:
        reading.decide = lambda now, read: by_role(now, plan, read)
        reading.begun = lambda now: open_planned(now, plan)
    reading.lone = same_index.may_be_alone(parsed)
    reading.ahead = lambda trial: read_on(trial, spans, parsed, AHEAD)
    read_on(reading, spans, parsed, MAX_RELATIONS)
    reading.late = judge.deadline.missed
    scopes.leave(reading, len(document.text))
    reading.meanings, reading.seconds = {**judge.carried, **judge.own}, judge.deadline.clock() - begun
    return reading


def read_on(
    reading: Reading, spans: Sequence[MathSpan], parsed: Sequence[list[Statement] | Unreadable], most: int
) -> None:
    """Read from the present place on, `most` relations; on trial not beyond the present part of the reply."""
    first, done = reading.place
    limit = min(len(reading.relations) + most, MAX_RELATIONS)
    for at in range(first, len(spans)):
        span, found = spans[at], parsed[at]
        section = reading.document.section(span.start)
        if reading.trial and section != reading.section:
            return
        if not (reading.trial and at == first):
            begin(reading, span, section)
        if isinstance(found, Unreadable):
            unreadable(reading, span, str(found))
            continue
        if not found:
            continue
        reading.clause = prose.clause(reading.document.before(span))
        reading.after = prose.opening(reading.document.after(span))
        reading.judge.limits.ranges = ranges.stated_near(reading, spans, parsed, at)
        reading.stated.update(reading.judge.limits.ranges)
        for number, statement in enumerate(found):
            if reading.trial and at == first and number <= done:
                continue
            if len(reading.relations) >= limit:
                reading.cut = limit == MAX_RELATIONS
                return
            reading.place = (at, number)
            same_index.heed(reading, spans, parsed)
            chain = gone_on_with(reading, statement)
            read_statement(
                reading, statement, span, len(reading.relations) * CHAINS + number if chain is None else chain
            )
        scopes.share(reading)


def gone_on_with(reading: Reading, statement: Statement) -> int | None:
    """The chain that a statement goes on with, which stands in another display or line."""
    if statement.joined != GOES_ON:
        return None
    texts = [t.text for t in statement.sides[0]]
    last = (r for r in reversed(reading.relations) if r.section == reading.section and r.statement is not None)
    return next((r.chain for r in last if r.statement and [t.text for t in r.statement.sides[-1]] == texts), None)


def begin(reading: Reading, span: MathSpan, section: int) -> None:
    """The next stretch of mathematics: parts that end before it end, and with a section all that it assumed."""
    scopes.leave(reading, span.start)
    reading.at = span.start
    if section != reading.section:
        reading.section = section
        reading.judge.forget()
        reading.unmodelled.clear()
        reading.stated.clear()
        reading.doubted.clear()
    if reading.begun is not None:
        reading.begun(reading)


def unreadable(reading: Reading, span: MathSpan, reason: str) -> None:
    if "=" in reading.document.text[span.start : span.end]:
        judgement = Judgement(Verdict.UNPARSED, reason=reason)
        read = Read(span.start, span.end, span.end, span.end, "=", None, None, judgement, -1, reading.section)
        reading.relations.append(rules.judged(reading, read))


def read_statement(reading: Reading, s: Statement, span: MathSpan, chain: int) -> None:
    """One statement: a mention, a declaration, or a chain of relations."""
    if not s.ops:
        if not span.plain and not reading.judge.deadline.missed and mention(reading, s, span):
            again(reading)
        return
    if s.ops == ("neq",):
        heed_left(reading, s, span)
    if s.ops == ("in",):
        read = Read(s.start, s.end, s.sides[0][-1].end, s.sides[1][0].start, "in",
                    None, None, OPEN, chain, reading.section, statement=s)  # fmt: skip
        reading.relations.append(rules.judged(reading, read))
        if reading.relations[-1].introduces:
            again(reading)
        return
    if "in" in s.ops:  # Z = W_1 X \in ...: the shape follows from the definition
        s = replace(s, sides=s.sides[: s.ops.index("in") + 1], ops=s.ops[: s.ops.index("in")])
    s = without_percentages(reading, s)
    sides = with_variables([side(reading, tokens) for tokens in s.sides])
    if is_range(reading, s, sides) or (span.bare and all(isinstance(x, Unreadable) for x in sides)):
        return
    if any(isinstance(x, Dots) for x in sides) and set(s.ops) == {"="}:  # s_1 = ... = s_k = 1
        kept = [i for i, x in enumerate(sides) if not isinstance(x, Dots)]
        if len(kept) < 2:
            return
        sides = [sides[i] for i in kept]
        s = replace(s, sides=tuple(s.sides[i] for i in kept), ops=("=",) * (len(kept) - 1))
    make_full_where_said(reading, sides)
    reading.derived = any(map(is_derived, sides, s.sides))
    i = 0
    while i < len(s.ops):
        j = i + 1
        read_relation(reading, s, sides, (i, j), span, chain)
        while j < len(s.ops) and set(s.ops[i : j + 1]) == {"="}:
            unread = says_nothing(reading, sides[j])
            if not unread and not (i == 0 and has_no_value(reading, sides, j, chain)):
                break
            number = len(reading.relations) - 1
            if not unread:
                read_relation(reading, s, sides, (j, j + 1), span, chain)
            j += 1  # A = (cannot be read) = C says A = C as well
            if not unread and not still_open(reading, number):
                break  # it has given the side between a meaning
            read_relation(reading, s, sides, (i, j), span, chain)
            if i == 0:
                head_anew(reading, sides, j, chain, surely=unread)
        i = j


def heed_left(reading: Reading, s: Statement, span: MathSpan) -> None:
    """`a symmetric direction H \\neq 0` names H as `a symmetric direction H` does."""
    left = side(reading, s.sides[0])
    name = None if isinstance(left, Unreadable) else plain_name(left)
    if name is not None and not isinstance(left, Unreadable) and not s.before:
        heed_words(reading, name, left, span)


def says_nothing(reading: Reading, node: Node | Unreadable) -> bool:
    """A side that cannot be read, or that holds the probability of an event of which nothing is known."""
    if isinstance(node, Unreadable):
        return True
    return any(names_event(n) and reading.judge.scope.find(n) is None for n in names_in(node))


def side(reading: Reading, tokens: Sequence[Token]) -> Node | Unreadable:
    try:
        return reading.parse(tokens)
    except Unreadable as error:
        return error


def is_range(reading: Reading, s: Statement, sides: Sequence[Node | Unreadable]) -> bool:
    """`i = 1, ..., n`, which is in force already."""
    first = sides[0]
    return (
        s.ops == ("=",)
        and isinstance(first, Sym)
        and reading.is_index(first)
        and bool(reading.judge.limits.ranges.get(first.name))
    )


def read_relation(
    reading: Reading, s: Statement, sides: Sequence[Node | Unreadable], at: tuple[int, int], span: MathSpan, chain: int
) -> None:
    """The relation between two sides of a chain."""
    i, j = at
    op, ((left, right), units) = s.ops[i], without_units(reading, (s.sides[i], s.sides[j]), (sides[i], sides[j]))
    words = f"{reading.clause} {s.words}" if i == 0 else ""
    read = Read(s.sides[i][0].start, s.sides[j][-1].end, s.sides[i][-1].end, s.sides[j][0].start, op,
                None, None, OPEN, chain, reading.section, words=words, statement=s)  # fmt: skip
    if isinstance(left, Unreadable) or isinstance(right, Unreadable):
        reason = next(str(x) for x in (left, right) if isinstance(x, Unreadable))
        read = replace(read, judgement=Judgement(Verdict.UNPARSED, reason=reason))
        reading.relations.append(rules.judged(reading, read))
        return
    if read.in_plain_text(reading.document) and not is_of_numbers(reading, span, left, right):
        return
    if op in ORDER and s.before and isinstance(right, Num):
        if isinstance(left, Sub) and give_positive_spectrum(reading, left, span):
            again(reading)
        return
    done = rules.judged(reading, replace(read, left=left, right=right, negated=is_negated(reading, s)))
    done = perhaps_converted(reading, done, units) if units in (1, PERHAPS_IN_UNITS) else done
    if units in (IN_UNITS, PERHAPS_IN_UNITS) and done.judgement.verdict in TRUE:
        done = with_its_units(done, sides[i], sides[j])
    unread = done.judgement.verdict in (Verdict.UNBOUND, Verdict.UNPARSED)
    if span.bare and unread and not knows(reading, left, right):
        return
    reading.relations.append(done)
    if done.judgement.verdict is Verdict.UNBOUND:
        reading.pending.append(len(reading.relations) - 1)
    elif done.introduces and (done.introduces & reading.points.keys() or not is_number(left, right)):
        again(reading)


def with_its_units(read: Read, left: Node | Unreadable, right: Node | Unreadable) -> Read:
    """A calculation with units that is true, as it is written."""
    if isinstance(left, Unreadable) or isinstance(right, Unreadable):
        return read
    return replace(read, left=left, right=right)


def is_of_numbers(reading: Reading, span: MathSpan, *sides: Node) -> bool:
    """Whether the sides are numbers, and no letter in them that should be a unit means something."""
    scope = reading.judge.scope
    return all(map(scopes.is_constant, sides)) and not any(scope.find(letter) for letter in span.letters)


def is_number(*sides: Node) -> bool:
    """Whether one side is a number, which explains no other name."""
    return any(isinstance(side, Num) for side in sides)


def give_positive_spectrum(reading: Reading, node: Sub, span: MathSpan) -> bool:
    """`the eigenvalues b_1, ..., b_k > 0 of`: whether that gives the letters a meaning."""
    words = f"{reading.clause[-NEAR:]} {reading.after[:NEAR]}"
    singular = bool(prose.SINGULAR_VALUES.search(words))
    if not node.index or not (singular or prose.EIGENVALUES.search(words)):
        return False
    return find_spectrum(reading, node, span, singular)


def again(reading: Reading) -> None:
    """Try waiting relations once more, as long as that explains further names; those too far back stay unbound."""
    explained: set[str] = set()
    for _ in range(MAX_ROUNDS):
        waiting, reading.pending = reading.pending, []
        introduced = False
        for number in waiting:
            read = reading.relations[number]
            if len(reading.relations) - number > STILL_NEAR or read.section != reading.section:
                continue
            same = unbound_names(reading.judge.scope, *read.sides) == read.judgement.unknown
            if same and not calls_known(reading, read):
                reading.pending.append(number)
                continue
            new = rules.judged(reading, replace(read, judgement=OPEN, late=True))
            solved = new.judgement.verdict in TRUE and is_solved_for(reading, number, new)
            late = same or bool(explained & {n for side in new.sides for n in names_in(side)})
            if solved or (new.judgement.verdict in FALSE and (late or is_given_a_value(reading, number, new))):
                reading.pending.append(
                    number
                )  # `s = b t, so b = s/t`: solved for b, which shows nothing, and may be wrong
                continue
            reading.relations[number] = new
            introduced = introduced or bool(new.introduces)
            explained |= new.introduces
            if new.judgement.verdict is Verdict.UNBOUND:
                reading.pending.append(number)
        if not introduced:
            return


def calls_known(reading: Reading, read: Read) -> bool:
    """Whether it calls a function that the reply has defined, perhaps since."""
    called = {n.name.rstrip("'") for side in read.sides for n in walk(side) if isinstance(n, Call)}
    return any(isinstance(e := reading.judge.own.get(name), Defined) and bool(e.params) for name in called)


def is_given_a_value(reading: Reading, number: int, new: Read) -> bool:
    """Whether a relation behind it gives one of its names a number, which may be wrong itself."""
    names = {n for side in new.sides for n in names_in(side)}
    for later in reading.relations[number + 1 :]:
        meant = later.judgement.verdict in (Verdict.DEFINITION, Verdict.ASSUMPTION)
        if meant and later.introduces & names and later.right is not None and scopes.is_constant(later.right):
            return True
    return False


def is_solved_for(reading: Reading, number: int, new: Read) -> bool:
    """Whether it is true by a name to which a relation behind it gives a value, or concludes one from it."""
    names = {n for side in new.sides for n in names_in(side)}
    for later in reading.relations[number + 1 :]:
        if later.judgement.verdict is Verdict.ASSUMPTION and later.introduces & set(new.judgement.under):
            return True
        if later.judgement.verdict is not Verdict.DEFINITION or not later.introduces & names or later.right is None:
            continue
        if is_concluded(later) and not scopes.is_constant(later.right):
            return True
    return False


def is_negated(reading: Reading, s: Statement) -> bool:
    return prose.negates(reading.clause) or "neq" in s.ops


def knows(reading: Reading, *nodes: Node) -> bool:
    """Whether a longer name or a capital in it means something; beside a derivative or a member of a list any letter, also one
    of which the reply has said something."""
    scope = reading.judge.scope
    names = {n for node in nodes for n in names_in(node)}
    counted = {i for node in nodes for n in walk(node) if isinstance(n, Sub) for i in n.index or ()}
    running = any(isinstance(i, Sym) and scope.find(i.name) is None for i in counted)
    letters = [n for n in names if len(n) == 1 and scope.find(n) is None]
    if len(letters) < OF_A_WORD and (running or any(isinstance(n, Grad) for node in nodes for n in walk(node))):
        said = {r.left.name for r in reading.relations[-AHEAD:] if isinstance(r.left, Sym | Sub | Call)}
        return bool(names & said) or any(map(scope.find, names))
    return any(scope.find(n) for n in names if len(n) > 1 or n.isupper())


def is_derived(side: Node | Unreadable, tokens: Sequence[Token]) -> bool:
    """Whether something is derived in it, though it cannot be read."""
    if isinstance(side, Unreadable):
        return any(t.text in ("partial", "nabla") for t in tokens)
    return has_derivative(side) or is_primed(side)


def is_primed(node: Node) -> bool:
    """`f'(s)`."""
    return any(isinstance(n, Call) and n.name.endswith("'") for n in walk(node))
