"""What is computed once for all replies to a problem changes no verdict, and who asks first has no advantage."""

from __future__ import annotations

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from evalkit.derivation import Analysis, Setting, analyse
from evalkit.derivation.findings import matching, targets
from evalkit.derivation.findings.targets import Targets, targets_of
from evalkit.derivation.following import carried
from evalkit.derivation.following.reader import read_as_it_comes
from evalkit.derivation.text.document import read
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.deadline import NEVER, Deadline
from evalkit.derivation.worlds.world import SEMI
from evalkit.judging import tasks
from evalkit.specs import problems
from tests.derivation_help import CONDITIONS, GRADIENTS, PROJECTOR, setting_of, table

STARRED: dict[str, Any] = {
    "symbols": {"A": "m x m, pd", "b": "m", "w": "m"},
    "definitions": ["f(w) = \\frac12 w^\\top Aw - b^\\top w"],
    "worlds": [{"name": "least", "premise": "w is optimal", "set": ["w = A^{-1}b"]}],
    "milestones": [{"id": "solved", "title": "t", "kind": "condition", "world": "least", "equation": "Aw^* = b"}],
}
REPLIES = [GRADIENTS, GRADIENTS + CONDITIONS, CONDITIONS + PROJECTOR, PROJECTOR, "Nothing.", GRADIENTS + PROJECTOR]


def fresh(name: str = "lae") -> Setting:
    return setting_of(table(f"{name}.toml"))


@pytest.mark.parametrize("order", [REPLIES, REPLIES[::-1]], ids=["forwards", "backwards"])
def test_milestones_are_computed_once_and_found_as_if_alone(order: list[str]) -> None:
    shared = fresh()
    alone = {text: analyse(text, fresh()) for text in order}
    assert any(found.milestones for found in alone.values())
    assert {text: analyse(text, shared) for text in order} == alone
    kept = dict(shared.kept["targets"].kept)
    assert kept
    assert {text: analyse(text, shared) for text in order} == alone
    assert {key: value for key, value in shared.kept["targets"].kept.items() if key in kept} == kept


@pytest.mark.parametrize(
    "text",
    ["So $Aw^* = b$.", "With $w = 0$: $Aw^* = b$.", "$b = Aw$ at the optimum.", "$w^*$ is best, $A^\\top w^* = b$"],
)
def test_what_depends_on_the_letters_of_a_reply_is_not_kept(text: str) -> None:
    shared = setting_of(STARRED)
    for other in ("So $Aw^* = b$.", "$w$ and $w^*$: $Aw = b$, $Aw^* = b$.", "So $Aw = b$."):
        analyse(other, shared)
    assert analyse(text, shared) == analyse(text, setting_of(STARRED))


def test_a_form_that_depends_on_the_letters_of_a_reply_is_known_as_such() -> None:
    shared = setting_of(STARRED)
    analyse("So $Aw^* = b$ and $Aw = b$.", shared)
    assert None in shared.kept["targets"].kept.values()


def test_sizes_that_a_reply_declares_and_another_seed_have_targets_of_their_own() -> None:
    judge = Judge(fresh())
    known = targets_of(judge)
    assert known is not None
    assert targets_of(Judge(judge.setting)) is known
    assert targets_of(Judge(judge.setting, 1)) is not known
    judge.resize({"m": 9})
    assert targets_of(judge) is None


