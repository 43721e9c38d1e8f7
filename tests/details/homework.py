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
ASKED = "problem prob exercise ex question quest qu task pset homeworkProblem hwexercise myproblem newtask theproblem problem2"
SOLVED = "solution solutions soln sol answer ans proof response key mysolution hwanswer staffsolution modelsolution solutionbox answerenv"
LAYOUT = (
    "newpage clearpage pagebreak bigskip medskip smallskip vfill hfill hrule noindent centering vspace{1cm} hspace{1cm} setcounter{a}{1} "
    "addtocounter{a}{1} setlength{\\parindent}{0pt} thispagestyle{empty} pagestyle{empty} fillwithlines{2cm} fillwithdottedlines{2cm} "
    "makeemptybox{2cm} answerline droptotalpoints hrulefill label{x} stepcounter{a} newcounter{b} nopagebreak samepage printanswers "
    "noprintanswers tableofcontents maketitle"
)
KNOWN = (
    "min max lim sup inf log exp sin cos tan det dim ker gcd Pr arg deg hom ln lg sec csc cot sinh cosh tanh coth arcsin arccos arctan "
    "limsup liminf boldsymbol bm bold mbox tag notag nonumber intertext shortintertext textcolor hline cline toprule midrule bottomrule "
    "multicolumn multirow dots dotsc dotsb ldots cdots vdots ddots displaystyle textstyle operatorname mathop limits nolimits substack "
    "underbrace overbrace stackrel overset underset middle mod pmod bmod pod mathring ensuremath xrightarrow xleftarrow phantom vphantom "
    "hphantom smash lVert rVert lvert rvert Vert vert textbf textit textrm emph choose binom dbinom tbinom Bigl Bigr bigl bigr biggl "
    "biggr Biggl Biggr big Big bigg Bigg tfrac dfrac cfrac iint iiint oiint mathscr mathfrak mathsf mathtt mathit quad qquad text textsc "
    "textsf texttt newline par small large raggedright arraybackslash tabcolsep mathrm gets allowbreak rm bf it sf cal bfseries"
)
"""Commands of formulas that are no doubt, and one that is."""
LISTS = (
    "\\begin{choices}\\choice One.\\CorrectChoice Two.\\end{choices}", "\\begin{checkboxes}\\choice One.\\correctchoice Two.\\end{checkboxes}",
    "\\begin{oneparchoices}\\choice One.\\CorrectChoice Two.\\end{oneparchoices}",
    "\\begin{oneparcheckboxes}\\choice One.\\CorrectChoice Two.\\end{oneparcheckboxes}",
    *(f"\\begin{{enumerate}}[{style}]\\item Why?\\item How?\\end{{enumerate}}" for style in
      ("label=(\\alph*)", "label=\\Alph*.", "label=\\roman*)", "label=\\Roman*", "label=\\arabic*", "(a)", "(A)", "(i)", "(I)", "1.")),
    "\\begin{enumerate}\\item[(x)] Why? (2 pts)\\item How?\\begin{enumerate}\\item Now?\\item Then?\\end{enumerate}\\end{enumerate}",
    "\\begin{itemize}\\item Why?\\item How?\\end{itemize}", "\\begin{compactenum}\\item Why?\\item How?\\end{compactenum}",
    "\\begin{parts}\\part[2] Why?\\part How?\\begin{subparts}\\subpart Now?\\subpart Then?\\begin{subsubparts}\\subsubpart So?\\subsubpart No?"
    "\\end{subsubparts}\\subpart Third?\\end{subparts}\\end{parts}",
)  # fmt: skip


def small_texts() -> Iterator[tuple[str, str]]:
    r"""What marks a question, a solution, a part, in every name of LaTeX that is known; what only sets a page; `\\known` commands."""
    for name in ASKED.split():
        yield f"asked by {name}", f"\\begin{{{name}}} Why? \\end{{{name}}}\n\\begin{{solution}} So. \\end{{solution}}"
    for name in SOLVED.split():
        yield f"solved by {name}", f"\\begin{{problem}} Why? \\end{{problem}}\n\\begin{{{name}}} So. \\end{{{name}}}"
    for name in ("chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph"):
        yield (
            f"headed by {name}",
            f"\\{name}{{Problem 1}} Why?\n\n\\{name}{{Solution}} So.\n\n\\{name}{{Problem 2}} How?",
        )
    for name in ("question", "titledquestion{It}", "bonusquestion", "problem", "exercise", "qu", "prob"):
        yield f"begun by {name}", f"\\{name}[3] Why? \\solution{{So.}}\n\\{name}[2] How?"
    for name in ("solution", "sol", "soln", "answer", "ans"):
        yield (
            f"answered by {name}",
            f"\\newcommand{{\\{name}}}[1]{{#1}}\\begin{{document}}\\begin{{problem}} Why? \\{name}{{So.}} \\end{{problem}}",
        )
    for n, text in enumerate(LISTS):
        yield (
            f"list {n}",
            f"\\begin{{problem}} Why? {text} \\end{{problem}}\n\\begin{{solution}} (a) So. \\end{{solution}}",
        )
    laid = " ".join(f"\\{command}" for command in LAYOUT.split())
    yield "layout", f"\\begin{{problem}} Why {laid} now? \\end{{problem}}"
    known = " ".join(f"\\{command}{{x}}" for command in f"{KNOWN} unknowncommand".split())
    yield "commands of formulas", f"\\begin{{problem}} Why is ${known}$? \\end{{problem}}"


