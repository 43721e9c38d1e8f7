"""The model judge and the reader of a run: made from the experiment, checked before anything is sent, then asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from evalkit.asking import batches
from evalkit.asking.judge import ask_judge
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger
from evalkit.asking.runner import Orders
from evalkit.errors import listed
from evalkit.interface.project import Project
from evalkit.judging import asked
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Experiment
from evalkit.specs.judge import KINDS, Judge, texts_of
from evalkit.specs.plan import Plan
from evalkit.specs.problems import Problem
from evalkit.types import JudgeSpec

UNASKED = {
    "judge": "the experiment has a [judge], and no problem asks one: give a problem [score.judge], points of "
    "[[score.rubric.judge]], or `judge = true` in [score.text] or [score.approach]",
    "reader": "the experiment has a [reader], and no problem has mathematics to be read: give one [symbols] and "
    "[score.equations]",
}
DECIDING = {"answer", "approach"}
"""The kinds of questions whose answer becomes a score of the rules; without a judge it stays None."""
OWN = {
    "judge": "judges its own replies: a model tends to find its own work good",
    "reader": "reads its own replies: it may share the misunderstandings that they hold",
}


def judges_for(plan: Plan, project: Project) -> list[Judge]:
    """The judge and the reader of an experiment, where it has them. Raises SpecError for a prompt that cannot be
    rendered."""
    found = []
    for spec in plan.experiment.officers:
        judge = asked.judge_of(spec, plan.experiment.seed, texts_of(project.prompts.folders, spec.office))
        for problem in plan.problems.values():
            judge.check(problem)
        found.append(judge)
    return found


def doubts(plan: Plan) -> Iterator[str]:
    """What a user should know of the judge and the reader before they are asked."""
    models = {model.id for model in plan.experiment.models}
    for spec in plan.experiment.officers:
        if spec.id in models:
            yield f"{spec.id} {OWN[spec.office]}"
        if not _most(plan, spec):
            yield UNASKED[spec.office]
    if not any(spec.office == "judge" for spec in plan.experiment.officers):
        waiting = [name for name, problem in plan.problems.items() if DECIDING & {*asked.kinds_of(problem)}]
        if waiting:
            yield (
                f"{listed(waiting, 3)}: a judge is to be asked, and the experiment has no [judge]: replies "
                "that the rules cannot tell stay unjudged, and of answers that no statement lists most are wrong ones"
            )


def forecasts_of(plan: Plan) -> Iterator[str]:
    """What a dry run says of the judge and the reader: how often they are asked hangs on the replies."""
    for spec in plan.experiment.officers:
        most = f"at most {_most(plan, spec)} for each reply (a [budget] holds for them too)"
        yield f"the {spec.office}'s requests are not counted here: {most}"


def _most(plan: Plan, spec: JudgeSpec) -> int:
    """How often it may be asked of one reply."""
    mine = set(KINDS[spec.office])
    return max((len(mine & {*asked.kinds_of(p)}) for p in plan.problems.values()), default=0) * spec.votes


def asking(
    judge: Judge,
    store: Store,
    ledger: Ledger,
    problems: list[Problem],
    experiment: Experiment,
    orders: Orders,
) -> Callable[[], Coroutine[Any, Any, Progress]]:
    """What is to be asked of a judge or a reader."""

    async def ask() -> Progress:
        wanted = asked.missing(store, judge, problems)
        if orders.batch:
            await batches.ask_judge(judge, wanted, store, ledger, orders, experiment.everyone)
        else:
            await batches.settle([judge.spec], store, ledger.progress)
            await ask_judge(judge, wanted, store, ledger, orders, experiment.everyone)
        return ledger.progress

    return ask
