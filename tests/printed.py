"""Figures that README and docs print of the example, made anew: `python -m tests.printed` writes them into the pages.

A page marks what is printed: `<!-- printed: NAME -->` ... `<!-- /printed -->`. NAME is one of `PRINTED`, and what stands
between the marks is what its function makes of the example. tests/test_printed.py holds the pages to it. Not covered:
what benchmarks measure (coverage of intervals, times); each such table names the command that makes it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evalkit
from evalkit.comparing.agreement import ALL_ARMS, table_rows
from evalkit.showing import glossary as words
from evalkit.showing.tables.form import Table, latex, markdown
from evalkit.specs import templates
from tests.arrange import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
MARKED = re.compile(r"(<!-- printed: ([a-z ]+) -->)(.*?)(<!-- /printed -->)", re.S)
SAMPLES = "runs/hw7-sample.jsonl"


def use_levels() -> str:
    """The first table of `evalkit compare runs/hw7.sqlite -f markdown --metric approach.level`."""
    found = evalkit.load_run("runs/hw7.sqlite").compare(metrics=["approach.level"])
    table = next(t for t in found.tables() if t.title.startswith("approach.level") and "against plain" in t.title)
    return f"\n{markdown(table)}"


def answer() -> str:
    """The sentences with which `evalkit run runs/hw7.toml` ends."""
    words = evalkit.load_run("runs/hw7.sqlite").compare().shown.words
    return "\n" + "".join(f"> {sentence.replace('_', chr(92) + '_')}\n>\n" for sentence in words).removesuffix(">\n")


def plain_means() -> str:
    """The table of plain means that stands below them."""
    return "\n" + markdown(evalkit.load_run("runs/hw7.sqlite").compare().tables()[0])


def altered(turn: int) -> str:
    """Altered quotations in a turn of the arm that asks for them, on average."""
    scores = evalkit.load_run("runs/hw7.sqlite").scores(turn, ["quotes.altered"])
    return f"{scores[scores['template'] == 'double_check_passage']['value'].mean():.2f}"


def altered_of_the_first() -> str:
    """Of sample 0 alone, as `evalkit show hw7/4a --prompt double_check_passage` prints it."""
    (chat,) = evalkit.load_run("runs/hw7.sqlite").chats("hw7/4a", "double_check_passage").chats
    return f"{next(s.score.value for s in chat.of_turn(2) if s.score.metric == 'altered'):g}"


def labels() -> str:
    """The rows of all arms of `evalkit agreement labels.sqlite`, for the scorers of derivations."""
    label(Path())
    found = evalkit.load_run("labels.sqlite").agreement()
    wanted = ("approach.", "assumptions.", "ban.", "equations.", "leaps.", "milestones.")
    rows = [r for r in found.rows if r.arm == ALL_ARMS and r.metric.startswith(wanted)]
    columns, cells = table_rows(rows)
    kept = [columns.index(name) for name in ("metric", "labels", "agree", "kappa", "label>score")]
    table = Table("", tuple(columns[i] for i in kept), tuple(tuple(row[i] for i in kept) for row in cells))
    return "\n" + markdown(table).partition("\n\n")[2]


def glossary() -> str:
    """The words of the tables, as the report explains them."""
    return words.markdown()


def paper_table() -> str:
    """The first table of differences of `evalkit compare runs/hw7.sqlite --format latex`."""
    found = evalkit.load_run("runs/hw7.sqlite").compare(metrics=["approach.level"])
    table = next(t for t in found.tables() if t.title.startswith("approach.level") and "against plain" in t.title)
    body = latex(Table(table.title, table.columns, table.rows, "", table.numeric))
    return f"\n```latex\n{body}```\n"


def gallery() -> str:
    """The templates that come with evalkit, with what each says of itself and needs of a problem."""
    library = templates.Library(ROOT / "prompts")
    rows = []
    for name in library.names():
        made = library.load(name)
        rows.append((name, made.about, ", ".join(needed(made)) or "nothing"))
    return (
        "\n" + markdown(Table("", ("template", "what it does", "needs of a problem"), tuple(rows))).partition("\n\n")[2]
    )


def needed(template: templates.Template) -> list[str]:
    """What a problem must have for it, found by giving it what it asks for until it is content."""
    given: dict[str, Any] = {"statement": "s"}
    found: list[str] = []
    while True:
        try:
            templates.rehearse(template, given)
        except templates.LacksError as error:
            found.append(error.name)
            name, _, part = error.name.partition(".")
            whole: Any = {} if name in ("hints", "pushback") else [EARLIER] if name == "earlier" else "x"
            given[name] = {**given.get(name, {}), part: "x"} if part else whole
        else:
            return [name for name in found if not any(other.startswith(f"{name}.") for other in found)]


EARLIER = {"statement": "s", "solution": "t"}
PRINTED: dict[str, Callable[[], str]] = {
    "answer": answer,
    "plain means": plain_means,
    "use levels": use_levels,
    "altered at first": lambda: altered(1),
    "altered at last": lambda: altered(2),
    "altered of the first": altered_of_the_first,
    "labels": labels,
    "glossary": glossary,
    "paper table": paper_table,
    "templates": gallery,
}


def prepare(folder: Path) -> None:
    """The example experiment, run in this folder."""
    for name in ("problems", "prompts"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "runs").mkdir()
    for file in ("runs/hw7.toml", SAMPLES):
        shutil.copy(ROOT / file, folder / file)
    with contextlib.chdir(folder):
        evalkit.run("runs/hw7.toml")


def label(folder: Path) -> None:
    """`labels.sqlite` in the folder of the example, where it is missing: the sample replies with their labels, scored."""
    with contextlib.chdir(folder):
        if not Path("labels.sqlite").exists():
            evalkit.import_transcripts(SAMPLES, "labels.sqlite")
            evalkit.score("labels.sqlite")


def renewed(page: str) -> str:
    """The page with all that is printed made anew, in the folder of the example."""
    return MARKED.sub(lambda m: m[1] + PRINTED[m[2]]() + m[4], page)


def main() -> None:
    """Write the pages that have changed."""
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        os.chdir(name)
        for path in PAGES:
            page = path.read_text(encoding="utf-8")
            new = renewed(page)
            if new != page:
                path.write_text(new, encoding="utf-8")
                print(f"{path.name}: written anew", file=sys.stderr)
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
