"""`evalkit init`: a project in which `evalkit run` works at once, with the sample replies that come with evalkit."""

from __future__ import annotations

import json
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs import packaged
from evalkit.specs.problems import schema

PROBLEM = "hw7/3bi"
"""The worked problem that the project begins with."""
_ASKED = (PROBLEM, "hw7/3bii", "hw7/8b")
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
    shipped = {kind: packaged.folder(kind) for kind in ("problems", "runs")}
    if None in shipped.values():
        raise SpecError("this installation of evalkit lacks its problems and sample replies; install it again")
    replies = _replies(shipped["runs"] or Path())
    named = {"problems": ", ".join(f'"{p}"' for p in _ASKED), "templates": ", ".join(f'"{t}"' for t in _ARMS)}
    files = {
        f"problems/{PROBLEM}.toml": ((shipped["problems"] or Path()) / f"{PROBLEM}.toml").read_text(encoding="utf-8"),
        "runs/first.toml": _EXPERIMENT.format(**named, replies="runs/sample.jsonl"),
        "runs/sample.jsonl": replies,
        "README.md": _README,
        ".gitignore": _IGNORED,
        ".taplo.toml": _EDITOR,
        "problem.schema.json": json.dumps(schema(), indent=1) + "\n",
    }
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise SpecError(
            f"{folder / there[0]}: exists already; nothing is overwritten. Give a new folder: evalkit init FOLDER"
        )
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise SpecError(f"{path}: cannot be written: {error.strerror}") from None
    return list(files)


def _replies(runs: Path) -> str:
    """The lines of the sample replies that the experiment asks for."""
    lines = (runs / "hw7-sample.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = (line for line in lines if (row := json.loads(line))["problem"] in _ASKED and row["template"] in _ARMS)
    return "".join(f"{line}\n" for line in wanted)
