"""What a judge and a reader are to be asked of the replies of a run file, and what they said.

Each with its prompts is kept in the run file, so that votes are found again without the experiment. Scoring looks
up what is stored and asks nothing. A judge is asked of a reply where a scorer asks it always, or where a metric that it
may say is None by the rules; a reader of every reply whose mathematics can be checked; both of complete replies only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.judging.bounds import CPU_SECONDS, OutOfTimeError, cpu_seconds
from evalkit.reading import votes
from evalkit.runfile.labels import settled
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.specs.judge import KINDS, Asked, Judge
from evalkit.specs.judge import kinds_of as kinds_of
from evalkit.specs.problems import Problem
from evalkit.types import RELATION, JudgeSpec, Label, ReaderSpec, Reply, Request, Vote

LABELS = "labels"
"""In what a reader said: [start, end, 1 or 0 or None] of each relation that people have labelled."""
OFFICES: Mapping[str, type[JudgeSpec]] = {"judge": JudgeSpec, "reader": ReaderSpec}
"""Who may be asked about replies -> how it is described; also the name of its note in a run file."""
Votes = Mapping[str, tuple[Vote, ...]]
"""By kind of prompt."""


def judge_of(spec: JudgeSpec, seed: int, texts: Mapping[str, str]) -> Judge:
    """A judge with its prompts. Raises SpecError for an unknown provider."""
    structured = bool(getattr(plugins.load("providers", spec.provider), "STRUCTURED", False))
    return Judge(spec, seed, dict(texts), structured)


def keep(store: Store, judge: Judge) -> None:
    """Note who judges or reads this run file, and how it is asked."""
    office = judge.spec.office
    pending = [store.keep_spec(office, kind, text) for kind, text in judge.texts.items()]
    for kept in pending:
        kept.result()
    noted = {"spec": judge.spec.model_dump(mode="json"), "seed": judge.seed, "structured": judge.structured}
    store.set_meta(office, json.dumps(noted))


def kept(store: Store, office: str = "judge") -> Judge | None:
    """The judge or reader of a run file, None where it has none. Raises StoreError for a note that cannot be read."""
    found = store.noted(office, lambda text: _noted(text, office))
    if found is None:
        return None
    spec, seed, structured = found
    texts = {kind: text for kind in KINDS[office] if (text := store.spec(office, kind)) is not None}
    return Judge(spec, seed, texts, structured)  # its provider need not be here


def _noted(text: str, office: str = "judge") -> tuple[JudgeSpec, int, bool]:
    found = json.loads(text)
    return OFFICES[office].model_validate(found["spec"]), int(found["seed"]), found["structured"] is True


def said(store: Store, judge: Judge | None, problem: Problem, reply: Reply) -> Votes:
    """The stored votes on one reply, by kind; kinds of which none is stored are left out."""
    if judge is None or reply.unjudged:
        return {}
    found: dict[str, tuple[Vote, ...]] = {}
    for kind in judge.kinds_of(problem):
        read = []
        for asked in _bounded(judge, problem, kind, reply.text):
            answer = store.reply(asked.request.key)
            if answer is not None:
                why = answer.unjudged
                read.append(
                    Vote(None, f"the {judge.spec.office}: {why}")
                    if why
                    else votes.read(kind, answer.text, asked.options)
                )
        if read:
            found[kind] = tuple(read)
    return found


def beside_labels(found: Sequence[Vote], labels: Sequence[Label], turn: int) -> tuple[Vote, ...]:
    """A model's readings with what people say of the relations, which decides where they differ from the rules'."""
    said: dict[tuple[int, int], list[Label]] = {}
    for label in labels:
        if label.metric == RELATION and label.turn == turn:
            said.setdefault((label.start, label.stop), []).append(label)
    told = [[*place, settled(of)] for place, of in sorted(said.items())]
    return tuple(replace(v, found={**v.found, LABELS: told}) if v.found and told else v for v in found)


def _bounded(judge: Judge, problem: Problem, kind: str, reply: str) -> list[Asked]:
    """What is asked, for prompts that came with a run file, perhaps a stranger's. Raises SpecError."""
    try:
        with cpu_seconds(CPU_SECONDS):
            return list(judge.asks(problem, kind, reply))
    except OutOfTimeError as error:
        raise SpecError(f"the judge prompt {kind!r} of the run file: {error}") from None


def missing(store: Store, judge: Judge, problems: Sequence[Problem]) -> Iterator[Request]:
    """The requests that the scorers of these problems need and the run file has no reply to."""
    for problem in problems:
        kinds = judge.kinds_of(problem)
        for stored in store.transcripts(problem.id) if kinds else ():
            asked_as = problem.asked_as(stored.transcript.variant)
            if asked_as is None:
                continue
            values = store.verdicts(stored.id)
            for turn, reply in enumerate(stored.transcript.replies, 1):
                # Where a person has said how the reply is to be read, no model is asked.
                of_reply = [k for k in kinds if k != votes.READING or str(turn) not in stored.transcript.readings]
                for kind in () if reply.unjudged else of_reply:
                    doubt = _in_doubt(problem, kind, turn, values)
                    for asked in judge.asks(asked_as, kind, reply.text):
                        known = store.reply(asked.request.key) is not None
                        doubt = doubt or known  # it was asked before, when a vote was wanted; perhaps more are now
                        if doubt and not known:
                            yield asked.request


def lines(store: Runs) -> list[str]:
    """Who judged, and how many of the values of each metric and arm come from there."""
    return [*_judge_lines(store), *_reader_lines(store)]


def _judge_lines(store: Runs) -> list[str]:
    found: dict[str, list[str]] = {}
    for metric, template, said, count in store.said_by_judge():
        found.setdefault(metric, []).append(f"{template} {said} of {count}")
    if not found:
        return []
    who = store.noted("judge", lambda text: _noted(text)[0])
    votes_each = f", {who.votes} votes a reply" if who and who.votes > 1 else ""
    counts = "; ".join(f"{metric}: {', '.join(arms)}" for metric, arms in found.items())
    return [f"Values that a model judge said ({_called(who) if who else 'unknown'}{votes_each}): {counts}."]


def _reader_lines(store: Runs) -> list[str]:
    who = store.noted("reader", lambda text: _noted(text, "reader")[0])
    counts = store.read_by_model() if who is not None else []
    if who is None or not counts:
        return []
    arms = ", ".join(f"{template} {differ} in {replies} replies" for template, replies, differ in counts)
    return [
        f"A model read the replies as well ({_called(who)}). Where its reading and the rules' come to different "
        f"verdicts, a relation is disputed unless a person has labelled it: {arms}."
    ]


def _called(who: JudgeSpec) -> str:
    """Its name where it has one: judgements that are replayed elsewhere are still those of the model that made them."""
    return who.name or who.id


def _in_doubt(problem: Problem, kind: str, turn: int, values: Mapping[tuple[int, str, str], float | None]) -> bool:
    """Whether a scorer that reads this kind asks always, or could not say a metric that the judge may say.

    A reader is always asked: a second look at what the rules call false alone would be a charity of its own.
    """
    if kind == votes.READING:
        return True
    for name, scorer in problem.scorers.items():
        if kind not in scorer.questions():
            continue
        metrics = [m for m, k in scorer.said_by.items() if k == kind]
        if scorer.always_asks or any(values.get((turn, name, metric), 0.0) is None for metric in metrics):
            return True
    return False