class Ticks:
    """A clock that goes on by one whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def left(setting: Setting, deadline: Deadline) -> float:
    """Seconds that a deadline has left when all targets have been asked for."""
    matcher = matching.Matcher(Judge(setting, 0, deadline))
    for at, milestone in enumerate(setting.milestones):
        for where in matcher.groups(milestone) if milestone.forms else ():
            list(matcher.targets(at, milestone, 0, 0, where))
    return deadline.until


def test_who_asks_later_is_charged_the_same_time() -> None:
    shared, first, second = fresh(), Deadline(1000, Ticks()), Deadline(1000, Ticks())
    begun = first.until
    left(shared, first)
    spent = sum(seconds for known in shared.kept["targets"].kept.values() if known for seconds in known[1:])
    assert spent > 0
    assert first.until == begun  # its clock has gone on
    assert left(shared, second) == begun - spent


def test_a_target_whose_time_is_over_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise MemoryError

    known = Targets(fresh(), 0)
    judge, sides = known.judge, known.setting.milestones[0].forms[0]
    env = judge.envs(SEMI)[0]
    monkeypatch.setattr(targets, "residual", stopped)
    with pytest.raises(MemoryError):
        known.of("key", env, sides, None, Deadline())
    assert not known.kept
    assert known.judge is not judge


def test_what_is_kept_does_not_travel() -> None:
    shared = fresh()
    analyse(GRADIENTS, shared)
    assert "kept" in vars(shared)
    assert "kept" not in vars(pickle.loads(pickle.dumps(shared)))  # noqa: S301 - its own


# ------------------------------------------------------------ earlier replies

BEFORE = "Let $P = XX^\\top$. Let $Q = 2XX^\\top$."
THEN = "So $Q = 2P$ and $P^\\top = P$. Also $P = Q$."


def test_what_an_earlier_reply_introduced_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = analyse(THEN, fresh(), before=[BEFORE])
    assert {r.verdict for r in alone.relations} != {r.verdict for r in analyse(THEN, fresh()).relations}
    shared = fresh()
    analyse(BEFORE, shared)
    monkeypatch.setattr(carried, "read_as_it_comes", lambda *_: pytest.fail("read again"))
    assert analyse(THEN, shared, before=[BEFORE]) == alone
    assert analyse(THEN, shared, before=[BEFORE]) == alone


def test_other_replies_before_it_or_another_order_are_not_the_same() -> None:
    shared, other = fresh(), BEFORE.replace("2XX", "3XX")
    for before in ([BEFORE], [other], [BEFORE, other], [other, BEFORE], [BEFORE, ""], ["", BEFORE], [BEFORE + other]):
        for text in (THEN, "Hence $Q = 3P$."):
            assert analyse(text, shared, before=before) == analyse(text, fresh(), before=before)


def test_no_more_than_the_last_conversations_are_kept() -> None:
    shared = fresh()
    for number in range(carried.MOST_KEPT + 5):
        analyse(f"Let $P_{number} = W_2$.", shared)
    assert len(shared.kept["introduced"]) == carried.MOST_KEPT


def test_threads_that_keep_at_once_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "MOST_KEPT", 1)
    shared = fresh()
    reading = read_as_it_comes(shared, read(BEFORE), Judge(shared, 0, NEVER))
    every = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda k: carried.remember([str(k)], 0, reading), range(2000)))
    finally:
        sys.setswitchinterval(every)
    assert len(shared.kept["introduced"]) == 1


def test_what_took_longer_than_there_is_time_is_read_anew() -> None:
    shared = fresh()
    analyse(BEFORE, shared)
    kept = shared.kept["introduced"]
    for key, (names, _) in list(kept.items()):
        kept[key] = names, 50.0
    assert carried.carried([BEFORE], shared, 0, Deadline(1000, Ticks()))[0].keys() >= {"P", "Q"}
    short = Deadline(100, Ticks())
    assert carried.carried([BEFORE], shared, 0, short)[1] in (True, False)
    assert short.begun == 1  # nothing was charged: it was read


# ------------------------------------------------------------ copies of replies

PROBLEM = """title = "T"
statement = "Commute?"
[staff]
solution = "No."
[symbols]
A = "m x m"
B = "m x m"
[score.equations]
[score.leaps]
"""


def task(*replies: str) -> tasks.Task:
    wanted = tuple((turn, name) for turn in range(1, len(replies) + 1) for name in ("equations", "leaps"))
    return tasks.Task(PROBLEM, "set/copies", {}, replies, wanted, {}, "{}", {})


def test_conversations_that_begin_alike_are_analysed_once_and_each_has_its_scores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[str, tuple[str, ...]]] = []
    own = problems.Problem.analyse

    def counted(self: problems.Problem, reply: str, before: tuple[str, ...] = (), *more: Any) -> Analysis | None:
        seen.append((reply, tuple(before)))
        found: Analysis | None = own(self, reply, before, *more)
        return found

    monkeypatch.setattr(problems.Problem, "analyse", counted)
    tasks.analysed.cache_clear()
    first, second, third = "$AB = BA$", "$A + B = B + A$", "$A = A$ and $AB = A$"
    all_ = [tasks.judge_task(task(*talk)) for talk in ((first, second), (first, third), (first,), (first, second))]
    assert seen == [(first, ()), (second, (first,)), (third, (first,))]
    assert all_[0] == all_[3]
    assert [j for j in all_[0] if j.turn == 1] == [j for j in all_[1] if j.turn == 1] == all_[2]
    for talk, found in zip(((first, second), (first, third)), all_, strict=False):
        tasks.analysed.cache_clear()
        assert tasks.judge_task(task(*talk)) == found
