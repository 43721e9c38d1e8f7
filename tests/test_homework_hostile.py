"""A homework taken apart that cannot be read, points outside its folder, or means harm; the macros it may bring."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import SpecError
from evalkit.specs.homework import answers, writing
from evalkit.specs.homework.macros import Macros
from evalkit.specs.library import Library
from evalkit.specs.toml import parse_toml
from tests.test_homework import pdf_of, taken


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no.pdf", b"%PDF-1.4 nothing", "could not be read as a PDF"),
        ("text.pdf", b"hello", "is no PDF file"),
        ("empty.pdf", pdf_of([]), "holds no text"),
        ("no.ipynb", b"{", "is no notebook"),
        ("list.ipynb", b"[1]", "is no notebook"),
        ("deep.ipynb", b"[" * 100_000, "is no notebook"),
        ("no.tex", b"Nothing is asked here.", "no question was found"),
        ("no.docx", b"", "a homework is a file"),
        ("latin.md", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_one_error(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    if name.endswith(".pdf"):
        pytest.importorskip("pypdf")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SpecError, match=said):
        writing.take("hw", tmp_path / "problems", tmp_path / name)
    assert not (tmp_path / "problems" / "hw").exists()


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    inside_ = tmp_path / "course"
    inside_.mkdir()
    (tmp_path / "secret.tex").write_text("SECRET", encoding="utf-8")
    (tmp_path / "secret.png").write_bytes(b"SECRET")
    (inside_ / "link.tex").symlink_to(tmp_path / "secret.tex")
    (inside_ / "link.png").symlink_to(tmp_path / "secret.png")
    (inside_ / "part.tex").write_text("From the part. \\input{part}", encoding="utf-8")
    text = (
        r"\begin{document}\section{Problem 1} \input{../secret} \input{link} \input{part} \includegraphics{../secret.png}"
        r" \includegraphics{link.png} \includegraphics{/etc/passwd} \section{Problem 2} Why? \end{document}"
    )
    done = taken(inside_, text, ".tex")
    written = "".join(f.read_text(encoding="utf-8") for f in done.files)
    assert "From the part." in written
    assert "SECRET" not in written
    assert not (inside_ / "problems" / "hw" / "figures").exists()
    assert sum("was not followed" in doubt for doubt in done.doubts) >= 2


def test_figures_of_the_folder_come_along(tmp_path: Path) -> None:
    (tmp_path / "fig.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = taken(tmp_path, "## Problem 1\nSee ![](fig.png).\n", ".md")
    assert [f.name for f in done.files if f.parent.name == "figures"] == ["fig.png"]
    assert Library(tmp_path / "problems").load("hw/1").attachments == ["figures/fig.png"]


def test_macros() -> None:
    macros = Macros()
    text = macros.read(
        r"\newcommand{\p}[2][x]{#1^{#2}}\def\half#1{\frac{#1}{2}}\DeclareMathOperator*{\argmin}{arg\,min}"
        r"\newcommand\loops{\loops}\newcommand\iffy{\ifx a b \fi}\newcommand{\E}{\mathbb{E}}"
    )
    assert text == ""
    said = macros.expand(r"\p{2} + \p[y]{3} + \half{n} + \half n + \argmin_x \E x + \E[x]", frozenset())
    assert said == r"x^{2} + y^{3} + \frac{n}{2} + \frac{n}{2} + \operatorname*{arg\,min}_x \mathbb{E}x + \mathbb{E}[x]"
    macros.expand(r"\loops \iffy", frozenset())
    assert set(macros.kept) == {"loops", "iffy"}


BOMBS = {
    "macros": "".join(rf"\newcommand{{\{chr(97 + n) * 2}}}{{\{chr(98 + n) * 2}\{chr(98 + n) * 2}}}" for n in range(20)) + r"\begin{document}\section{Problem 1} \aa \end{document}",
    "openers": r"\begin{document}\section{Problem 1} " + r"\[ $$ \( $ \begin{align}" * 20_000,
    "verbatim": r"\begin{document}\section{Problem 1} " + r"\begin{verbatim}\begin{minted}" * 20_000,
    "braces": r"\begin{document}\section{Problem 1} \textbf" + "{" * 100_000,
    "lists": r"\begin{document}\section{Problem 1} " + r"\begin{enumerate}\item a " * 20_000,
    "commands": r"\begin{document}\section{Problem 1} " + r"\newcommand{\x}{" * 20_000,
    "definitions": r"\newenvironment{a}" * 20_000 + r"\begin{document}\section{Problem 1} x\end{document}",
    "questions": r"\begin{document}" + r"\section{Problem} x " * 3_000,
    "solutions": r"\begin{document}\section{Problem 1} " + r"\begin{solution}" * 20_000,
    "signs": "\ue000\ue001\ue00b" * 10_000 + r"\begin{document}\section{Problem 1} x",
    "spaces": r"\begin{document}\section{Problem 1} " + " " * 300_000 + "x",
    "brackets": r"\begin{document}\section{Problem 1} " + r"\item[" * 30_000,
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_file_takes_no_time(bomb: str, tmp_path: Path) -> None:
    began = time.process_time()
    with contextlib.suppress(SpecError):
        taken(tmp_path, BOMBS[bomb], ".tex")
    assert time.process_time() - began < 10


def test_hostile_markdown_takes_no_time(tmp_path: Path) -> None:
    began = time.process_time()
    texts = (
        "<!--" * 50_000, "> **" * 50_000, "::: {.solution}\n" * 20_000, "1. " * 50_000, "**Problem 1" * 20_000, "`" * 100_000,
    )  # fmt: skip
    for n, text in enumerate(texts):
        (tmp_path / str(n)).mkdir()
        with contextlib.suppress(SpecError):
            taken(tmp_path / str(n), "## Problem 1\n" + text, ".md")
    assert time.process_time() - began < 20


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="\\{}[]$()%#&_^~*`>-.:!1ab \n'\"\x00\x1b\ud7ff", max_size=200))
def test_any_text_is_written_as_a_file_that_can_be_read_again(text: str) -> None:
    table = parse_toml(f"solution = {writing.block(text)}\ntitle = {answers.quoted(text[:40])}", "x")
    kept = "".join(c for c in text if c in "\n\t" or ord(c) >= 32)
    assert table["solution"].strip("\n") == kept.strip("\n")
