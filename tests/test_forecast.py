"""What a run would send, before it is asked: how long a reply is taken to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.asking.forecast import Basis, Forecast, forecast
from tests.arrange import experiment, plan, write_problems

GUESSES: list[tuple[str, dict[str, Any], float | None, int]] = [
    ("nothing-is-known", {}, None, 800),
    ("a-maximum", {"max_tokens": 50}, None, 50),
    ("a-maximum-by-its-other-name", {"max_completion_tokens": 60}, None, 60),
    ("the-mean-of-what-was-answered", {"max_tokens": 50}, 20.0, 20),
    ("replies-without-a-token", {"max_tokens": 50}, 0.0, 0),
]


@pytest.mark.parametrize(("parameters", "mean", "each"), [g[1:] for g in GUESSES], ids=[g[0] for g in GUESSES])
def test_the_length_of_a_reply(tmp_path: Path, parameters: dict[str, Any], mean: float | None, each: int) -> None:
    """plain and pushback_wrong share their first request: three arms, three requests."""
    write_problems(tmp_path, 1)
    prices = {"input": 2.0, "output": 8.0}
    model = {"parameters": parameters, "prices": prices}
    described = experiment("http://127.0.0.1:9/v1", templates=["plain", "ban_approach", "pushback_wrong"], model=model)
    (spec,) = described.models
    (block,) = plan(tmp_path, described).blocks(spec)
    found = forecast(block, None, Basis(mean))
    assert (found.requests, found.output_tokens) == (3, 3 * each)
    assert found.cost == pytest.approx((found.input_tokens * 2 + 3 * each * 8) / 1e6, abs=2e-6)
    longer = forecast(block, None, Basis(each + 100.0))
    assert longer.input_tokens - found.input_tokens == 100, "the second turn sends the first reply again"


def test_what_comes_from_a_cache_is_estimated_at_its_own_price(tmp_path: Path) -> None:
    write_problems(tmp_path, 1)
    prices = {"input": 2.0, "output": 8.0, "cached_input": 0.2, "cache_write": 4.0}
    described = experiment("http://127.0.0.1:9/v1", templates=["plain"], model={"prices": prices})
    (block,) = plan(tmp_path, described).blocks(described.models[0])
    found = forecast(block, None, Basis(output=10.0, per_guess=1000.0, cached=0.5, written=0.25))
    assert forecast(block, None, Basis(output=10.0, per_guess=0.0)).input_tokens == 0, "nothing but what is counted"
    each = 0.25 * 2 + 0.5 * 0.2 + 0.25 * 4
    assert found.cost == pytest.approx((found.input_tokens * each + 80) / 1e6, rel=1e-3)


def test_forecasts_add_up_part_by_part() -> None:
    assert Forecast(1, 2, 3, 0.5) + Forecast(10, 20, 30, 0.25) == Forecast(11, 22, 33, 0.75)
    assert Forecast() + Forecast(1, 2, 3, 0.5) == Forecast(1, 2, 3, 0.5), "a sum begins with nothing"
