"""The public names of `import evalkit`: which there are, that they are documented and small, and that the import is light."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import evalkit
from tests.arrange import ROOT

NAMES = [
    "Agreements",
    "Chats",
    "Checks",
    "Comparisons",
    "Conversation",
    "Counts",
    "Designs",
    "Diagnoses",
    "Equations",
    "EvalkitError",
    "Forecasts",
    "LabelItem",
    "LabelQuestion",
    "LabelQueue",
    "LogImported",
    "LogOptions",
    "Manner",
    "Merged",
    "Message",
    "Metric",
    "Outcome",
    "Preview",
    "Project",
    "ProviderError",
    "Reply",
    "Request",
    "Run",
    "Score",
    "Scorer",
    "Span",
    "SpecError",
    "StoreError",
    "StoredReply",
    "View",
    "answer_metric",
    "ask_judge",
    "ask_reader",
    "check",
    "doctor",
    "equations",
    "forecast",
    "import_log",
    "import_problems",
    "import_transcripts",
    "load_experiment",
    "load_problems",
    "load_run",
    "load_templates",
    "merge",
    "new_problem",
    "new_project",
    "new_prompt",
    "new_set",
    "plan",
    "preview",
    "problem_schema",
    "provider",
    "run",
    "run_async",
    "score",
    "scorer",
    "view",
]
"""Held here so that none goes or comes by accident."""


def test_the_public_names() -> None:
    assert sorted(evalkit.__all__) == sorted(NAMES)
    assert set(evalkit._WHERE) == set(NAMES)
    for name in NAMES:
        assert getattr(evalkit, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'compere'"):
        evalkit.compere  # noqa: B018 - the access is the test


def test_every_public_name_is_documented() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}" not in page and f"evalkit.{name}" not in page] == []


def test_no_public_function_has_many_parameters_and_all_are_typed() -> None:
    functions = [f for n in NAMES if inspect.isfunction(f := getattr(evalkit, n))]
    functions += [f for _, f in inspect.getmembers(evalkit.Run, inspect.isfunction) if not f.__name__.startswith("_")]
    for function in functions:
        signature = inspect.signature(function)
        assert len(set(signature.parameters) - {"self"}) <= 6, function
        assert signature.return_annotation is not inspect.Signature.empty, function


def test_the_import_is_light() -> None:
    code = "import time, sys; a = time.process_time(); import evalkit; print(time.process_time() - a); dir(evalkit)"
    spent = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(spent) < 0.1
