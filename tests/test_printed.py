"""What README and docs print of the example is what the example gives: `python -m tests.printed` writes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.printed import MARKED, PAGES, PRINTED, renewed


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_printed_figures_are_those_of_the_example(
    path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    page = path.read_text(encoding="utf-8")
    monkeypatch.chdir(request.getfixturevalue("labelled" if "printed: labels" in page else "example"))
    assert renewed(page) == page, "python -m tests.printed"


def test_the_readme_prints_figures() -> None:
    found = [m[2] for path in PAGES for m in MARKED.finditer(path.read_text(encoding="utf-8"))]
    assert "use levels" in found
    assert set(found) <= set(PRINTED)
