"""Every command of the README works as written, against a local server in place of the endpoint."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.arrange import ROOT, inside
from tests.server import ModelServer, serving

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.S)
    for line in block.splitlines()
    if line.startswith("evalkit ")
]


def test_every_command_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(COMMANDS) >= 14
    for folder in ("problems", "prompts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "tests" / "cases" / "replies" / "gradients.md", tmp_path / "reply.md")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    with serving(ModelServer()) as server:
        for line in COMMANDS:
            arguments = shlex.split(line.replace("https://example.com/v1", server.url))[1:]
            done = inside(*arguments)
            assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_the_two_commands_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("example", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.M)
