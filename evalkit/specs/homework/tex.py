r"""A LaTeX file as pieces. The file is read, never run: no macro of TeX is executed.

Questions: environments whose name says so (`problem`, `exercise`, `homeworkProblem`, ...), `\question`, headings and
bold beginnings (heads.py). Parts: `\part`, lists, `(a)`. Solutions: environments (`solution`, `answer`, `proof`, ...),
`\solution`, headings, bold beginnings. What environments and theorems of the file's own are is read from their names
and definitions.

`\input` and packages are followed inside the folder of the file alone, and no links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs.homework import lines
from evalkit.specs.homework.heads import ROMAN, Piece, pointed, titled
from evalkit.specs.homework.hidden import CODE, MATHS, Hidden, without_signs
from evalkit.specs.homework.macros import Macros, braces
from evalkit.specs.homework.solved import Homework
from evalkit.specs.toml import MAX_BYTES, read_text

MAX_INPUTS = 100
MAX_LISTS = 8
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*(?=\S))?")
_ASKS = re.compile(
    r"(?:hw|homework|my|new|the)?(?:problem|prob|exercise|exer|ex|question|quest|qu?|task|pset)\d?", re.IGNORECASE
)
_SOLVES = re.compile(
    r"(?:my|hw|part|problem|the|model|staff)?(?:solutions?|soln|soltn|sol|answers?|ans|proof|response|key)(?:box|env|or[a-z]{3,15})?\d?",
    re.IGNORECASE,
)
_PARTS = {"parts": 1, "subparts": 2, "subsubparts": 3}
_CHOICES = ("choices", "checkboxes", "oneparchoices", "oneparcheckboxes", "answerlist", "itemchoices")
_HEADINGS = ("chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")
_QUESTIONS = ("question", "titledquestion", "bonusquestion", "problem", "exercise", "qu", "prob")
_STEPS = ("part", "subpart", "subsubpart", "ppart", "bonuspart", "bonussubpart")
_SOLUTIONS = ("solution", "sol", "soln", "answer", "ans")
_LAYOUT = frozenset((
    "maketitle", "newpage", "clearpage", "pagebreak", "bigskip", "medskip", "smallskip", "vfill", "hfill", "hrule",
    "noindent", "centering", "tableofcontents", "vspace", "hspace", "setcounter", "addtocounter", "setlength",
    "thispagestyle", "pagestyle", "fillwithlines", "fillwithdottedlines", "makeemptybox", "answerline",
    "droptotalpoints", "hrulefill", "label", "stepcounter", "newcounter", "nopagebreak", "samepage", "printanswers",
    "noprintanswers",
))  # fmt: skip
STRUCTURE = frozenset((*_HEADINGS, *_QUESTIONS, *_STEPS, *_SOLUTIONS, "choice", "CorrectChoice", "item"))
_TOKEN = re.compile(
    r"\\begin\s*\{(?P<begin>[A-Za-z@]{1,60}\d?\*?)\}|\\end\s*\{(?P<end>[A-Za-z@]{1,60}\d?\*?)\}|\\(?P<command>[A-Za-z]+)\*?|\\."
    r"|\{|\}",
    re.DOTALL,
)
_OPTIONS = re.compile(r"[ \t]*\[((?:[^\[\]{}]|\{[^{}]*\})*)\]")
_ITEM = re.compile(r"\\(alph|Alph|roman|Roman|arabic)\s*\*?|(?<![A-Za-z])([aAiI1])(?![A-Za-z])")


def read(path: Path, homework: Homework) -> list[Piece]:
    """The pieces of a file. Raises SpecError where it cannot be read."""
    source = _Source(path.parent.resolve(), homework)
    text = source.flat(without_signs(read_text(path)))
    head, begun, body = text.partition("\\begin{document}")
    if not begun:
        head, body = "", text
    body = body.partition("\\end{document}")[0]
    macros = Macros()
    macros.read(source.packages(head))
    head, body = macros.read(head), macros.read(body)
    homework.title, homework.course = _named(head + body, macros)
    hidden = Hidden()
    body = macros.expand(hidden.put(body, CODE), STRUCTURE)
    body = hidden.put(body, MATHS)
    pieces = [_shown(piece, hidden) for piece in _Reader(body, macros).pieces()]
    homework.notation = "\n".join(macro.source for name, macro in sorted(macros.kept.items()) if name not in STRUCTURE)
    for name in sorted(set(macros.kept) - STRUCTURE):
        homework.doubts.append(f"\\{name} was left as it stands; its definition is in `notation`")
    return pieces


@dataclass
class _Source:
    folder: Path
    homework: Homework
    inputs: int = 0
    size: int = 0

    def flat(self, text: str, depth: int = 0) -> str:
        """Without comments, with the files that `\\input` names."""
        hidden = Hidden()
        text = hidden.show(_COMMENT.sub(r"\1", hidden.put(text, CODE)))
        self.size += len(text)
        if self.size > MAX_BYTES:
            raise SpecError(f"{self.folder}: with the files it includes larger than {MAX_BYTES} bytes")

        def included(found: re.Match[str]) -> str:
            name = found[1].strip()
            inside = self.inside(name if name.endswith(".tex") else f"{name}.tex") if depth < 5 else None
            if inside is None:
                self.homework.doubts.append(
                    f"{found[0]} was not followed: no file of that name in the folder of the homework"
                )
                return ""
            return self.flat(without_signs(read_text(inside)), depth + 1)

        return re.sub(r"\\(?:input|include|subfile)\s*\{([^{}]{1,200})\}", included, text)

    def packages(self, head: str) -> str:
        """The definitions of packages that lie beside the file."""
        names = re.findall(r"\\(?:usepackage|RequirePackage|documentclass)(?:\[[^\]]*\])?\{([^{}]{1,400})\}", head)
        found = [name.strip() for group in names for name in group.split(",")]
        beside = [self.inside(f"{name}{ending}") for name in found[:MAX_INPUTS] for ending in (".sty", ".cls")]
        return "\n".join(_COMMENT.sub(r"\1", read_text(path)) for path in beside if path)

    def inside(self, name: str) -> Path | None:
        """A file of the folder; None for what is not there, lies elsewhere or is a link."""
        self.inputs += 1
        path = self.folder / name
        if self.inputs > MAX_INPUTS or "\0" in name or not path.is_file():
            return None
        return path if path.resolve() == path and path.is_relative_to(self.folder) else None


def _shown(piece: Piece, hidden: Hidden) -> Piece:
    return replace(piece, text=hidden.show(piece.text), title=hidden.show(piece.title))


_NAMED = (
    (("title", "assignment", "hwtitle"), ("assignment", "hwtitle", "hmwkTitle")),
    (("course", "coursename", "class", "hmwkClass"), ("course", "coursename", "hmwkClass")),
)
"""Commands, and macros without arguments, that name the homework and its course."""


def _named(text: str, macros: Macros) -> tuple[str, str]:
    """Title and course of a homework: what a command is given, or what a macro says that the file defines."""
    said = []
    for names, defined in _NAMED:
        calls = (re.search(rf"\\{name}\s*(?:\[[^\[\]]{{0,200}}\]\s*)?(?=\{{)", text) for name in names)
        found = next(filter(None, calls), None)
        end = braces(text, found.end()) if found else -1
        meant = (macro.body for name in defined if (macro := macros.known.get(name)) and not macro.count)
        given = text[found.end() + 1 : end - 1] if found and end > 0 else next(meant, "")
        given = macros.expand(given, STRUCTURE).split("\\\\")[0]
        given = re.sub(
            r"\\[vh]space\*?\s*\{[^{}]*\}|\\(?:[A-Za-z]+\*?|\\|.)|[{}~]",
            lambda m: m[0][1:] if m[0][:1] == "\\" and m[0][1:] in "#&%$_" else " ",
            given,
        )
        said.append(" ".join(given.split())[:200])
    return said[0], said[1]


class _Reader:
    """Walks through a body; what is no mark is collected and read line by line."""

    def __init__(self, body: str, macros: Macros) -> None:
        self.body, self.macros = body, macros
        self.at = 0
        self.collected: list[str] = []
        self.lists: list[list[str] | None] = []
        """Of every list: the labels of its entries to come; None for one whose entries are text."""
        self.inside: list[tuple[str, str]] = []
        """Kind and name of every environment that is open."""
        self.ends: list[int] = []
        """Where the braces of `\\solution{...}` close."""

    def pieces(self) -> Iterator[Piece]:
        while (found := _TOKEN.search(self.body, self.at)) is not None:
            self.collected.append(self.body[self.at : found.start()])
            self.at = found.end()
            if self.ends and found.start() == self.ends[-1]:
                self.ends.pop()
                yield from self._flush()
                yield Piece("end", "")
            elif found["begin"]:
                yield from self._begin(found)
            elif found["end"]:
                yield from self._end(found)
            elif found["command"]:
                yield from self._command(found)
            else:
                self.collected.append(found[0])
        self.collected.append(self.body[self.at :])
        yield from self._flush()

    def _flush(self) -> Iterator[Piece]:
        """The collected text: marks may stand where a paragraph or, behind `\\\\`, a line begins."""
        text, self.collected = "".join(self.collected), []
        begins = True
        for raw in text.splitlines(keepends=True):
            if begins and raw.strip():
                yield from lines.line(raw, tex=True)
            else:
                yield Piece("text", raw)
            begins = not raw.strip() or raw.rstrip().endswith("\\\\")

    def _options(self) -> str:
        found = _OPTIONS.match(self.body, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found[1]

    def _group(self) -> str | None:
        """The `{...}` that stands next, taken."""
        start = self.at
        while start < len(self.body) and self.body[start] in " \t":
            start += 1
        end = braces(self.body, start) if self.body[start : start + 1] == "{" else -1
        if end < 0:
            return None
        self.at = end
        return self.body[start + 1 : end - 1]

    def _kind(self, name: str) -> str:
        """What an environment is, by its name and the file's own definition of it."""
        bare = name.rstrip("*")
        own = self.macros.environments.get(name, "") or self.macros.environments.get(bare, "")
        if bare == "questions" or bare in _PARTS:
            return "container"
        if bare in _CHOICES:
            return "choices"
        if bare in ("enumerate", "itemize", "description", "compactenum", "enumerati"):
            return "list"
        if _SOLVES.fullmatch(bare) or re.search(r"\b(?:solution|answer)\b", own, re.IGNORECASE):
            return "solution"
        if _ASKS.fullmatch(bare) or re.search(r"\b(?:problem|exercise|question)\b", own, re.IGNORECASE):
            return "question"
        return "other"

    def _begin(self, found: re.Match[str]) -> Iterator[Piece]:
        name = found["begin"]
        kind = self._kind(name)
        if kind == "other":
            options = _OPTIONS.match(self.body, self.at)
            if options and re.search(r"title\s*=\s*\{?\s*(?:solution|answer)", options[1], re.IGNORECASE):
                kind = "solution"
        if kind == "list" and len(self.lists) >= MAX_LISTS:
            kind = "other"
        self.inside.append((kind, name))
        if kind == "other":
            self.collected.append(found[0])
            return
        yield from self._flush()
        if kind == "question":
            yield self._asked(found[0], self._options(), self._title())
        elif kind == "solution":
            self._options()
            yield Piece("solution", found[0], closed=True)
        elif kind == "list":
            yield self._list(found[0], name)
        elif kind == "container" and name in _PARTS:
            self.lists.append([])
            yield Piece("list", found[0])

    def _list(self, raw: str, name: str) -> Piece:
        options = self._options()
        if name.rstrip("*") not in ("enumerate", "compactenum"):
            self.lists.append(None)
            return Piece("text", f"{raw}")
        depth = sum(1 for entries in self.lists if entries)
        style = _ITEM.search(options)
        given = (
            (style[1] or {"a": "alph", "A": "Alph", "i": "roman", "I": "Roman", "1": "arabic"}[style[2]])
            if style
            else ""
        )
        self.lists.append(_labels(given or ("arabic", "alph", "roman", "Alph")[min(depth, 3)]))
        return Piece("list", raw + (f"[{options}]" if options else ""), sure=False)

    def _title(self) -> str:
        """A short `{...}` behind the beginning of a question, on its line."""
        at = self.at
        group = self._group() if self.body[at : at + 1] == "{" else None
        if group is None or len(group) > 120 or "\n" in group.strip():
            self.at = at
            return ""
        return group

    @staticmethod
    def _asked(raw: str, options: str, title: str) -> Piece:
        named = title if re.search(r"[A-Za-z]{2}", title) else ""
        text, points = titled(options)
        if points is None and re.fullmatch(r"\d{1,3}(?:\.5)?", options.strip()):
            text, points = "", float(options)
        label = re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,3})?)\s*\.?\s*", title)
        return Piece("question", raw, label[1] if label else None, title=named or text, points=points)

    def _end(self, found: re.Match[str]) -> Iterator[Piece]:
        name = found["end"]
        kind = self._kind(name)
        if self.inside and self.inside[-1][1] == name:
            kind = self.inside.pop()[0]
        if kind == "other":
            self.collected.append(found[0])
            return
        yield from self._flush()
        if kind == "question":
            yield Piece("close", "")
        elif kind == "solution":
            yield Piece("end", found[0], closed=True)
        elif kind == "list" or name in _PARTS:
            entries = self.lists.pop() if self.lists else None
            yield Piece("text" if entries is None else "endlist", found[0])

    def _command(self, found: re.Match[str]) -> Iterator[Piece]:
        name = found["command"]
        if name in _LAYOUT:
            self._options()
            while self._group() is not None:
                pass
            return
        behind = self.body[self.at : self.at + 80].lstrip(" \t")
        sectioning = name in _HEADINGS or (name == "part" and behind.startswith("{"))
        if sectioning and behind.startswith("{"):
            yield from self._flush()
            said = self._group() or ""
            yield lines.heading(f"{found[0]}{{{said}}}", said)
        elif name in _QUESTIONS and not re.match(r"[.,;]", behind):
            yield from self._flush()
            title = self._group() if name == "titledquestion" else ""
            options = self._options()
            yield self._asked(found[0], options, title or self._title())
        elif name in _STEPS:
            yield from self._flush()
            points = pointed(f"({self._options()} pts)")[0]
            yield Piece("part", found[0], points=points)
        elif name in _SOLUTIONS and ("solution" in name or name in self.macros.known or behind.startswith("{")):
            yield from self._solution(found[0])
        elif name in ("choice", "CorrectChoice", "correctchoice"):
            yield from self._flush()
            yield self._choice(name)
        elif name == "item" and self.lists and self.lists[-1] is not None:
            yield from self._flush()
            yield self._item(found[0], self.lists[-1])
        else:
            self.collected.append(found[0])

    def _solution(self, raw: str) -> Iterator[Piece]:
        yield from self._flush()
        start = re.compile(r"\s*\{").match(self.body, self.at)
        end = braces(self.body, start.end() - 1) if start else -1
        if start and end > 0:
            self.at = start.end()
            self.ends.append(end - 1)
            yield Piece("solution", raw, closed=True)
        else:
            yield Piece("solution", raw)

    def _choice(self, name: str) -> Piece:
        ends = re.compile(r"\\(?:choice|CorrectChoice|correctchoice)\b|\\end\s*\{").search(self.body, self.at)
        text = self.body[self.at : ends.start() if ends else self.at + 2000]
        self.at += len(text)
        return Piece("choice", text, title=" ".join(text.split()), correct=name != "choice")

    def _item(self, raw: str, entries: list[str]) -> Piece:
        given = self._options()
        own = re.search(r"[A-Za-z0-9]{1,4}", given)
        label = entries.pop(0) if entries else None
        points = titled(given)[1] if given else None
        return Piece("item", raw + (f"[{given}]" if given else ""), own[0].lower() if own else label, points=points)


def _labels(style: str) -> list[str]:
    if style in ("alph", "Alph"):
        return [chr(ord("a" if style == "alph" else "A") + n) for n in range(26)]
    if style in ("roman", "Roman"):
        return list(ROMAN)
    return [str(n) for n in range(1, 100)]
