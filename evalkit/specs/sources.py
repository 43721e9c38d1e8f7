r"""Statement and solution of a homework in LaTeX or Markdown.

Not covered: macros of the author's own, files that \input others, and solutions in a file of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = "problem|exercise|question|task"
_ENDINGS = "solution|proof|answer|sol"
_ENVIRONMENT = re.compile(rf"\\begin\{{(?:{_NAMES})\*?\}}(?:\[[^\]\n]*\])?(?:\{{[^{{}}\n]*\}})?", re.IGNORECASE)
_HEADING = re.compile(
    rf"^[ \t]*(?:\#+[ \t]*|\*\*|\\(?:sub)*section\*?\{{|\\(?:{_NAMES})\{{)(?:{_NAMES})?[ \t]*\d+(?![\d.]*\.\d)\b",
    re.MULTILINE | re.IGNORECASE,
)
r"""`## Problem 2`, `**Exercise 2.**`, `\section*{Question 2}`, `\problem{2}`."""
_SOLUTION = re.compile(
    rf"^[ \t]*(?:\\begin\{{(?:{_ENDINGS})\*?\}}(?:\[[^\]\n]*\])?"
    rf"|\\(?:sub)*(?:section|paragraph)\*?\{{(?:{_ENDINGS})[.:]?\}}[.:]?"
    rf"|\#+[ \t]*(?:{_ENDINGS})\b.*"
    rf"|<summary>[ \t]*(?:{_ENDINGS})\b.*?</summary>"
    rf"|(?:\*\*|__|\*|_|\\(?:textbf|textit|emph)\{{|\{{\\(?:bf|it|em|bfseries|itshape)[ \t]+)(?:{_ENDINGS})[.:]?"
    rf"(?:\*\*|__|\*|_|\}})[.:]?"
    rf"|(?:{_ENDINGS})[.:](?=\s))",
    re.MULTILINE | re.IGNORECASE,
)
_COMMENT = re.compile(r"(?<!\\)%.*\n?")
_DROPPED = re.compile(
    rf"\\(?:begin|end)\{{(?:{_NAMES}|{_ENDINGS})\*?\}}(?:\[[^\]\n]*\])?|\\maketitle|\\(?:noindent|newpage|clearpage)\b"
    r"|</?(?:details|summary)(?: [^<>]*)?>",
    re.IGNORECASE,
)


def taken(text: str) -> tuple[str, str]:
    r"""Statement and solution of the first problem of a text; the solution is empty where none is marked.

    The solution begins at `\begin{solution}`, `\begin{proof}`, or at a heading, bold, slanted or first word of a line
    Solution, Answer or Proof.
    """
    problem = _first(_body(text))
    start = _SOLUTION.search(problem)
    if start is None:
        return _bare(problem), ""
    return _bare(problem[: start.start()]), _bare(problem[start.end() :])


def notes(text: str) -> Iterator[str]:
    """What the author has to know of what was taken over."""
    count = len(_starts(_body(text)))
    if count > 1:
        yield f"it holds {count} problems, and only the first was taken over: give each a file of its own"
    if not taken(text)[1]:
        yield r"no solution is marked in it (\begin{solution}, a heading or a bold word Solution), so fill it in"


def _body(text: str) -> str:
    found = re.search(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", text, re.DOTALL)
    body = found[1] if found else text
    # In Markdown a percent sign is a percent sign.
    return _COMMENT.sub("", body) if "\\begin{" in text or "\\documentclass" in text or "\\section" in text else body


def _starts(body: str) -> list[int]:
    """Where problems begin: by environments, else by numbered headings."""
    return [m.start() for m in _ENVIRONMENT.finditer(body)] or [m.start() for m in _HEADING.finditer(body)]


def _first(body: str) -> str:
    starts = _starts(body)
    return body[: starts[1]] if len(starts) > 1 else body


def _bare(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", _DROPPED.sub("", text)).strip()
