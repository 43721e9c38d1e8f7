"""`evalkit init`: a project in which `evalkit run` works at once, with the sample replies that come with evalkit."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs import packaged
from evalkit.specs.problems import schema
from evalkit.specs.skeletons import write_new

_ARMS = ("plain", "repeat_hint", "placebo", "ban_approach")

_README = """\
# An evalkit project

    evalkit run runs/first.toml            # sample replies: nothing is asked or paid; ends with the answer
    evalkit report runs/first.sqlite       # one HTML file: the answer, figures, every conversation
    evalkit check                          # tests your problems: gold replies pass, wrong ones do not
    evalkit new problem hw1/1a --kind answer     # or derivation, or text
    evalkit new prompt be_brief            # an arm: what it adds to the plain prompt

To ask a model instead of the sample replies, change `[[models]]` in runs/first.toml. Problems and templates that you do
not have yourself are taken from those that come with evalkit; a file of the same name here goes before them.
"""
_EXPERIMENT = """\
# Which problems go through which templates to which model: `evalkit run runs/first.toml`

title = "Does a hint or a ban change how the model derives?"
note = "The replies were written for this example; they are no model's output, and its figures describe no model."
problems = [{problems}]        # ids, or globs such as "hw1/*"
templates = [{templates}]
baseline = "plain"             # what the other templates are compared with
samples = 3

[[models]]
id = "replay:{replies}"
name = "written sample replies"

# A real model instead (take the table above out):
# [[models]]
# id = "openai:gpt-4.1-mini"                 # key in OPENAI_API_KEY
# # base_url = "http://localhost:8000/v1"    # vLLM, Ollama, llama.cpp or any other compatible server
# parameters = {{ temperature = 0.7, max_tokens = 4000 }}
# [budget]
# max_requests = 100
"""
_IGNORED = "runs/*.sqlite*\nruns/*.html\n"
_EDITOR = """\
# Completion and checks of problem files in editors that know Taplo (Even Better TOML of VS Code, Helix, ...).
[[rule]]
include = ["problems/**/*.toml"]
[rule.schema]
path = "./problem.schema.json"
"""


def init(folder: Path) -> list[str]:
    """Write the project; returns the files. Raises SpecError where one of them exists: nothing is written then."""
    problems, runs = packaged.folder("problems"), packaged.folder("runs")
    found = _example(runs) if runs else None
    if problems is None or found is None:
        raise SpecError("this installation of evalkit lacks its problems and sample replies; install it again")
    asked, replies = found
    named = {"problems": ", ".join(f'"{p}"' for p in asked), "templates": ", ".join(f'"{t}"' for t in _ARMS)}
    files = {
        f"problems/{asked[0]}.toml": (problems / f"{asked[0]}.toml").read_text(encoding="utf-8"),
        "runs/first.toml": _EXPERIMENT.format(**named, replies="runs/sample.jsonl"),
        "runs/sample.jsonl": replies,
        "README.md": _README,
        ".gitignore": _IGNORED,
        ".taplo.toml": _EDITOR,
        "problem.schema.json": json.dumps(schema(), indent=1) + "\n",
    }
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise SpecError(f"{folder / there[0]}: exists already; nothing is overwritten; use evalkit init FOLDER")
    write_new({folder / name: text for name, text in files.items()})
    return list(files)


def _example(runs: Path) -> tuple[list[str], str] | None:
    """The problems of the shipped experiment's first group, and the lines of its sample replies that are asked for."""
    for path in sorted(runs.glob("*.toml")):
        described = tomllib.loads(path.read_text(encoding="utf-8"))
        provider, _, name = described["models"][0]["id"].partition(":")
        if provider != "replay" or not described.get("groups"):
            continue
        asked = described["groups"][0]["problems"]
        lines = (runs / Path(name).name).read_text(encoding="utf-8").splitlines()
        rows = ((line, json.loads(line)) for line in lines)
        wanted = [line for line, row in rows if row["problem"] in asked and row["template"] in _ARMS]
        return asked, "".join(f"{line}\n" for line in wanted)
    return None
