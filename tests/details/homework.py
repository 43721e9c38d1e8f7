"""What is made of homework: every file that is written, word by word as digests, and every doubt.

The texts are those of tests/test_homework.py, which says of each what must be found in it, each also cut in the middle, as
a file that is being written is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import evalkit
from evalkit.specs.homework import writing
from tests.recorded import plain, short
from tests.test_homework import CASES, PDF_LINES, pdf_of

DOUBTED = (
    "# Set: a title\n\n*Course 101*, due on Friday.\n\n## Problem 1 [4 points]\nLook at ![it](fig.png) and $\\foo{x}$.\n\n"
    "(a) See part (b).\n\n(b) Why? (2 pts)\n\n(d) And so on, as in Problem 7?\n\n## Problem 3\nWhy?\n\n**Solution.** It is 4 = 4.\n\n"
    "## Problem 3\nTwice.\n\n## Problem 5\n\n- (i) one\n- (ii) two\n\n### Note\n\nUse $\\|x\\|$, and \\ref{eq:1}.\n\n"
    "> **Answer:** 1/2\n\n## Problem 6: Choose\n\nA) one\nB) two\nC) three\n\n**Solution.** (B), since 2 = 2.\n"
)
TEX = r"""
\documentclass[answers]{exam}
\newcommand{\half}{\tfrac12} \newcommand{\pair}[2][y]{(#1, #2)} \def\loose#1{<#1>} \DeclareMathOperator*{\argmin}{arg\,min}
\hwtitle{Homework 9} \course{CS 1} \author{N. N.}
\begin{document}
\section*{Notation} We write $\pair{x}$ for points, and \loose{odd} for others.
\begin{questions}
\question[3] \label{q:one} Find $\argmin_x f(x)$, to $\half$. \begin{figure}\includegraphics[width=3cm]{plot}\caption{It.}\end{figure}
\begin{solution} $x = \half$. \end{solution}
\bonusquestion[1] See \ref{q:one}. \begin{parts} \part Why? \begin{subparts} \subpart[1] One. \subpart[2] Two. \end{subparts} \part How? \end{parts}
\question True or false? \begin{checkboxes}\choice Yes. \CorrectChoice No. \end{checkboxes}
\question \begin{tabular}{cc} 1 & 2 \\ 3 & 4 \end{tabular} What is the trace? \begin{solution} \framebox{5} \end{solution}
\end{questions}
\begin{thebibliography}{9}\bibitem{a} A book.\end{thebibliography}
\end{document}
"""
NOTEBOOK = json.dumps({"nbformat": 4, "metadata": {"kernelspec": {"language": "python"}}, "cells": [
    {"cell_type": "markdown", "source": ["# Lab 2\n", "## Problem 1 (2 points)\n", "Write `f`."], "metadata": {}},
    {"cell_type": "code", "source": "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION", "metadata": {"nbgrader": {"solution": True}}},
    {"cell_type": "code", "source": "assert f() == 1", "metadata": {"nbgrader": {"grade": True, "solution": False}}},
    {"cell_type": "markdown", "source": "## Problem 2\nWhy?", "metadata": {}},
    {"cell_type": "markdown", "source": "Because.", "metadata": {"tags": ["solution"]}},
    {"cell_type": "code", "source": "1 + 1", "outputs": [{"output_type": "execute_result", "data": {"text/plain": "2"}}], "metadata": {}},
    {"cell_type": "raw", "source": 5},
]})  # fmt: skip


def told(folder: Path) -> Iterator[str]:
    texts = [(name, ending, text) for name, ending, text, _ in CASES]
    texts += [("doubted", ".md", DOUBTED), ("all of exam", ".tex", TEX), ("a notebook", ".ipynb", NOTEBOOK)]
    for name, ending, text in texts:
        yield from _taken(folder, name, ending, text.encode())
        yield from _taken(folder, f"half of {name}", ending, text[: len(text) // 2].encode())
    yield from _taken(folder, "a page", ".pdf", pdf_of(PDF_LINES))


def _taken(folder: Path, name: str, ending: str, content: bytes) -> Iterator[str]:
    source = folder / f"given{ending}"
    source.write_bytes(content)
    target = f"set{sum(1 for _ in (folder / 'problems').glob('*'))}"
    try:
        done = writing.take(target, folder / "problems", source)
    except evalkit.SpecError as error:
        yield f"--- {name}: {error}"
        return
    yield f"--- {name}: {len(done.problems)} problems"
    for path in done.files:
        text = plain(path.read_text(encoding="utf-8")) if path.suffix == ".toml" else path.suffix
        yield f"{path.name} {len(text.splitlines())} {short(text.replace(target, 'SET'))}"
    yield from done.doubts
