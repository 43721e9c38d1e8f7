"""Prompts that were computed already, and those that are computed together."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.local.groups import AREA, LEEWAY, WASTE, next_group
from evalkit.local.prefixes import NOTHING, SHORTEST, Prefixes, common
from evalkit.local.rows import Row
from evalkit.local.settings import Sampling

PROMPTS = st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=24).map(tuple), min_size=1, max_size=8)


def keep(prefixes: Prefixes, text: tuple[int, ...]) -> None:
    values = torch.tensor(text, dtype=torch.float32)[None, None, :, None]
    prefixes.keep(text, [(values, values)], torch.zeros(1, 1))


@given(PROMPTS, st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_the_longest_beginning_is_found_and_all_stay_in_budget(texts: list[tuple[int, ...]], budget: int) -> None:
    kept = Prefixes(budget)
    for text in texts:
        known = kept.longest(text)
        longest = max((min(common(text, other), len(text) - 1) for other in kept._kept), default=0)
        whole = text in kept._kept
        assert known.length == (len(text) if whole else longest if longest >= SHORTEST else 0)
        assert (known.logits is not None) == whole
        if known is not NOTHING:
            assert tuple(known.layers[0][0].flatten().tolist()) == text[: known.length]
        keep(kept, text)
        assert kept._held == sum(map(len, kept._kept)) <= budget
        assert kept._sorted == sorted(kept._kept)


def rows_of(*prompts: tuple[int, ...]) -> list[Row]:
    return [Row(prompt, Sampling(), 9, frozenset(), 0) for prompt in prompts]


def groups_of(*prompts: tuple[int, ...], budget: int = 10**6) -> list[list[int]]:
    """Lengths of the prompts, group by group, until all are computed."""
    kept, rows, groups = Prefixes(budget), rows_of(*prompts), []
    while rows:
        group = next_group(rows, kept)
        rows = [row for row in rows if row not in {job.row for job in group}]
        groups.append([len(job.tokens) for job in group])
        for job in group:
            keep(kept, job.tokens)
    return groups


def prompt(length: int, first: int) -> tuple[int, ...]:
    return tuple(range(first, first + length))


def test_who_is_computed_together() -> None:
    assert groups_of(prompt(30, 0), prompt(40, 100), prompt(35, 200)) == [[30, 35, 40]]
    assert groups_of(prompt(30, 0), prompt(900, 1000)) == [[30], [900]]
    assert groups_of(prompt(30, 0), prompt(30, 0), prompt(30, 0)) == [[30], [30, 30]]
    # Of prompts that begin alike one is computed first, then what is their own.
    assert groups_of((*prompt(30, 0), 99), (*prompt(30, 0), 98), (*prompt(30, 0), 97, 1)) == [[32], [31, 31]]
    assert groups_of((*prompt(30, 0), 99), (*prompt(30, 0), 98), budget=0) == [[31, 31]]


@given(PROMPTS, st.sampled_from([0, 20, 10**6]))
@settings(max_examples=60, deadline=None)
def test_every_prompt_is_computed_once_and_groups_waste_little(texts: list[tuple[int, ...]], budget: int) -> None:
    assert sorted(n for group in groups_of(*texts, budget=budget) for n in group) == sorted(map(len, texts))
    jobs = next_group(rows_of(*texts), Prefixes(budget))
    assert max(j.left for j in jobs) <= WASTE * min(j.left for j in jobs) + LEEWAY


def test_a_group_is_bounded() -> None:
    texts = [prompt(1000, 2000 * i) for i in range(5)]
    assert [len(group) for group in groups_of(*texts)] == [AREA // 10**6] * 2 + [1]
