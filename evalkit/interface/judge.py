"""The model judge of a run: made from the experiment, checked before anything is sent, asked what is missing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from evalkit.asking import batches
from evalkit.asking.judge import ask_judge
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger
from evalkit.asking.runner import Orders
from evalkit.asking.stopping import Stop
from evalkit.interface.project import Project
from evalkit.judging import asked
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Experiment
from evalkit.specs.judge import Judge, texts_of
from evalkit.specs.plan import Plan
from evalkit.specs.problems import Problem

UNASKED = (
    "the experiment has a [judge], and no problem asks one: give a problem [score.judge], points of "
    "[[score.rubric.judge]], or `judge = true` in [score.text] or [score.approach]"
)


def judge_for(plan: Plan, project: Project) -> Judge | None:
    """The judge of an experiment, None where it has none. Raises SpecError for a prompt that cannot be rendered."""
    spec = plan.experiment.judge
    if spec is None:
        return None
    judge = asked.judge_of(spec, plan.experiment.seed, texts_of(project.prompts.folders))
    for problem in plan.problems.values():
        judge.check(problem, asked.kinds_of(problem))
    return judge


def doubts(plan: Plan) -> Iterator[str]:
    """What a user should know of the judge before it is asked."""
    judge = plan.experiment.judge
    if judge is None:
        return
    if any(judge.id == model.id for model in plan.experiment.models):
        yield f"{judge.id} judges its own replies: a model tends to find its own work good"
    if not any(asked.kinds_of(problem) for problem in plan.problems.values()):
        yield UNASKED


def forecast_of(plan: Plan) -> str | None:
    """What a dry run says of the judge, None where there is none: how often it is asked hangs on the replies."""
    judge = plan.experiment.judge
    if judge is None:
        return None
    most = max((len(asked.kinds_of(problem)) for problem in plan.problems.values()), default=0) * judge.votes
    return f"the judge's requests are not counted here: at most {most} for each reply (a [budget] holds for them too)"


def asking(
    store: Store, experiment: Experiment, problems: list[Problem], progress: Progress, stop: Stop, orders: Orders
) -> Callable[[], Coroutine[Any, Any, Progress]] | None:
    """What is to be asked of the judge that the run file names; None where it names none."""
    judge = asked.kept(store)
    if judge is None:
        return None

    async def ask() -> Progress:
        ledger = Ledger(orders.budget or experiment.budget, progress, stop)
        ask_it = batches.ask_judge if orders.batch else ask_judge
        await ask_it(judge, asked.missing(store, judge, problems), store, ledger, orders, experiment.everyone)
        return progress

    return ask
