"""One reply, analysed: its relations with verdicts, the milestones it passes, and the approaches it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalkit.derivation.document import MAX_REPLY, read
from evalkit.derivation.judge import Counterexample, Judge, Verdict
from evalkit.derivation.pretty import pretty
from evalkit.derivation.reader import Read, Reader
from evalkit.derivation.scope import family_key, names_in
from evalkit.derivation.setting import Setting


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation `left op right` of a reply. `text[start:end]` is its source."""

    start: int
    end: int
    source: str
    left: str
    op: str
    right: str
    """Both sides in plain unicode; the raw source where they could not be parsed."""
    verdict: Verdict
    world: str | None
    """The special world, or `assumptions`, in which it holds (verdict `holds`)."""
    reason: str
    counterexample: Counterexample | None
    under: tuple[str, ...]
    """Assumed names on which the verdict rests."""
    chain: int
    """Relations of one chain `A = B = C` share this number."""
    section: int
    """Number of the part, case or method of the reply."""
    introduces: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    milestones: tuple[str, ...] = ()
    negated: bool = False
    """The words before it deny it, so that "fails" is what the reply says too."""


@dataclass(frozen=True, slots=True)
class Met:
    """A milestone and where it was passed. relation: number of the relation, or None for one that shows otherwise."""

    id: str
    start: int
    end: int
    relation: int | None


@dataclass(frozen=True, slots=True)
class Leap:
    """Milestones that are missing between two that were passed (or before the first one): `text[start:end]` is where."""

    missing: tuple[str, ...]
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows an approach: level 1 wording, 2 set up, 3 the conclusion depends on it."""

    level: int
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class ApproachFound:
    """level: 0 absent, 1 mentioned or claimed, 2 set up, 3 the conclusion depends on it."""

    id: str
    level: int
    claimed: bool
    evidence: tuple[Evidence, ...]
    claims: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Analysis:
    """Everything found in one reply. Plain data: it can be pickled and compared."""

    relations: tuple[Relation, ...]
    milestones: tuple[Met, ...] = ()
    leaps: tuple[Leap, ...] = ()
    approaches: Mapping[str, ApproachFound] = field(default_factory=dict)
    read_all: bool = True
    """False where the reply was longer than is read."""


def analyse(text: str, setting: Setting, *, seed: int = 0) -> Analysis:
    """Analyse one reply (Markdown with LaTeX or unicode mathematics). Deterministic for a seed; never raises on any text."""
    from evalkit.derivation import approaches, milestones

    document = read(text)
    judge = Judge(setting, seed)
    reader = Reader(setting, document, judge)
    reader.run()
    relations = [relation(r, document.text) for r in reader.relations]
    met = milestones.passed(reader, relations)
    relations = [marked(r, i, met) for i, r in enumerate(relations)]
    leaps = milestones.leaps(reader, met)
    found = approaches.found(reader, relations, met)
    return Analysis(tuple(relations), tuple(met), tuple(leaps), found, len(text) <= MAX_REPLY)


def relation(r: Read, text: str) -> Relation:
    j = r.judgement
    left = pretty(r.left) if r.left is not None else text[r.start : r.left_end].strip()
    right = pretty(r.right) if r.right is not None else text[r.right_start : r.end].strip()
    uses = frozenset(names_in(r.left)) | frozenset(names_in(r.right)) if r.left is not None and r.right is not None else frozenset[str]()
    if r.introduces:
        uses -= {n for n in uses if n in r.introduces or (family_key(n) in r.introduces and n not in r.introduces)}
    return Relation(r.start, r.end, text[r.start : r.end], left, r.op, right, j.verdict, j.world, j.reason, j.counterexample, j.under,
                    r.chain, r.section, r.introduces, uses, (), r.negated)  # fmt: skip


def marked(r: Relation, number: int, met: list[Met]) -> Relation:
    from dataclasses import replace

    own = tuple(m.id for m in met if m.relation == number)
    return replace(r, milestones=own) if own else r
