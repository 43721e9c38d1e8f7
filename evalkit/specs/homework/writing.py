"""A homework that was taken apart, as files: one problem for each question or part, and set.toml.

Nothing is overwritten; either all files are written or none.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs import skeletons
from evalkit.specs.attachments import MAX_FILES
from evalkit.specs.homework import answers, figures, heads, markdown, notebook, printed, tex
from evalkit.specs.homework.hidden import MATHS, Hidden
from evalkit.specs.homework.known import COMMANDS
from evalkit.specs.homework.solved import Homework, Question
from evalkit.specs.homework.tree import build
from evalkit.specs.sets import FILE

READERS = {
    ".tex": tex.read, ".md": markdown.read, ".markdown": markdown.read, ".qmd": markdown.read, ".rmd": markdown.read,
    ".ipynb": notebook.read, ".pdf": printed.read,
}  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9_-]*)*")
MAX_STATEMENT = 200_000
_MENTION = re.compile(
    r"\\(?:eq)?ref\{[^{}]{1,80}\}"
    r"|\b(?:parts?|questions?|problems?|exercises?)[ ~]+(?:\(?[a-h]\)|\(?(?:\d{1,2}|[ivx]{1,4})\.?\)|\d{1,2}\b)"
    r"|\b(?:previous|preceding|above) (?:part|question|problem)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Taken:
    """What was written, and what a person should look at, each with the problem or file that it is about."""

    files: tuple[Path, ...]
    problems: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass
class _File:
    name: str
    text: str
    doubts: list[str] = field(default_factory=list)
    pictures: dict[str, Path] = field(default_factory=dict)


def take(name: str, folder: Path, source: Path) -> Taken:
    """Write `<folder>/<name>/*.toml` from a homework. Raises SpecError; nothing is written then."""
    if not NAME.fullmatch(name):
        raise SpecError(f"{name!r} is no name of a set: letters, digits, - and _ (hw8)")
    reader = READERS.get(source.suffix.lower())
    if reader is None:
        raise SpecError(f"{source}: a homework is a file {', '.join(READERS)}")
    target = folder / name
    if target.exists():
        raise SpecError(f"{target}: exists already; nothing is overwritten")
    homework = Homework()
    build(reader(source, homework), homework)
    files = [_file(name, names, source.parent.resolve()) for names in _leaves(homework.questions)]
    if not files:
        raise SpecError(f"{source}: no question was found; how questions are marked: docs/problems.md")
    twice = {f.name for f in files if sum(1 for other in files if other.name == f.name) > 1}
    if twice:
        raise SpecError(f"{source}: two questions would be called {sorted(twice)[0]!r}; number them apart")
    written = _write(target, files, _set(homework, files))
    about: dict[str, list[str]] = {doubt: [FILE] for doubt in _of_set(homework)}
    for file in files:
        for doubt in file.doubts:
            about.setdefault(doubt, []).append(file.name)
    doubts = tuple(f"{', '.join(names)}: {doubt}" for doubt, names in about.items())
    return Taken(tuple(written), tuple(f"{name}/{f.name}" for f in files), doubts)


def _of_set(homework: Homework) -> Iterator[str]:
    yield from dict.fromkeys(homework.doubts)
    if len(homework.setting.split()) > 12:
        yield "the text before the first question stands there as a comment; make it `setting` if the questions need it"


def _leaves(questions: list[Question], above: tuple[Question, ...] = ()) -> Iterator[tuple[Question, ...]]:
    for question in questions:
        if question.parts:
            yield from _leaves(question.parts, (*above, question))
        else:
            yield (*above, question)


def name_of(row: tuple[Question, ...]) -> str:
    """`3`, `3a`, `3bi`, `3-2` for a numbered part, `1-2` for question 1.2, `3bii-i` for a roman part of a roman one."""
    said = before = ""
    for question in row:
        label = re.sub(r"[^A-Za-z0-9]+", "-", question.label).strip("-") or "x"
        apart = label[0].isdigit() or set(label + before) <= set("ivx")
        said += f"-{label}" if said and apart else label
        before = label
    return said


def _file(set_name: str, row: tuple[Question, ...], folder: Path) -> _File:
    question = row[-1]
    answers.options_in(question)
    if question.points is None:
        question.points, question.text = heads.ending(question.text)
    statement = "\n\n".join(text for q in row if (text := tidy(q.text)))
    if question.options:
        listed = "\n".join(f"{letter}. {text}" for letter, text in answers.lettered(question).items())
        statement = f"{statement}\n\n{listed}"
    solution = tidy(question.solution)
    made = _File(name_of(row), "")
    scored = answers.scored(question, solution)
    made.doubts += scored.doubts
    if not solution and question.options and scored.toml.startswith("["):
        right = re.search(r"correct = \[(.*)\]", scored.toml)
        solution = f"Answer: {', '.join(re.findall('[A-Z]', right[1]))}" if right else ""
    _look(made, question, statement, solution)
    _illustrate(made, statement, solution, folder)
    title = next((t for q in reversed(row) if (t := q.title.strip())), "") or _words(question.text or statement)
    along = [f"figures/{name}" for name in made.pictures][:MAX_FILES]
    attached = f"attachments = {json.dumps(along, ensure_ascii=False)}\n" if along else ""
    points = "" if question.points is None else f"points = {question.points:g}\n"
    cluster = f'cluster = "{set_name}/{row[0].label}"\n' if len(row) > 1 else ""
    body = solution or skeletons.SOLUTION
    made.text = (
        f"title = {answers.quoted(title[:120])}\n{points}{cluster}{attached}\n"
        f"statement = {block(statement or skeletons.STATEMENT)}\n\n"
        f"{_STEERING}\n[staff]\nsolution = {block(body)}\n\n{scored.toml}\n{skeletons.taken_over()}"
    )
    return made


_STEERING = """\
# ban = '''what an approach ban says'''
# request = '''how a student asks for the staff's approach'''
# passage = '''a text that the question is about'''
"""


def _illustrate(made: _File, statement: str, solution: str, folder: Path) -> None:
    """The figures of a statement go along with it; those of a solution would tell the answer."""
    for name in dict.fromkeys(figures.named(statement)):
        path = figures.found(name, folder)
        if path is None:
            made.doubts.append(f"the figure {name[:80]!r} was not found in the folder of the homework")
        else:
            made.pictures[figures.stored_as(path, folder)] = path
    for name in dict.fromkeys(figures.named(solution)):
        made.doubts.append(f"the solution shows a figure, {name[:80]!r}, which was not taken over")


def _look(made: _File, question: Question, statement: str, solution: str) -> None:
    if not tidy(question.text):
        made.doubts.append("its statement is empty" if not statement else "it has no text of its own")
    if len(statement) > MAX_STATEMENT or len(solution) > MAX_STATEMENT:
        raise SpecError(f"{made.name}: longer than {MAX_STATEMENT} characters; are its questions marked?")
    if not solution:
        made.doubts.append("no staff solution was found: fill it in (or move it there, where the statement holds it)")
    if mention := _MENTION.search(question.text):
        made.doubts.append(
            f"it refers to {' '.join(mention[0].split())!r}, which a model that sees it alone does not have"
        )
    if left := _unmatched(f"{statement}\n{solution}"):
        made.doubts.append(f"it holds {left}: are two questions, or a question and its solution, in one?")
    if unknown := _unknown(f"{statement}\n{solution}"):
        made.doubts.append(f"commands that neither LaTeX nor the file defines: {', '.join(unknown)}")


def _unmatched(text: str) -> str | None:
    """The first beginning or end of an environment that has not its other half."""
    opened: list[str] = []
    for mark in re.finditer(r"\\(begin|end)\s*\{([^{}\n]{1,60})\}", text):
        if mark[1] == "begin":
            opened.append(mark[2])
        elif not opened or opened.pop() != mark[2]:
            return mark[0]
    return f"\\begin{{{opened[0]}}}" if opened else None


def _unknown(text: str) -> list[str]:
    """Commands in formulas that nobody defines, the first few."""
    from latex2mathml import commands, symbols_parser

    known = {v for v in vars(commands).values() if isinstance(v, str)} | set(commands.FUNCTIONS)
    found: list[str] = []
    hidden = Hidden()
    hidden.put(text, MATHS)
    for formula in hidden.texts:
        for command in dict.fromkeys(re.findall(r"\\[A-Za-z]{2,}", formula)):
            defined = command in known or command[1:] in COMMANDS or symbols_parser.convert_symbol(command) is not None
            if not defined and command not in found:
                found.append(command)
    return found[:5]


def tidy(text: str) -> str:
    """Without the indentation that all lines share, line breaks of TeX at its ends, rules, and blank lines in a row."""
    text = textwrap.dedent(text.replace("\t", "    ").replace("\r", ""))
    text = re.sub(r"\n[ \t]*(?:-{3,}|\*{3,})[ \t]*(?=\n|\Z)", "\n", text)
    text = re.sub(r"(?:\s|\\\\(?!\[))+\Z|\A(?:[ \t]*(?:\\\\)?[ \t]*\n)+", "", text)
    text = re.sub(r"\A\s*\\\\\s+", "", text)
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text).strip("\n")


def _words(statement: str) -> str:
    """The first words of a statement, formulas left out."""
    text = re.sub(
        r"\$\$?[^$]{0,400}\$\$?|\\[\[(].{0,400}?\\[\])]|\\[A-Za-z]+\*?(?:\[[^\]]{0,40}\])?|[{}*_`#>~]", " ", statement
    )
    said = re.split(r"(?<=[.?!:])\s", " ".join(text.split()))[0]
    words = said.split()[:10]
    return " ".join(words).strip(" .,;:") or "untitled"


def block(text: str) -> str:
    """A text of several lines as a TOML string: as it stands, unless it holds what such a string cannot."""
    text = "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127 and not 0xD800 <= ord(c) < 0xE000))
    if "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}\n'''"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""\n{escaped}\n"""'


