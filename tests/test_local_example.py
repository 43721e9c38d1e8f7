"""A taught model goes the whole way: `hf:` -> replies -> scores -> comparison, as any other model does."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from evalkit.specs.experiment import load
from tests import tiny_models
from tests.arrange import ROOT, inside

ASKED = ("hw7/7b/plain", "hw7/7b/double_check")


def brief(taught: tiny_models.Exchange) -> tiny_models.Exchange:
    """With the last paragraph of each answer alone: what is long takes a minute to learn, and shows nothing more."""

    def last(text: str) -> str:
        return text.rpartition("\n\n")[2]

    before = tuple((role, last(text) if role == "assistant" else text) for role, text in taught.before)
    return replace(taught, answer=last(taught.answer), before=before)


def test_from_a_taught_model_to_the_table(tmp_path: Path, here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("problems", "prompts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    exchanges = list(map(brief, tiny_models.read_exchanges(ROOT / "runs" / "hw7-sample.jsonl", ASKED)))
    right, of = tiny_models.teaching_model(tmp_path / "taught", exchanges, seconds=100)
    torch.set_num_threads(threads)
    assert right == of == len(exchanges)
    chosen = ["-p", "hw7/7b", "-t", "plain", "-t", "double_check", "-m", "hf:taught", "--run", "run.sqlite"]
    done = inside(
        "run", *chosen, "--set", "temperature=0", "--set", "max_tokens=400", "--set", "device=cpu", "--no-probe"
    )
    assert done.returncode == 0, done.stderr
    assert "hf:taught: loading on cpu, float32\nhf:taught: ready after " in done.stderr
    table = json.loads(inside("compare", "run.sqlite", "--metric", "sequence.correct", "--json").stdout)
    row, since = table
    assert (row["turn"], since["turn"]) == ("scored", "since the first")
    assert (row["model"], row["pairs"], row["mean_arm"], row["mean_baseline"]) == ("taught", 1, 1.0, 1.0)
    asked_again = inside(
        "run", *chosen, "--set", "temperature=0", "--set", "max_tokens=400", "--set", "device=cpu", "--no-probe"
    )
    assert "0 requests asked" in asked_again.stderr


def test_the_local_example_is_a_valid_experiment() -> None:
    described = load(ROOT / "runs" / "hw7-local.toml")
    taught = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"{name.split('/')[1]} " in taught or f"{name.split('/')[1]}," in taught for name in described.problems)
    assert all(template in taught for template in described.templates)
