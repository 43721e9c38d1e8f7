"""A scorer is one file: what others need to know of it, it declares, and no other module names it."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import evalkit.scorers
from evalkit import plugins
from evalkit.judging import metrics
from evalkit.types import Listed, Mark, Metric
from tests.arrange import inside

PACKAGE = Path(evalkit.scorers.__file__).parent.parent

SCORER = """
import re

from evalkit import types

_SHOUT = types.Mark("shout", "shout!", "louder than need be", 5)


class Scorer(types.Scorer):
    metrics = {
        "shouts": types.Metric(
            "exclamation marks", high=1000, full=None, better="lower", headline=1,
            tags=types.Tags(("calm", "loud"), 5), listed={"shout": types.Listed(before="raised by ")},
        ),
        "correct": types.answer_metric("1 = it says half"),
    }
    marks = {"shout": _SHOUT, "answer": types.ANSWER}
    isolated = False

    def score(self, conversation):
        found = [types.Span(m.start(), m.end(), "shout", "hand") for m in re.finditer(r"\\w+!", conversation.text)]
        half = "half" in conversation.text
        return [
            types.Score("shouts", float(len(found)), f"{len(found)} shouts", tuple(found)),
            types.Score("correct", float(half), "half" if half else "no", given="staff" if half else "other"),
        ]
"""


@pytest.fixture
def shouting(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The project with a scorer of one new file, which lies in no folder of the package."""
    folder = project / "more_scorers"
    folder.mkdir()
    (folder / "shouting.py").write_text(SCORER, encoding="utf-8")
    problem = project / "problems" / "set" / "half.toml"
    text = re.sub(r"(?s)\[score.number\].*", "[score.shouting]\n", problem.read_text(encoding="utf-8"))
    problem.write_text(text, encoding="utf-8")
    monkeypatch.setattr(evalkit.scorers, "__path__", [*evalkit.scorers.__path__, str(folder)])
    plugins._places.cache_clear()
    yield project
    sys.modules.pop("evalkit.scorers.shouting", None)
    evalkit.scorers.__dict__.pop("shouting", None)
    plugins._places.cache_clear()


def talk(arm: str, sample: int, *replies: str) -> str:
    said = [m for r in replies for m in ({"role": "user", "content": "?"}, {"role": "assistant", "content": r})]
    return json.dumps({"problem": "set/half", "template": arm, "model": "m", "sample": sample, "messages": said})


def test_a_new_scorer_is_compared_marked_tagged_and_flipped_without_another_file(shouting: Path) -> None:
    lines = [talk("plain", n, "one half", "one half") for n in range(6)]
    lines += [talk("repeat_hint", n, "one half", "Two! I am sure!") for n in range(6)]
    Path("chats.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert inside("import", "chats.jsonl", "--run", "x.sqlite").returncode == 0
    assert inside("score", "x.sqlite").returncode == 0
    compared = inside("compare", "x.sqlite", "--all").stdout
    assert "shouting.shouts · m · against plain" in compared
    assert "exclamation marks; lower is better" in " ".join(compared.split())
    assert re.search(r"shouting\.correct +repeat_hint +0 +6 +0 +0", compared), "six answers were broken"
    assert inside("report", "x.sqlite", "-o", "x.html").returncode == 0
    page = Path("x.html").read_text(encoding="utf-8")
    assert '<mark class="k-shout">shout!</mark> louder than need be' in page, "the legend"
    assert ".k-shout { background: var(--same); }" in page, "a look and a switch of its own"
    assert re.search(r'data-tags="wrong\|loud"', page)
    assert re.search(r'data-tags="right\|calm"', page)
    tags = re.findall(r"<option>(.*?)</option>", page.partition('id="tag"')[2].partition("</select>")[0])
    assert tags[:5] == ["right", "wrong", "could not be judged", "loud", "calm"]
    matrix = re.findall(r'<th scope="row"><code>(.*?)</code>', page)
    assert matrix == ["shouting.shouts", "shouting.correct"], "in the order of the declared places"
    chats = "".join(re.findall(r'(?s)<script type="application/json">(.*?)</script>', page))
    shown = json.loads(f"[{chats}]")[0]["chats"][-1]
    assert '<mark class="k-shout" title="shout!: hand">Two!</mark>' in shown
    assert '<span class="tag k-shout">shout!</span>' in shown
    assert "raised by hand" in shown


# ------------------------------------------------------------ what the scorers declare


def declared() -> list[tuple[str, Metric]]:
    return list(metrics.metrics().items())


def test_one_name_is_one_mark() -> None:
    by_name: dict[str, set[Mark]] = defaultdict(set)
    for scorer in plugins.known("scorers"):
        for mark in metrics.marks(scorer).values():
            by_name[mark.name].add(mark)
    assert {name: found for name, found in by_name.items() if len(found) > 1} == {}
    assert all(re.fullmatch(r"[a-z][a-z-]*", name) for name in by_name)


def test_places_are_taken_once() -> None:
    legend = [mark.place for mark in metrics.legend()]
    assert len(legend) == len(set(legend))
    assert len({info.role for _, info in declared() if info.role in ("use level", "violation")}) == 2
    heads = [info.headline for _, info in declared() if info.headline and info.role != "answer"]
    assert len(heads) == len(set(heads))


@pytest.mark.parametrize(("name", "info"), declared(), ids=[name for name, _ in declared()])
def test_what_is_listed_has_a_mark(name: str, info: Metric) -> None:
    assert info.listed.keys() <= metrics.marks(name.partition(".")[0]).keys()
    assert all(isinstance(line, Listed) for line in info.listed.values())


# ------------------------------------------------------------ nobody else names a scorer

FREE_OF_NAMES = ("judging", "comparing", "showing")
PLAIN_WORDS = {
    ("showing/tables/__init__.py", "number"), ("comparing/planning.py", "words"), ("comparing/frame.py", "text"),
    ("comparing/scores.py", "text"), ("comparing/pilot.py", "text"), ("judging/asked.py", "judge"),
    ("comparing/pairing.py", "text"), ("comparing/wordings.py", "text"), ("showing/report/__init__.py", "words"),
    ("showing/view/__init__.py", "words"), ("showing/card.py", "text"),
}  # fmt: skip
"""A function, a field and a column that happen to be called like a scorer."""


def literals(path: Path) -> Iterator[str]:
    """Every string of a file that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value


FILES = [path for package in FREE_OF_NAMES for path in sorted((PACKAGE / package).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_other_module_names_a_scorer_or_a_metric(path: Path) -> None:
    scorers = plugins.known("scorers")
    full = re.compile("|".join(rf"(?<![\w.]){re.escape(name)}(?!\w)" for name, _ in declared()))
    endings = {f".{name.partition('.')[2]}" for name, _ in declared()}
    for text in literals(path):
        where = (path.relative_to(PACKAGE).as_posix(), text)
        assert text not in scorers or where in PLAIN_WORDS, where
        assert not full.search(text), where
        assert text not in endings, where