def _set(homework: Homework, files: list[_File]) -> str:
    said = ["# What the questions of this homework share; every key may be left out: docs/problems.md"]
    for key, text in (("title", homework.title), ("course", homework.course)):
        said += [f"{key} = {answers.quoted(text[:200])}"] if text.strip() else []
    if homework.notation.strip():
        said.append(f"notation = {block(homework.notation)}")
    said.append("order = [" + ", ".join(f'"{f.name}"' for f in files) + "]")
    if setting := tidy(homework.setting):
        said += ["", "# setting = '''", *(f"# {line}" for line in block(setting).splitlines()[1:-1]), "# '''"]
    return "\n".join(said) + "\n"


def _write(target: Path, files: list[_File], about: str) -> list[Path]:
    """Beside, then renamed: what cannot be written as a whole is not written at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise SpecError(f"{target}: cannot be written: {error.strerror}") from None
    try:
        (beside / FILE).write_text(about, encoding="utf-8")
        for file in files:
            (beside / f"{file.name}.toml").write_text(file.text, encoding="utf-8")
            for name, picture in file.pictures.items():
                (beside / "figures").mkdir(exist_ok=True)
                shutil.copyfile(picture, beside / "figures" / name)
        beside.chmod(0o755)
        os.rename(beside, target)  # noqa: PTH104 - Path.rename would do the same
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise SpecError(f"{target}: cannot be written: {error.strerror}") from None
    return sorted(path for path in target.rglob("*") if path.is_file())
