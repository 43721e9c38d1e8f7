"""What a judge is to be asked of the replies of a run file, and what it said.

The judge with its prompts is kept in the run file, so that votes are found again without the experiment. Scoring looks
up what is stored and asks nothing. A judge is asked of a reply where a scorer asks it always, or where a metric that it
may say is None by the rules; of replies that are complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.judging.bounds import CPU_SECONDS, OutOfTimeError, cpu_seconds
from evalkit.reading import votes
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.specs.judge import Asked, Judge
from evalkit.specs.judge import kinds_of as kinds_of
from evalkit.specs.problems import Problem
from evalkit.types import JudgeSpec, Reply, Request, Vote

META = "judge"
Votes = Mapping[str, tuple[Vote, ...]]
"""By kind of prompt."""


def judge_of(spec: JudgeSpec, seed: int, texts: Mapping[str, str]) -> Judge:
    """A judge with its prompts. Raises SpecError for an unknown provider."""
    structured = bool(getattr(plugins.load("providers", spec.provider), "STRUCTURED", False))
    return Judge(spec, seed, dict(texts), structured)


def keep(store: Store, judge: Judge) -> None:
    """Note who judges this run file, and how it is asked."""
    pending = [store.keep_spec(META, kind, text) for kind, text in judge.texts.items()]
    for kept in pending:
        kept.result()
    noted = {"spec": judge.spec.model_dump(mode="json"), "seed": judge.seed, "structured": judge.structured}
    store.set_meta(META, json.dumps(noted))


def kept(store: Store) -> Judge | None:
    """The judge of a run file, None where it has none. Raises StoreError for a note that cannot be read."""
    found = store.noted(META, _noted)
    if found is None:
        return None
    spec, seed, structured = found
    texts = {kind: text for kind in votes.KEYS if (text := store.spec(META, kind)) is not None}
    return Judge(spec, seed, texts, structured)  # its provider need not be here


def _noted(text: str) -> tuple[JudgeSpec, int, bool]:
    found = json.loads(text)
    return JudgeSpec.model_validate(found["spec"]), int(found["seed"]), found["structured"] is True


def said(store: Store, judge: Judge | None, problem: Problem, reply: Reply) -> Votes:
    """The stored votes on one reply, by kind; kinds of which none is stored are left out."""
    if judge is None or reply.unjudged:
        return {}
    found: dict[str, tuple[Vote, ...]] = {}
    for kind in kinds_of(problem):
        read = []
        for asked in _bounded(judge, problem, kind, reply.text) if kind in judge.texts else ():
            answer = store.reply(asked.request.key)
            if answer is not None:
                why = answer.unjudged
                read.append(Vote(None, f"the judge: {why}") if why else votes.read(kind, answer.text, asked.options))
        if read:
            found[kind] = tuple(read)
    return found


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
        kinds = kinds_of(problem)
        for stored in store.transcripts(problem.id) if kinds else ():
            asked_as = problem.asked_as(stored.transcript.variant)
            if asked_as is None:
                continue
            values = store.verdicts(stored.id)
            for turn, reply in enumerate(stored.transcript.replies, 1):
                for kind in () if reply.unjudged else kinds:
                    doubt = _in_doubt(problem, kind, turn, values)
                    for asked in judge.asks(asked_as, kind, reply.text):
                        known = store.reply(asked.request.key) is not None
                        doubt = doubt or known  # it was asked before, when a vote was wanted; perhaps more are now
                        if doubt and not known:
                            yield asked.request


def lines(store: Runs) -> list[str]:
    """Who judged, and how many of the values of each metric and arm come from there."""
    found: dict[str, list[str]] = {}
    for metric, template, said, count in store.said_by_judge():
        found.setdefault(metric, []).append(f"{template} {said} of {count}")
    if not found:
        return []
    who = store.noted(META, lambda text: _noted(text)[0])
    votes_each = f", {who.votes} votes a reply" if who and who.votes > 1 else ""
    counts = "; ".join(f"{metric}: {', '.join(arms)}" for metric, arms in found.items())
    return [f"Values that a model judge said ({who.id if who else 'unknown'}{votes_each}): {counts}."]


def _in_doubt(problem: Problem, kind: str, turn: int, values: Mapping[tuple[int, str, str], float | None]) -> bool:
    """Whether a scorer that reads this kind asks always, or could not say a metric that the judge may say."""
    for name, scorer in problem.scorers.items():
        if kind not in scorer.questions():
            continue
        metrics = [m for m, k in scorer.said_by.items() if k == kind]
        if scorer.always_asks or any(values.get((turn, name, metric), 0.0) is None for metric in metrics):
            return True
    return False
