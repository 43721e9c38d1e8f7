"""A run packed for the appendix of a paper: everything that its figures come from, in one zip.

Not covered: weights of local models, and data sets that replies were imported from.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.comparing.results import Selection
from evalkit.errors import SpecError
from evalkit.interface.comparing import comparisons
from evalkit.interface.reporting import write_report
from evalkit.runfile import exchange, outputs
from evalkit.runfile.store import Store
from evalkit.showing.methods import methods
from evalkit.version import VERSION

MARK = "evalkit-bundle.txt"
"""The first file of a bundle, by which it is recognised."""
SHORTEST = 8
"""Bytes: what is shorter is no key, and would be found in any text."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file: the same run makes the same bytes."""
_ABOUT = """\
This archive was written by evalkit {version} (pip install evalkit-tutor=={version}).

run.sqlite          every request, reply and score
experiment.json     what was run
problems/ prompts/  the problems and templates, as they were used
transcripts.jsonl   the conversations, one a line
tables.md           all tables; methods.txt: how they were computed
report.html         the answer, figures, and every conversation with its evidence
versions.txt        evalkit, packages, scorers
SHA256SUMS          checks the files: sha256sum -c SHA256SUMS

Again from the file alone, without asking a model:
    evalkit compare run.sqlite --all
    evalkit report run.sqlite
"""


def bundle(run: Path, target: Path | None = None, *, force: bool = False) -> Path:
    """Pack a run file with its experiment, problems, templates, versions, tables and report; returns the archive.

    Raises SpecError where the target is a file that evalkit did not write (without `force`), or where the value of a
    key that the run used stands in what would be packed.
    """
    target = target or run.with_suffix(".zip")
    outputs.check(target, is_bundle, force=force)
    with tempfile.TemporaryDirectory(prefix="evalkit-") as name:
        folder = Path(name)
        with Store(run) as store:
            store.copy_to(folder / "run.sqlite")
        variables = _texts(folder)
        shown = comparisons([folder / "run.sqlite"], Selection(secondary=True))
        _write(folder / "tables.md", shown.write("markdown"))
        _write(folder / "methods.txt", methods(shown.found, shown.foot) + "\n")
        write_report([folder / "run.sqlite"], folder / "report.html", None)
        _refuse_keys(folder, variables)
        with outputs.written(target) as part:
            _pack(folder, part)
    return target


def is_bundle(head: bytes) -> bool:
    """Whether a file that begins so is a bundle of ours."""
    return head.startswith(b"PK") and MARK.encode() in head[:64]


def _texts(folder: Path) -> set[str]:
    """Write what the run file holds as files; returns the names of the variables that held its keys."""
    with Store(folder / "run.sqlite") as store:
        for kind, place, ending in (("problem", "problems", ".toml"), ("template", "prompts", "")):
            for name in store.spec_names(kind):
                _write(_inside(folder / place, f"{name}{ending}"), store.spec(kind, name) or "")
        described, variables = store.noted("experiment", _experiment) or ({}, set())
        _write(folder / "experiment.json", json.dumps(described, indent=2) + "\n")
        exchange.export(store, "transcripts", "jsonl", folder / "transcripts.jsonl")
        packages = store.noted("packages", lambda text: [f"{k} {v} (the run)" for k, v in json.loads(text).items()])
        lines = [f"evalkit {VERSION} (this archive)", *(packages or ())]
        lines += [f"scorer {scorer} {version}" for scorer, version in store.scorer_versions()]
    _write(folder / "versions.txt", "\n".join(lines) + "\n")
    return variables | {"OPENAI_API_KEY"}


def _experiment(text: str) -> tuple[Mapping[str, Any], set[str]]:
    """The experiment as it is stored, and the names of the variables that held its keys."""
    found = json.loads(text)
    return found, {str(m["api_key_env"]) for m in found.get("models", ()) if m.get("api_key_env")}


def _inside(folder: Path, name: str) -> Path:
    """A run file may be a stranger's: the names of its texts are no way out of the folder."""
    path = folder / name
    if "\0" in name or not path.resolve().is_relative_to(folder.resolve()):
        raise SpecError(f"the run file holds a text of the name {name!r}, which is no file's name")
    return path


def _refuse_keys(folder: Path, variables: set[str]) -> None:
    keys = {name: os.environ.get(name, "").encode() for name in variables}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        held = path.read_bytes()
        for name, key in keys.items():
            if len(key) >= SHORTEST and key in held:
                raise SpecError(f"the key in {name} stands in {path.relative_to(folder)}; nothing is packed")


def _pack(folder: Path, target: Path) -> None:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.endswith((".lock", "-wal", "-shm")))
    sums = "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(MARK, _EPOCH), _ABOUT.format(version=VERSION))
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("SHA256SUMS", _EPOCH), sums)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
