"""What `check` finds that cannot work, and problems and templates that stand behind the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.errors import SpecError
from evalkit.judging.pitfalls import faults, remarks
from evalkit.runfile.exchange import format_of
from evalkit.specs import packaged, problems, starter, templates
from evalkit.specs.library import Library

PLAIN = "title = 'T'\nstatement = '''S'''\n{top}\n[staff]\nsolution = '''1'''\n{staff}\n{rest}\n"
SYMBOLS = "[symbols]\nX = 'n x n'\n"
FOUND: list[tuple[str, dict[str, str], str]] = [
    ("doubled-backslash", {"top": "ban = 'x'\nrequest = 'y'\npassage = '''$\\\\frac12$'''"}, "two backslashes"),
    ("doubled-in-a-milestone", {"rest": SYMBOLS + "[[milestones]]\nid = 'm'\nequation = 'X = X \\\\cdot X'"}, "milestones[1].equation: \\\\cdot has"),
    ("doubled-and-rare", {"top": "passage = '''$\\\\binom42$'''"}, "passage: \\\\binom has two backslashes"),
    ("line-break-before-a-word", {"top": "passage = '''$\\alpha \\\\but$'''"}, ""),
    ("mark-of-ones-own", {"top": "ban = '<say what is banned>'"}, "ban: fill in <say what is banned>"),
    ("mark-inside-a-text", {"top": "passage = 'What is 3 + <a number>?'"}, "passage: fill in <a number>"),
    ("brackets-that-are-no-mark", {"top": "passage = '0<x and y>0, <b>bold</b>, <u, v>, <sos>'"}, ""),
    ("line-break-before-a-letter", {"top": "passage = '''a \\\\b'''"}, ""),
    ("derivation-without-symbols", {"rest": "[score.equations]"}, "[score.equations] reads the derivation, but there is no [symbols]"),
    ("unknown-approach", {"staff": "approach = 'svd'"}, "approach = 'svd' is none of the [[approaches]] (there is none)"),
    ("approach-without-a-staffs", {"rest": SYMBOLS + "[score.approach]"}, "needs the staff's approach"),
    ("approach-that-nothing-finds", {"rest": SYMBOLS + "[[approaches]]\nid = 'a'\nclaims = ['by a']"}, "approach 'a' has no `uses`"),
    ("approach-by-a-milestone", {"rest": SYMBOLS + "[[approaches]]\nid = 'a'\n[[milestones]]\nid = 'm'\napproaches = ['a']\nequation = 'X = X'"}, ""),
    ("ban-of-no-approach", {"staff": "approach = 'a'", "rest": SYMBOLS + "[[approaches]]\nid = 'a'\nuses = ['svd X']\n[score.ban]\napproaches = ['b']"}, "[score.ban] approaches: 'b' is none of the [[approaches]] (a)"),
    ("alias-that-is-a-symbol", {"rest": SYMBOLS + "Y = 'n'\n[aliases]\nX = ['Z', 'Y']"}, "[aliases] X = 'Y': Y is declared itself"),
    ("alias", {"rest": SYMBOLS + "Y = 'n'\n[aliases]\nX = ['Z', '\\hat X']"}, ""),
    ("quotations-of-no-passage", {"rest": "[score.quotes]"}, "[score.quotes] compares with the passage, but there is no `passage`"),
    ("quotations", {"top": "passage = 'P'", "rest": "[score.quotes]"}, ""),
    ("nothing-wrong", {"rest": "[score.number]\nvalue = 1"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "said"), [f[1:] for f in FOUND], ids=[f[0] for f in FOUND])
def test_what_cannot_work_is_one_sentence(parts: dict[str, str], said: str) -> None:
    text = PLAIN.format(**{"top": "", "staff": "", "rest": "", **parts})
    found = list(faults(problems.parse(text, "s/p", "s/p.toml")))
    assert len(found) == bool(said), found
    assert said in "".join(found)


def test_a_problem_that_nothing_judges_is_remarked() -> None:
    (said,) = remarks(problems.parse(PLAIN.format(top="", staff="", rest=""), "s/p", "s/p.toml"))
    assert "nothing will be judged" in said


def test_a_mark_that_nothing_draws_is_remarked() -> None:
    text = PLAIN.format(top="", staff="", rest="[score.number]\nvalue = 1").replace("S'''", "S <<n>> and 1 << 2'''")
    (said,) = remarks(problems.parse(text, "s/p", "s/p.toml"))
    assert said.startswith("statement: <<n>> is sent as it stands")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[score.choice]\noptions = {A = 'up', B = 'down', C = 'up'}\ncorrect = ['A']", "two options have the same text: 'up'"),
        ("[score.text]\nany_of = ['it grows']\nnone_of = ['It grows']", "stands in any_of and in none_of"),
    ],
)  # fmt: skip
def test_what_no_reply_could_meet_is_refused(table: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        problems.parse(PLAIN.format(top="", staff="", rest=table), "s/p", "s/p.toml")


def test_milestones_that_nothing_tells_apart_are_remarked() -> None:
    text = "[[milestones]]\nid = '{}'\nequation = '(X Y)^\\top = {}'\n"
    rest = (
        SYMBOLS
        + "Y = 'n x n'\n"
        + "".join(text.format(*m) for m in [("a", "Y^\\top X^\\top"), ("b", "Y^\\top X^\\top")])
    )
    found = problems.parse(PLAIN.format(top="", staff="", rest=rest), "s/p", "s/p.toml").mathematics_doubts()
    assert [f.partition(" is found where ")[0] for f in found] == ["milestone 'b'", "milestone 'a'"]


BASE = SYMBOLS.replace("X = 'n x n'", "X = 'n x k, data'\nS = 'n x n, symmetric'\nw = 'k'\nt = 'positive'")
DECLARED: list[tuple[str, str, str]] = [
    ("definitions = ['f(w) = |X w|^2', 'p_i = 2 w_i', 'g(u) = u^T u']", BASE, ""),
    ("definitions = ['a = b + 1', 'b = a - 1']", BASE, "definitions: that of a leads back to itself"),
    ("definitions = ['w = X^T X w']", BASE, "definitions: w is a symbol or a size already"),
    ("definitions = ['a = h(w)']", BASE + "h = 'function'", ""),
    ("definitions = ['n = 3']", BASE, "definitions: n is a symbol or a size already"),
    ("", BASE + "J = 'n of k'\n[[worlds]]\nname = 'w'\npremise = 'p'", ""),
    ("dimensions = ['k < n']", BASE + "J = 'n of k'", "symbols: J: a subset of this size"),
    ("", BASE + "[[decompositions]]\nof = 'X'\nnames = ['U', 'D', 'V']", ""),
    ("", BASE + "[[decompositions]]\nof = 'X^T X'\nkind = 'eigen'\nnames = ['Q', 'L']", ""),
    (
        "",
        BASE + "[[decompositions]]\nof = 'Y'\nnames = ['U', 'D', 'V']",
        "decompositions: that with U: Y is not declared",
    ),
    (
        "",
        BASE + "[[decompositions]]\nof = 'X'\nkind = 'eigen'\nnames = ['Q', 'L']",
        "that with Q: eigenvectors of a matrix",
    ),
    ("", BASE + "[[worlds]]\nname = 'w'\npremise = 'p'\nlimit = 't'", ""),
    ("", BASE + "[[worlds]]\nname = 'w'\npremise = 'p'\nlimit = 's'", "world 'w', limit: s is not declared"),
]
RULES: list[tuple[str, str]] = [
    ("contains X^T X", ""),
    ("contains Q^T Q", "Q is not declared"),
    ("contains X w or wordng normal equations", "is not declared"),
    ("contains X w or wording normal equations", ""),
    ("svd Y", "Y is not declared"),
    ("gradient f w", ""),
    ("gradient g w", "g is not declared"),
    ("equation X w = y", "y is not declared"),
    ("symbol H", ""),
    ("defines H", ""),
]


@pytest.mark.parametrize(
    ("top", "rest", "said"),
    DECLARED + [
        ("definitions = ['f(w) = |X w|^2']", BASE + f"[[approaches]]\nid = 'a'\nuses = ['{rule}']\ndecisive = ['wording it']", said)
        for rule, said in RULES
    ],
)  # fmt: skip
def test_names_are_declared_once(top: str, rest: str, said: str) -> None:
    found = problems.parse(PLAIN.format(top=top, staff="", rest=rest), "s/p", "s/p.toml").mathematics_faults()
    assert bool(found) == bool(said), found
    assert said in "".join(found)


def test_a_definition_of_names_that_only_a_reply_declares_is_remarked() -> None:
    text = PLAIN.format(top="definitions = ['G = C X', 'F = X^T X']", staff="", rest=BASE)
    (found,) = problems.parse(text, "s/p", "s/p.toml").mathematics_doubts()
    assert found.startswith("the definition of G is checked only where a reply says what its names mean: C is not")


UNFILLED = [("value = <the number>", "; fill in <the number>"), ("value = ", "")]


@pytest.mark.parametrize(("line", "said"), UNFILLED, ids=["mark", "nothing"])
def test_a_line_that_is_not_filled_in_is_named(line: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        problems.parse(PLAIN.format(top="", staff="", rest=f"[score.number]\n{line}"), "s/p", "s/p.toml")
    assert str(caught.value).endswith(said or ")")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name, ids in (("own", ("a/1",)), ("behind", ("a/1", "a/2", "b/1"))):
        for identifier in ids:
            path = tmp_path / name / f"{identifier}.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PLAIN.format(top=f"ban = '{name}'", staff="", rest=""), encoding="utf-8")
    return tmp_path / "own", tmp_path / "behind"


GLOBS = [("own-first", "a/*", ("a/1",)), ("behind", "b/*", ("b/1",)), ("one-behind", "a/2", ("a/2",)), ("all-own", "*", ("a/1",))]  # fmt: skip


@pytest.mark.parametrize(("pattern", "found"), [g[1:] for g in GLOBS], ids=[g[0] for g in GLOBS])
def test_a_glob_never_mixes_own_and_shipped_problems(
    folders: tuple[Path, Path], pattern: str, found: tuple[str, ...]
) -> None:
    assert Library(*folders).find([pattern]) == found


def test_the_users_own_goes_before_what_is_shipped(folders: tuple[Path, Path]) -> None:
    library = Library(*folders)
    assert (library.load("a/1").ban, library.load("a/2").ban) == ("own", "behind")
    with pytest.raises(SpecError, match="unknown problem 'c/1'"):
        library.load("c/1")


def test_a_template_of_ones_own_extends_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "be_brief.j2").write_text('{% extends "plain.j2" %}', encoding="utf-8")
    (tmp_path / "placebo.j2").write_text('{% extends "plain.j2" %}{% set about = "mine" %}', encoding="utf-8")
    library = templates.Library(tmp_path, packaged.folder("prompts"))
    assert set(library.load("be_brief").sources) == {"be_brief.j2", "plain.j2"}
    assert (library.load("placebo").about, library.names()) == ("mine", ("be_brief", "placebo"))
    assert library.load("step_by_step").about


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(SpecError, match=r"README\.md: exists already"):
        starter.init(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("name", "form"), [("x.csv", "csv"), ("x.PARQUET", "parquet"), ("x.jsonl", "jsonl"), ("x", "jsonl")]
)
def test_an_export_is_what_its_ending_says(name: str, form: str) -> None:
    assert format_of(Path(name)) == form