MARKED = (
    "(a) What is 1?\n\n(b) What is 2?\n\n- Why?\n- How?\n", "(a) What is 1?\n\n**Solution.** 1.\n\n(b) What is 2?\n\n**Solution.** 2.\n", "a) What is 1?\n\nb) What is 2?\n",
    "a. What is 1?\n\nb. What is 2?\n\nc. What is 3?\n", "(b) What is 1?\n\n(c) What is 2?\n", "(a) What is 1?\n", "(i) What is 1?\n\n(ii) What is 2?\n",
    "1. What is 1?\n2. What is 2?\n", "1. What is 1?\n   a. And 2?\n   b. And 3?\n2. What is 4?\n", "1. What is 1?\n\n   (a) And 2? (3 points)\n\n   (b) And 3?\n\n2. What is 4? [5 pts]\n",
    "2. What is 1?\n3. What is 2?\n", "1) What is 1?\n\n2) What is 2?\n\n40) What is 3?\n", "- What is 1?\n- What is 2?\n", "* What is 1?\n\n  * And 2?\n\n* What is 3?\n",
    "# One\n\nWhat is 1?\n\n# Two (4 points)\n\nWhat is 2?\n", "# Sheet\n\n## One\n\nWhat is 1?\n\n### Solution\n\nIt is 1.\n\n## Two\n\nWhat is 2?\n\n### Solution\n\nIt is 2.\n",
    "**1.** What is 1?\n\n**2.** What is 2?\n", "**Problem 1.** What is 1?\n\n**Answer:** 1\n\n**Problem 2.** What is 2?\n\n**Answer:** 2\n", "Problem 1\n\nWhat is 1?\n\nProblem 2\n\n1. One?\n2. Two?\n",
    "Q1: What is 1?\nA1: It is 1.\n\nQ2: What is 2?\nA2: It is 2.\n", "Question 1 (10 points): What is 1?\n\nQuestion 2: What is 2? (5 points)\n", "Exercise 1.1\n\nWhat is 1?\n\nExercise 1.2\n\nWhat is 2?\n",
    "1(a) What is 1?\n\n1(b) What is 2?\n\n2(a) What is 3?\n", "Problem 1\n\n(a) What is 1?\n\n(b) What is 2?\n\nSolution to 1(a). 1.\n\nSolution to 1(b). 2.\n", "What is 1?\n\nSolution: 1\n\nWhat is 2?\n\nSolution: 2\n",
    "Problem 1\n\nStep 1. What is 1?\n\nStep 2. What is 2?\n", "### Problem 1 (10%)\n\nWhat?\n\n### Problem 2 [optional]\n\nWhy?\n", "## Problem 1\n\nWhat?\n\n## Problem 1\n\nWhy?\n", "## Problem 2\n\nWhat?\n\n## Problem 1\n\nWhy?\n",
    "Problem 1. Choose.\n\nA. one\nB. two\nC. three\n\nAnswer: B\n", "Problem 1. Choose.\n\n- [ ] one\n- [x] two\n", "Problem 1. True or false? 2 is even.\n\nAnswer: True\n", "Problem 1. What is 1 + 1?\n\nAnswer: 2 pens, since 1 + 1 = 2.\n", "", "Nothing is asked.\n",
)  # fmt: skip
"""What marks a question in plain text."""
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
    for name, text in small_texts():
        yield from _taken(folder, name, ".tex", text.encode(), whole=True)
    for n, text in enumerate(MARKED):
        yield from _taken(folder, f"marked {n}", ".md", text.encode(), whole=True)
    yield from _taken(folder, "a page", ".pdf", pdf_of(PDF_LINES))


def _taken(folder: Path, name: str, ending: str, content: bytes, whole: bool = False) -> Iterator[str]:
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
        if not whole:
            yield f"{path.name} {len(text.splitlines())} {short(text.replace(target, 'SET'))}"
        elif path.name != "set.toml":
            yield f"{path.name} " + " | ".join(
                line for line in text.replace(target, "SET").splitlines() if line and not line.startswith("#")
            )
    yield from done.doubts
