"""The pages of the documentation: every command runs as written, and the site knows every page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.arrange import ROOT, inside
from tests.server import ModelServer, serving

pytestmark = pytest.mark.usefixtures("here")

FENCE = re.compile(r"```(sh|tex|toml)\n(?:[#%] (\S+\.(?:tex|toml))\n)?(.*?)```", re.DOTALL)
PAGES = ("tutorial.md", "templates.md")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_the_page(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    done = 0
    with serving(ModelServer(answer=lambda _: "The hat matrix is idempotent: $M^2 = M$ and $MX = 0$.")) as server:
        for kind, file, text in FENCE.findall((ROOT / "docs" / name).read_text(encoding="utf-8")):
            if kind != "sh":
                assert file, "a file of the tutorial says its name"
                Path(file).parent.mkdir(parents=True, exist_ok=True)
                Path(file).write_text(text.replace("[[models]]\n", f'[[models]]\nbase_url = "{server.url}"\n'))
                continue
            for line in text.splitlines():
                ran = inside(*shlex.split(line)[1:])
                assert ran.returncode == 0, f"{line}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
                done += 1
                if line.startswith("evalkit new problem"):
                    Path("problems/ols/residual.toml").unlink()  # filled in by what the page shows next
    assert done >= 3


def test_the_first_page_begins_as_the_readme_does() -> None:
    """tests/test_readme.py runs these commands."""
    first, readme = (
        [line for kind, _, text in FENCE.findall((ROOT / name).read_text(encoding="utf-8")) if kind == "sh"
         for line in text.splitlines() if line.startswith("evalkit ")]
        for name in ("docs/index.md", "README.md")
    )  # fmt: skip
    assert len(first) == 3
    assert first == readme[:3]


def test_the_site_has_a_place_for_every_page() -> None:
    listed = set(re.findall(r": ([a-z\-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M))
    assert listed == {p.name for p in (ROOT / "docs").glob("*.md")}
