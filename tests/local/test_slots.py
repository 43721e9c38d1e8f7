"""The engine: slots, budgets, shared beginnings, memory that runs out."""

from __future__ import annotations

import inspect
import random
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from evalkit.local import slots
from evalkit.local.rows import Row
from evalkit.local.settings import Sampling
from evalkit.local.suited import unsuited
from tests.local.ask import model_of


def rows_for(model: Any, count: int, alike: int = 12) -> list[Row]:
    """Prompts that share `alike` tokens, with up to 40 of their own."""
    choose = random.Random(4)
    ends = frozenset(model.generation_config.eos_token_id)
    common = [choose.randrange(3, 250) for _ in range(alike)]
    return [
        Row([*common, *(choose.randrange(3, 250) for _ in range(choose.randint(1, 40)))], Sampling(), 20, ends, i)
        for i in range(count)
    ]


def run_to_end(engine: slots.Slots, rows: Sequence[Row]) -> list[list[int]]:
    waiting = deque(rows)
    for _ in range(5000):
        engine.step(waiting)
        if not (waiting or engine.busy):
            return [row.drawn for row in rows]
    raise AssertionError("the engine does not come to an end")


@pytest.fixture(scope="session")
def expected(model: Any) -> list[list[int]]:
    return run_to_end(slots.Slots(model, 1, 10**6, share=False), rows_for(model, 24))


@pytest.mark.parametrize(
    ("at_once", "budget"),
    [(2, 10**6), (24, 10**6), (24, 700), (5, 1)],
    ids=["few", "all", "rows give up their slots", "no room at all"],
)
def test_any_slots_and_any_budget_give_the_same(
    model: Any, expected: list[list[int]], at_once: int, budget: int
) -> None:
    assert run_to_end(slots.Slots(model, at_once, budget), rows_for(model, 24)) == expected


def test_prompts_computed_in_pieces_give_the_same(
    model: Any, expected: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "CHUNK", 7)
    assert run_to_end(slots.Slots(model, 24, 10**6), rows_for(model, 24)) == expected


def test_shared_beginnings_are_computed_once(model: Any) -> None:
    rows = rows_for(model, 24, alike=60)
    engine = slots.Slots(model, 8, 10**6)
    drawn = run_to_end(engine, rows)
    everything = sum(len(row.prompt) for row in rows)
    assert engine.computed <= everything - 60 * 23
    again = engine.computed
    assert run_to_end(engine, rows_for(model, 24, alike=60)) == drawn
    assert engine.computed == again
    assert drawn == run_to_end(slots.Slots(model, 1, 10**6, share=False), rows_for(model, 24, alike=60))


def test_prompts_of_similar_length_cost_one_call(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, rows = slots.Slots(model, 24, 10**6), rows_for(model, 24, alike=60)
    calls = _Failing(model.forward, most=99)
    monkeypatch.setattr(model, "forward", calls)
    engine.step(deque(rows))
    assert calls.shapes[0][0] == 1  # what they share
    assert 2 <= len(calls.shapes) - 1 <= 5  # their own tokens in groups, and the step of all
    assert calls.shapes[-1][1] == 1


class _Failing:
    """Stands before `model.forward`; has no memory for more than `most` rows or prompts longer than `longest`."""

    def __init__(self, forward: Any, most: int, longest: int = 10**6) -> None:
        self._forward, self.most, self.longest, self.failed = forward, most, longest, 0
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, input_ids: torch.Tensor, **rest: Any) -> Any:
        self.shapes.append(tuple(input_ids.shape))
        if input_ids.shape[0] > self.most or input_ids.shape[1] > self.longest:
            self.failed += 1
            raise torch.OutOfMemoryError("injected")
        return self._forward(input_ids=input_ids, **rest)


def test_out_of_memory_halves_the_batch_and_goes_on(
    model: Any, expected: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = slots.Slots(model, 24, 10**6)
    failing = _Failing(model.forward, most=4)
    monkeypatch.setattr(model, "forward", failing)
    assert run_to_end(engine, rows_for(model, 24)) == expected
    assert failing.failed > 1
    assert 1 <= engine.slots <= 4


def test_more_rows_again_after_a_calm_time(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "CALM", 5)
    engine = slots.Slots(model, 24, 10**6)
    failing = _Failing(model.forward, most=4)
    monkeypatch.setattr(model, "forward", failing)
    run_to_end(engine, rows_for(model, 24))
    failing.most = 100
    run_to_end(engine, rows_for(model, 24))
    assert engine.slots == 24


def test_a_row_too_large_alone_fails_alone(
    model: Any, expected: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_for(model, 24)
    large = Row(list(range(3, 203)), Sampling(), 20, rows[0].ends, 0)
    engine = slots.Slots(model, 4, 10**6, share=False)
    monkeypatch.setattr(model, "forward", _Failing(model.forward, most=99, longest=150))
    assert run_to_end(engine, [*rows[:7], large, *rows[7:]]) == [*expected[:7], [], *expected[7:]]
    assert "not enough memory" in (large.error or "")
    assert not any(row.error for row in rows)


def test_other_errors_are_not_taken_for_lack_of_memory(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> Any:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(model, "forward", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        run_to_end(slots.Slots(model, 2, 1000), rows_for(model, 1))


def test_suited_and_unsuited_models(folders: dict[str, Path], model: Any) -> None:
    sliding = model_of(folders["sliding"])
    assert unsuited(model) is None
    assert "not plain" in (unsuited(sliding) or "")


def test_a_model_that_misreads_the_mask_is_found_out(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the trial run not made, its replies would be quietly wrong."""
    forward = model.forward

    def deaf(input_ids: Any = None, position_ids: Any = None, attention_mask: Any = None, **rest: Any) -> Any:
        return forward(input_ids=input_ids, position_ids=position_ids, **rest)

    deaf.__signature__ = inspect.signature(forward)  # type: ignore[attr-defined]
    monkeypatch.setattr(model, "forward", deaf)
    assert "differs" in (unsuited(model) or "")


def test_cancelled_rows_give_up_their_slots(model: Any) -> None:
    rows = rows_for(model, 6)
    engine, waiting = slots.Slots(model, 3, 10**6), deque(rows)
    engine.step(waiting)
    for row in rows:
        row.cancelled = True
    assert {id(r) for r in engine.step(waiting)} <= {id(r) for r in rows}
    assert not waiting
    assert not engine.busy
