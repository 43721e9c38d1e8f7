"""A homework taken apart: what is a question, a part, a solution, and what is said where it could not be told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from evalkit.specs.homework import heads, writing
from evalkit.specs.library import Library
from tests.arrange import ROOT, inside

EXAM = r"""
\documentclass[answers]{exam}
\newcommand{\R}{\mathbb{R}}
\newcommand{\norm}[1]{\lVert #1 \rVert}
\DeclareMathOperator{\tr}{tr}
\title{Homework 5}
\begin{document}
\maketitle
\begin{questions}
\question[10] Let $A \in \R^{n \times n}$ be symmetric. % a remark
\begin{parts}
  \part[4] Show that $\norm{A}^2 = \tr(A^2)$.
  \begin{solution}
    $\norm{A}^2 = \tr(A^\top A)$.
  \end{solution}
  \part[6] What is $\tr(I_3)$?
  \begin{solution}[2in]
    \boxed{3}
  \end{solution}
\end{parts}
\question Which is even?
\begin{choices}
  \choice 3
  \CorrectChoice 4
\end{choices}
\end{questions}
\end{document}
"""
ARTICLE = r"""
\documentclass{article}
\newtheorem{aufgabe}{Exercise}
\begin{document}
Hand in on Friday.
\begin{aufgabe}[Traces, 5 pts]
  Let $A$ be given. % (a) no mark
  \begin{enumerate}[label=(\roman*)]
    \item Find its trace.
    \item Find its rank.
  \end{enumerate}
\end{aufgabe}
\begin{proof}
  \begin{enumerate}[label=(\roman*)]
    \item The trace is $2$.
    \item The rank is $1$.
  \end{enumerate}
\end{proof}
\begin{aufgabe}
  Let
  \begin{enumerate}
    \item $x > 0$,
    \item $y > 0$.
  \end{enumerate}
  Show that the sum of the two is positive as well, whatever they are.
\end{aufgabe}
\paragraph{Solution.} Add them.
\end{document}
"""
LISTED = r"""
\begin{document}
\section*{Problems}
\begin{enumerate}
\item First.
\begin{enumerate}
\item One?
\item Two?
\end{enumerate}
\item Second.
\textbf{Solution:} Done.
\end{enumerate}
\end{document}
"""
BRACED = r"\begin{document}\section{Problem 1: Sums (3 points)} What is it? \solution{It is {\bf so}.} \section{Problem 2} And this? \subsection*{Answer} That. \end{document}"
AT_THE_END = "# Homework 3\n\n## Problem 1\nWhat?\n\n(a) This\n\n(b) That\n\n## Problem 2\nWho?\n\n# Solutions\n\n## Problem 1\n(a) one\n\n(b) two\n\n## Problem 2\nthree\n"
QUARTO = "---\ntitle: 'Homework'\n---\n\n### Exercise 1 (5 points)\nCompute.\n\n::: {.solution}\nDone.\n:::\n\n### Exercise 2\nProve.\n\n<details><summary>Solution</summary>\n\nProved.\n\n</details>\n"
MYST = "# Set\n\n**Problem 1.** Compute.\n\n```{solution}\nDone.\n```\n\n**Problem 2.** Prove.\n\n> **Solution.** Proved.\n> It is.\n"
NUMBERED = "# Set\n\n1. Compute $1 + 1$.\n\n   **Answer:** 2\n\n2. Compute:\n\n   (a) $2 + 2$\n\n   (b) $3 + 3$\n\n   **Solution.** (a) 4\n\n   (b) 6\n"
BOXES = "## Question 1\nWhich are even?\n\n- [ ] 3\n- [x] 4\n- [x] 6\n\n## Question 2\nWhich is odd?\n\nA. 2\nB. 3\n\n**Answer:** B\n"
SHORT = "**Q1.** How many?\n\n(a) 18\n\n(b) 20\n\n(c) 22\n\n**Solution:** They are 22, so (c).\n"
CODE = "## Problem 1\nRun it:\n\n```python\n# Solution\n(a) = 1\n```\n\n## Solution\nIt runs.\n"

BEHIND = r"""
\begin{document}
\begin{problem}
Is it so?
\end{problem}
It is so, since one and one are two and nothing else is.
\begin{problem}
And this? \begin{enumerate}\item $x$ \item $y$\end{enumerate} Show that: \begin{enumerate}\item $u$ \item $v$\end{enumerate}
\end{problem}
\begin{solution}
Yes. \section*{Remark} No.
\end{solution}
\end{document}
"""
DOTTED = r"\documentclass{exam}\begin{document}\begin{questions}\titledquestion{Angles} On a planet. \begin{parts}\part How large is it? \begin{solutionordottedlines}[2cm] It is large. \end{solutionordottedlines} \part Why? \begin{solutionorbox}[4cm] Because. \end{solutionorbox}\end{parts}\end{questions}\end{document}"
NESTED = r"""
\begin{document}
\begin{problem}How many pairs are there?\end{problem}
\begin{solution}
We count the ordered pairs first.
\begin{answer}
6
\end{answer}
Each pair was counted twice.
\end{solution}
\begin{problem}Why?\end{problem}
\begin{solution}
Because of the symmetry. \begin{proof} Swap $x$ and $y$. \end{proof} So it is the same for both.
\end{solution}
\begin{problem}Is the sum of two odd numbers even?\end{problem}
\begin{solution}
Is the sum of two odd numbers even?
\begin{answer}
It is.
\end{answer}
\end{solution}
\end{document}
"""
SHARES = "## Question 1 (16%)\n**Problem:** Find it.\n\n**Solution:** Found.\n\n## Question 2 (12 %): Sums\nAdd.\n\n**Solution:** Added.\n"
CASES = [
    ("exam-class-dotted-lines", ".tex", DOTTED, {"1a": ("How large", "It is large."), "1b": ("Why?", "Because.")}),
    ("shares-in-percent", ".md", SHARES, {"1": ("title = 'Find it'", "Found."), "2": ("title = 'Sums'", "Added.")}),
    ("what-stands-behind", ".tex", BEHIND, {"1": ("Is it so?\n'''", "It is so, since"), "2-1": (r"\item $x$", "$u$", "Remark"), "2-2": ("$v$",)}),
    ("exam-class", ".tex", EXAM, {
        "1a": (r"Let $A \in \mathbb{R}^{n \times n}$ be symmetric.", r"Show that $\lVert A \rVert^2 = \operatorname{tr}(A^2)$", r"\operatorname{tr}(A^\top A)"),
        "1b": (r"What is $\operatorname{tr}(I_3)$?", r"\boxed{3}"),
        "2": ("Which is even?", "A. 3", "Answer: B"),
    }),
    ("theorems-and-lists", ".tex", ARTICLE, {"1i": ("Find its trace", "The trace is $2$"), "1ii": ("Find its rank", "The rank is $1$"), "2": (r"\item $x > 0$", "is positive", "Add them.")}),
    ("a-list-of-questions", ".tex", LISTED, {"1a": ("First.", "One?"), "1b": ("Two?",), "2": ("Second.", "Done.")}),
    ("braces-and-headings", ".tex", BRACED, {"1": ("What is it?\n'''", "solution = '''\nIt is {\\bf so}."), "2": ("And this?", "That.")}),
    ("solutions-at-the-end", ".md", AT_THE_END, {"1a": ("What?", "This", "one"), "1b": ("That", "two"), "2": ("Who?", "three")}),
    ("quarto-and-details", ".md", QUARTO, {"1": ("Compute.", "Done."), "2": ("Prove.", "Proved.")}),
    ("myst-and-quotation", ".md", MYST, {"1": ("Compute.", "Done."), "2": ("Prove.", "Proved.\nIt is.")}),
    ("a-numbered-list", ".md", NUMBERED, {"1": ("$1 + 1$", "2"), "2a": ("Compute:", "$2 + 2$", "4"), "2b": ("$3 + 3$", "6")}),
    ("what-ends-a-numbered-list", ".md", "**Problem 1.** Compute:\n\n1. One?\n2. Two?\n\n**Solution.**\n1. first\n2. second\n\n**Problem 2.** Compute:\n\n1. Three?\n2. Four?\n\n**Problem 3.** Say:\n\n1. Five?\n2. Six?\n", {
        "1-1": ("Compute:", "One?", "'''\nfirst\n'''"), "1-2": ("Two?", "'''\nsecond\n'''"), "2-1": ("Three?",), "2-2": ("Four?\n'''",), "3-1": ("Say:", "Five?"), "3-2": ("Six?",),
    }),
    ("boxes-and-letters", ".md", BOXES, {"1": ("B. 4", "Answer: B, C"), "2": ("B. 3", "B")}),
    ("short-parts-are-options", ".md", SHORT, {"1": ("How many?", "C. 22", "so (c)")}),
    ("points-behind-bold", ".md", "## Problem 1\n\n**(a)** [5 pts] Find $x$.\n\n**(b)** (2 points) Find $y$.\n\n# Solutions\n\n## Problem 1 Solution\n\n**(a)** [5 pts]\n$x = 1$\n\n**(b)** two\n", {"1a": ("points = 5", "'''\nFind $x$.", "'''\n$x = 1$"), "1b": ("points = 2", "two")}),
    ("text-behind-a-solution", ".tex", r"\begin{document}\begin{problem}What? \begin{solution}Four.\end{solution} Think of all that is said.\end{problem}\begin{problem}Who?\end{problem}\end{document}", {"1": ("'''\nWhat?  Think of all that is said.\n'''", "'''\nFour."), "2": ("'''\nWho?\n'''",)}),
    ("a-solution-ends-with-its-environment", ".tex", "\\begin{document}\n\\begin{enumerate}\n\\item What?\n\\begin{solution}\nFour.\n\\end{solution}\n\\item Why?\n\\begin{proof}\nSo.\n\\end{proof}\n\\end{enumerate}\n\\end{document}", {"1": ("'''\nWhat?\n'''", "'''\nFour.\n'''"), "2": ("'''\nWhy?\n'''", "'''\nSo.\n'''")}),
    ("a-solution-with-a-list", ".tex", r"\begin{document}\section{Problem 1}What? \begin{enumerate}\item One? \begin{solution}\begin{enumerate}\item First. \item Then.\end{enumerate} Done.\end{solution} \item Two? \begin{solution}Yes.\end{solution}\end{enumerate}\end{document}", {"1-1": ("'''\nWhat?\n\nOne?\n'''", "'''\n\\begin{enumerate}\\item First. \\item Then.\\end{enumerate} Done."), "1-2": ("'''\nWhat?\n\nTwo?\n'''", "'''\nYes.")}),
    ("a-solution-until-its-list-ends", ".tex", "\\begin{document}\\section{Problem 1}What? \\begin{enumerate}\\item One?\n\n\\textbf{Solution:} First.\n\n\\item Two?\n\n\\textbf{Solution:} Then.\\end{enumerate} So far. \\section{Problem 2}Who?\\end{document}", {"1-1": ("'''\nWhat?  So far.\n\nOne?\n'''", "'''\nFirst.\n'''"), "1-2": ("\n\nTwo?\n'''", "'''\nThen.\n'''"), "2": ("'''\nWho?\n'''",)}),
    ("a-part-behind-a-solution", ".md", "## Problem 1\nWhat?\n\n(a) One?\n\n**Solution.** Four.\n\n(b) Two?\n\n**Solution.** (a) no mark\n\n## Problem 2\nWho?\n", {"1a": ("'''\nWhat?\n\nOne?\n'''", "'''\nFour.\n'''"), "1b": ("'''\nWhat?\n\nTwo?\n'''", "'''\n(a) no mark\n'''"), "2": ("'''\nWho?\n'''",)}),
    ("a-heading-in-a-solution", ".md", "## Problem 1\nWhat?\n\n::: {.solution}\nFour.\n\n## Remark\n\nFive.\n:::\n\nThink of it.\n\n## Problem 2\nWho?\n", {"1": ("'''\nWhat?\n\nThink of it.\n'''", "'''\nFour.\n\n## Remark\n\nFive.\n'''"), "2": ("'''\nWho?\n'''",)}),
    ("an-answer-inside-a-solution", ".tex", NESTED, {"1": ("'''\nWe count the ordered pairs first.", "6", "Each pair was counted twice."), "2": ("'''\nBecause of the symmetry.", "Swap $x$ and $y$.", "So it is the same for both."), "3": ("'''\nIs the sum of two odd numbers even?\n'''", "'''\nIt is.")}),
    ("a-box-inside-a-solution", ".md", "## Problem 1\nWhat?\n\n::: {.solution}\nFour, or so.\n\n::: {.answer}\nFive.\n:::\n\nThat is all.\n:::\n", {"1": ("'''\nFour, or so.", "Five.", "That is all.\n'''")}),
    ("what-is-commented-out", ".tex", "\\begin{document}\n\\begin{problem}\nWhat?\n\\begin{comment}\nToo easy.\n\\end{comment}\n\\vspace{2cm}\\vspace[x]{3cm}\\setlength{\\parskip}{4pt} Here.\n\\begin{solution}Four.\\end{solution}\n\\end{problem}\n\\begin{problem}Run \\begin{verbatim}\nx = 1\n\\end{verbatim}\n\\end{problem}\n\\end{document}", {"1": ("'''\nWhat?\n\n Here.", "Four."), "2": ("\\begin{verbatim}\nx = 1\n\\end{verbatim}",)}),
    ("code-holds-no-marks", ".md", CODE, {"1": ("# Solution", "(a) = 1", "It runs.")}),
]  # fmt: skip


def taken(tmp_path: Path, text: str, ending: str) -> writing.Taken:
    source = tmp_path / f"given{ending}"
    source.write_text(text, encoding="utf-8")
    return writing.take("hw", tmp_path / "problems", source)


@pytest.mark.parametrize(("ending", "text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_questions_parts_and_solutions(
    ending: str, text: str, expected: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    done = taken(tmp_path, text, ending)
    assert [name.partition("/")[2] for name in done.problems] == list(expected)
    for name, said in expected.items():
        problem = (tmp_path / "problems" / "hw" / f"{name}.toml").read_text(encoding="utf-8")
        assert [part for part in said if part not in problem] == [], problem


def test_what_is_taken_passes_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: None) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw5.tex").write_text(EXAM, encoding="utf-8")
    made = inside("new", "set", "hw5", "--from", "hw5.tex")
    assert made.returncode == 0, made.stdout
    assert "wrote 3 problems" in made.stdout
    checked = inside("check", "hw5/*")
    assert checked.returncode == 0, checked.stdout
    library = Library(tmp_path / "problems")
    assert (library.load("hw5/1a").points, library.load("hw5/1a").cluster) == (4, "hw5/1")
    assert library.load("hw5/1b").score == {"number": {"value": 3.0}}
    assert library.load("hw5/2").score["choice"]["correct"] == ["B"]
    assert library.load("hw5/1b").around.homework == {"title": "Homework 5"}
    assert len(library.load("hw5/2").around.earlier) == 2
    again = inside("new", "set", "hw5", "--from", "hw5.tex")
    assert again.returncode == 2
    assert "nothing is overwritten" in again.stdout + again.stderr


def test_what_could_not_be_decided_is_listed(tmp_path: Path) -> None:
    text = (
        "# Set\n\n## Problem 1\nLook at ![it](fig.png) and $\\foo$.\n\n(a) See part (b).\n\n(b) Why?\n\n"
        "## Problem 3\nWhy?\n\n**Solution.** It is 4 = 4.\n"
    )
    said = "\n".join(taken(tmp_path, text, ".md").doubts)
    for doubt in (
        "no question was found for the numbers 2", "1a, 1b: no staff solution", "the figure 'fig.png' was not found",
        "it refers to 'part (b)'", "\\foo", "may be the number 4",
    ):  # fmt: skip
        assert doubt in said


ORDINARY = [
    r"\min_x \max_y \lim_{n} \sup_z \inf_w \arg\min f, \boldsymbol{\mu} = \bm x, \operatorname{tr} A, \mathbb{E} X, \mathcal{N}",
    r"\Bigl( \bigl[ \biggl\{ \Biggl| x \Biggr| \biggr\} \bigr] \Bigr), \big( \Big( \bigg( \Bigg( x",
    r"\label{a} x \eqref{a} \ref{a} \cite{b} \footnote{\url{c}} \intertext{so} y \shortintertext{and} z \allowbreak \ensuremath{x}",
    r"\centering \toprule a \midrule \multicolumn{2}{c}{b} \cline{1-2} \multirow{2}{c}{d} \bottomrule \setlength{\tabcolsep}{1pt} \newline \includegraphics{a}",
    r"\Require x \Ensure y \For{i} \While{x} \If{y} \State z \EndIf \EndWhile \EndFor \Return x \Comment{so}",
    r"\Procedure{f}{x} \Call{g}{x} \EndProcedure \Function{g}{x} \EndFunction",
    r"{\rm a} {\bf b} {\it c} {\sf d} {\cal E} {\bfseries f} \textsc{g} {\small h} {\large i} \raggedright \arraybackslash \par \item j",
]  # fmt: skip


@pytest.mark.parametrize("formula", ORDINARY)
def test_ordinary_commands_leave_no_doubt(formula: str, tmp_path: Path) -> None:
    text = f"# Set\n\n## Problem 1\n\nWhy is ${formula}$?\n\n**Solution.** It is so.\n"
    assert not any("commands" in doubt for doubt in taken(tmp_path, text, ".md").doubts)


@pytest.mark.parametrize(
    ("head", "title", "course"),
    [
        (r"\title{One}\course{Two}", "One", "Two"),
        (r"\assignment{One} \coursename{Two}", "One", "Two"),
        (r"\hwtitle {One} \class{Two \\ Three}", "One", "Two"),
        (r"\title[1]{One: \textbf{so \& so}\vspace{2in}} \hmwkClass{Two}", "One: so & so", "Two"),
        (r"\newcommand{\hmwkTitle}{One} \newcommand{\hmwkClass}{Two}", "One", "Two"),
        (r"\newcommand{\hmwkClass}{Two} \title{\textbf{\hmwkClass: One}}", "Two: One", "Two"),
        (r"\def\assignment{One} \newcommand{\course}[1]{#1} \newcommand{\class}{\mathcal{C}}", "One", ""),
        (r"\author{One} \titlepage{Two} \coursework{Three}", "", ""),
    ],
)
def test_what_names_a_homework_and_its_course(head: str, title: str, course: str, tmp_path: Path) -> None:
    taken(tmp_path, f"{head}\n\\begin{{document}}\\begin{{problem}}Who?\\end{{problem}}\\end{{document}}", ".tex")
    said = tomllib.loads((tmp_path / "problems" / "hw" / "set.toml").read_text(encoding="utf-8"))
    assert (said.get("title", ""), said.get("course", "")) == (title, course)


def test_a_heading_within_a_solution_is_told(tmp_path: Path) -> None:
    text = (
        "# Set\n\n## Question 1\n\nHow many?\n\n**Solution.** We count.\n\n### A remark\n\nThree.\n\n"
        "## Question 2\n\nWhy?\n\n**Solution.** It is so.\n"
    )
    (doubt,) = taken(tmp_path, text, ".md").doubts
    assert "1: the heading 'A remark' marks no question and stands in its solution" in doubt


@pytest.mark.parametrize("said", ["All matrices are real.", ""], ids=["shared", "nothing"])
def test_what_the_questions_share_is_offered_in_the_file_of_the_set(said: str, tmp_path: Path) -> None:
    taken(tmp_path, f"# Set\n\n{said}\n\n## Question 1\n\nHow many?\n\n**Solution.** Three.\n", ".md")
    written = (tmp_path / "problems" / "hw" / "set.toml").read_text(encoding="utf-8")
    assert ("# setting = '''" in written) is bool(said)
    assert f"# {said}" in written


def test_half_a_surrogate_pair_in_a_notebook_is_shown_as_lost(tmp_path: Path) -> None:
    text = json.dumps({"cells": [{"cell_type": "markdown", "source": "## Problem 1\nWhy \ud800?"}], "nbformat": 4})
    taken(tmp_path, text, ".ipynb")
    assert "Why ??" in Library(tmp_path / "problems").load("hw/1").statement


def test_a_notebook(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Lab\n", "## Problem 1 (2 points)\n", "Write `f`."], "metadata": {}},
        {"cell_type": "code", "source": "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION", "metadata": {"nbgrader": {"solution": True}}},
        {"cell_type": "code", "source": "assert f() == 1", "metadata": {"nbgrader": {"grade": True, "solution": False}}},
        {"cell_type": "markdown", "source": "## Problem 2\nWhy?", "metadata": {}},
        {"cell_type": "markdown", "source": "Because.", "metadata": {"tags": ["solution"]}},
        {"cell_type": "raw", "source": 5},
    ]  # fmt: skip
    done = taken(tmp_path, json.dumps({"cells": cells, "nbformat": 4}), ".ipynb")
    assert done.problems == ("hw/1", "hw/2")
    first = Library(tmp_path / "problems").load("hw/1")
    assert "return 1" in first.staff.solution
    assert "return 1" not in first.statement
    assert "def f():" in first.statement
    assert first.points == 2
    assert any("tests were left out" in doubt for doubt in done.doubts)


PDF_LINES = ["Homework 2", "1. (4 points) What is one and one?", "A. one", "B. two", "Solution: B", "2. Why?", "(a) Here", "(b) There", "Page 1"]  # fmt: skip


def pdf_of(lines: list[str]) -> bytes:
    """A page of text as a PDF, written by hand."""
    shown = " T* ".join(f"({line.replace('(', chr(92) + '(').replace(')', chr(92) + ')')}) Tj" for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 50 750 Td {shown} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]  # fmt: skip
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )


def test_a_pdf(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    source = tmp_path / "given.pdf"
    source.write_bytes(pdf_of(PDF_LINES))
    done = writing.take("hw", tmp_path / "problems", source)
    assert done.problems == ("hw/1", "hw/2a", "hw/2b")
    first = Library(tmp_path / "problems").load("hw/1")
    assert (first.points, first.score["choice"]["correct"]) == (4, ["B"])
    assert any("without their layout" in doubt for doubt in done.doubts)


@pytest.mark.parametrize(
    ("text", "points", "left"),
    [
        ("Compute $\\det A$. (2 points)", 2.0, "Compute $\\det A$."), ("Why? [3 pts]\n", 3.0, "Why?"), ("Why? (1.5 Punkte).", 1.5, "Why?"),
        ("It has (2 points) in the plane.", None, "It has (2 points) in the plane."), ("Draw 3 points", None, "Draw 3 points"),
    ],
    ids=str,
)  # fmt: skip
def test_points_at_the_end_of_a_question(text: str, points: float | None, left: str) -> None:
    assert heads.ending(text) == (points, left)


def test_questions_that_run_into_each_other_are_named(tmp_path: Path) -> None:
    text = (
        "\\documentclass{article}\n\\newtheorem{aufg}{Aufgabe}\n\\begin{document}\n\\section*{Problem 1}\nWhat is $1 + 1$?\n"
        "\\end{aufg}\n\\begin{aufg}\nWhat is $2 + 2$?\n\\begin{solution}4\\end{solution}\n\\end{document}\n"
    )
    done = taken(tmp_path, text, ".tex")
    assert any(r"it holds \end{aufg}: are two questions" in doubt for doubt in done.doubts), done.doubts


def test_a_script_without_a_guard_is_not_run_again_for_a_pdf(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    (tmp_path / "hw.pdf").write_bytes(pdf_of(PDF_LINES))
    script = tmp_path / "script.py"
    script.write_text(
        "print('begins', flush=True)\n"
        "from pathlib import Path\n"
        "from evalkit.specs.pdf import text_of\n"
        "print(len(text_of(Path('hw.pdf').read_bytes(), 'hw.pdf')))\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (found.stdout.split(), found.stderr) == (["begins", "1"], "")


HEADS = [
    ("Problem 3: Sums (5 points)", True, ("question", "3")),
    ("Exercise IV", True, ("question", "4")),
    ("Problem 2(b).", False, ("question", "2")),
    ("Problem of the week", False, None),
    ("Solution", False, ("solution", None)),
    ("Solution to Problem 3(b):", True, ("solution", "3")),
    ("PROBLEM 1 SOLUTION (10 points)", True, ("solution", "1")),
    ("Problem 2(a): Answer", True, ("solution", "2")),
    ("Solution is unique.", False, None),
    ("Answer the questions", True, None),
    ("Answer: 4", False, ("solution", None)),
    ("Lösung.", True, ("solution", None)),
    ("Part Two", True, ("part", "2")),
    ("(iv) holds", False, ("part", "iv")),
    ("a. There", False, ("part", "a")),
    ("e.g. this", False, None),
    ("3. Next", False, ("question", "3")),
    ("3.5 is it", False, None),
]  # fmt: skip


@pytest.mark.parametrize(("line", "strong", "expected"), HEADS, ids=[h[0] for h in HEADS])
def test_heads(line: str, strong: bool, expected: tuple[str, str | None] | None) -> None:
    found = heads.mark(line, strong)
    assert (None if found is None else (found[0].kind, found[0].label)) == expected
