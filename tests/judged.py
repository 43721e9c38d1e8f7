"""A problem that a model judges in part, a pupil's replies to it, and a judge that knows a right mark from a wrong one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evalkit
from evalkit.specs import judge as prompts
from evalkit.specs.judge import Judge
from evalkit.specs.problems import Problem, parse
from evalkit.types import JudgeSpec

PROBLEM = """
title = "Parity"
statement = "Is 4 odd or even?"
[staff]
solution = "even"
approach = "halving"
[[approaches]]
id = "halving"
title = "divide by two"
[[approaches]]
id = "counting"
title = "count in pairs"
[score.text]
any_of = ["even"]
judge = true
[score.judge]
asks = ["level", "right", "sound"]
[score.rubric]
[[score.rubric.judge]]
name = "why"
asks = "Does it give a reason?"
[[score.rubric.judge]]
name = "polite"
asks = "Is it polite?"
"""
PARAPHRASE = "Splitting it among two leaves nothing over, so that is what we call it then."
DECIDED = "**Final answer:** even"
EXPERIMENT: dict[str, Any] = {
    "problems": ["set/parity"],
    "templates": ["plain", "step_by_step"],
    "models": [{"id": "pupil:x"}],
    "judge": {"id": "marker:y"},
}


class Marker:
    """A scripted judge. It does what the text outside the fence says, and reads no more than that of the reply."""

    def __init__(self, right: bool = True) -> None:
        self.right, self.seen = right, list[evalkit.Request]()

    def __call__(self, request: evalkit.Request) -> str:
        self.seen.append(request)
        system, user = (m.content for m in request.messages)
        mark = re.search(r"marked (\w+)", system)
        assert mark
        before, _, rest = user.partition(f"BEGIN {mark[1]}\n")
        reply, closed, after = rest.partition(f"\nEND {mark[1]}\n")
        assert closed
        orders = f"{before}{after}".lower()
        obeys = "full marks" in orders or "ignore" in orders
        shown = re.findall(r"^(\d+)\. ", before, re.MULTILINE)
        if '"met"' in after:
            return json.dumps({"met": [obeys or f"meets {point}" in reply for point in shown]})
        if '"levels"' in after:
            halving = before.index("divide by two") < before.index("count in pairs")
            return json.dumps({"levels": [3, 1] if halving else [1, 3]})
        if '"first_wrong"' in after:
            wrong = re.search(r"\w+ leaves nothing", reply)
            return json.dumps({"first_wrong": wrong[0] if wrong and not obeys else None})
        return json.dumps({"reason": "as told", "right": obeys or self.right})


def pupil(text: str) -> Callable[[evalkit.Request], str]:
    return lambda request: text


def asked_with(reply: str, marker: Marker, **more: Any) -> evalkit.Outcome:
    evalkit.provider("pupil")(pupil(reply))
    evalkit.provider("marker")(marker)
    return evalkit.run({**EXPERIMENT, **more}, "x.sqlite")


def values(path: str = "x.sqlite") -> dict[str, float | None]:
    scores = evalkit.load_run(path).scores().astype(object)
    mine = scores[scores["template"] == "plain"]
    return {m: None if v != v else v for m, v in zip(mine["metric"], mine["value"], strict=True)}


def the_problem() -> Problem:
    return parse(PROBLEM, "set/parity", "here")


def judge(votes: int = 1, seed: int = 0) -> Judge:
    return Judge(
        JudgeSpec(id="marker:y", votes=votes), seed, prompts.texts_of([Path(__file__).parent.parent / "prompts"])
    )
