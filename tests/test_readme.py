"""Every command of the README, and of the page of commands, works as written, in an empty folder, against a local server
in place of the endpoint."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from evalkit.interface.defaults import Defaults
from evalkit.specs.toml import parse_toml, validate
from tests.arrange import ROOT, inside
from tests.server import ModelServer, serving

pytestmark = pytest.mark.usefixtures("here")

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {"README.md": 9, "docs/commands.md": 13}
"""Page -> commands at least."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.S)
    commands = [line for block in blocks for line in block.splitlines() if line.startswith("evalkit ")]
    assert len(commands) >= PAGES[page]
    shutil.copy(ROOT / "tests" / "cases" / "replies" / "gradients.md", tmp_path / "reply.md")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    with serving(ModelServer()) as server:
        for line in commands:
            arguments = shlex.split(line.replace("https://example.com/v1", server.url))[1:]
            done = inside(*arguments)
            assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_the_defaults_that_the_page_shows_are_valid() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8"), re.S)
    shown = validate(Defaults, parse_toml(text, "page"), "page")
    assert all(shown.model_dump()[name] for name in Defaults.model_fields), "the page shows every key"


def test_the_readme_is_one_screen_with_a_picture() -> None:
    assert "docs/report.png" in README
    assert (ROOT / "docs" / "report.png").stat().st_size < 200_000
    assert len(README.splitlines()) < 80


def test_the_two_commands_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("example", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.M)
