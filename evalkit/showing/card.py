"""The card of a data set: README.md with a front matter that hubs read, and what a stranger must know of the rows.

Names, titles and models come from run files, which may be a stranger's: in the front matter each is a quoted scalar of
ASCII, in the text its marks are escaped and its length is bounded, so that it adds no key, link, image or HTML.

Not covered: whether the texts may be passed on; who exports them says the licence, and looks through them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evalkit.errors import SpecError, counted
from evalkit.runfile.exchange import CARD
from evalkit.version import VERSION

LONGEST, MOST = 200, 100
"""Characters of a name, and names that are listed one by one."""
UNKNOWN = "unknown"
"""How hubs say that no licence is stated."""
_LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,39}")
_SIZES = ((1000, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))


@dataclass(frozen=True)
class Facts:
    """What a card tells. Every text may be a stranger's."""

    what: str
    run: str
    """The name of the run file."""
    rows: int
    shards: int
    licence: str = UNKNOWN
    title: str = ""
    note: str = ""
    columns: Sequence[tuple[str, str]] = ()
    """(name, type)"""
    held: Sequence[tuple[str, str, int]] = ()
    """(template, model, conversations)"""
    problems: Sequence[tuple[str, int]] = ()
    """(set, problems)"""
    failed: int = 0
    arms: Mapping[str, str] = field(default_factory=dict)
    """Template -> what it says of itself."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Template -> the hash of its text."""
    models: Sequence[tuple[str, str, str]] = ()
    """(label, id, parameters as JSON)"""
    design: str = ""
    """Samples and seed."""
    packages: Mapping[str, str] = field(default_factory=dict)
    scorers: Sequence[tuple[str, str]] = ()
    """(scorer, number of its version)"""
    labellers: int = 0
    imported: bool = False
    """No experiment is noted: the conversations were recorded elsewhere."""


ABOUT = {
    "problem": "id of the problem, `set/name`", "template": "the arm: which prompt was used",
    "model": "label of the model",
    "sample": "number of the sample, from 0; all arms and models share it", "turn": "assistant turn, from 1",
    "messages": "the conversation: role, content, and of replies finish_reason, reasoning, usage, error",
    "labels": "JSON: human verdicts by turn and metric", "labellers": "JSON: the same by the name of who gave them",
    "relations": "JSON: human verdicts of single relations", "readings": "JSON: how replies are to be read",
    "wordings": "JSON: which wording was drawn", "variant": "JSON: which numbers were drawn",
    "error": "why the trial failed; empty where it did not", "metric": "scorer and metric",
    "value": "the verdict; empty: could not be judged, which is not 0", "reason": "why",
    "version": "of the scorer, with the hash of what it judged by", "spans": "the evidence, as places in the reply",
    "details": "JSON: what else the scorer says", "text": "the reply", "finish_reason": "why the reply ended",
    "reasoning": "what the model thought before it answered", "usage": "tokens",
    "served_by": "what the server called the model", "labeller": "who says so",
    "start": "of a relation: first character", "end": "of a relation: behind the last character",
}  # fmt: skip
LACKS = {
    "transcripts": "scores, costs", "replies": "prompts, scores, costs", "scores": "prompts, replies, costs",
    "labels": "prompts, replies, scores, costs", "judgements": "the replies that were judged, scores, costs",
}  # fmt: skip


def checked_licence(name: str | None) -> str:
    """Raises SpecError for what cannot be a hub's name of a licence."""
    if name is None:
        return UNKNOWN
    if not _LICENCE.fullmatch(name):
        raise SpecError(f"--license {name!r:.60}: write it as hubs do: cc-by-4.0, mit, apache-2.0, other, unknown")
    return name


def card(facts: Facts) -> str:
    """README.md of the folder."""
    return "\n".join([_front(facts), *_body(facts), ""])


def _front(facts: Facts) -> str:
    """JSON is YAML: a quoted scalar of ASCII ends where it says, whatever stands in it."""
    size = next((name for most, name in _SIZES if facts.rows < most), "n>10M")
    name = _short(f"{facts.title or facts.run}: {facts.what}")
    return "\n".join([
        f"{CARD} ({VERSION})",
        f"pretty_name: {json.dumps(name)}",
        f"license: {json.dumps(facts.licence)}",
        'tags: ["evalkit", "evaluation", "mathematics"]',
        f"size_categories: [{json.dumps(size)}]",
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        '    path: "data/train-*.parquet"',
        "---",
    ])  # fmt: skip


def _body(facts: Facts) -> Iterator[str]:
    yield f"# {escaped(facts.title or facts.run)}"
    if facts.note:
        yield f"\n{escaped(facts.note, 2000)}"
    problems = sum(count for _, count in facts.problems)
    yield (
        f"\n{counted(facts.rows, 'row')} ({facts.what}) in {counted(facts.shards, 'file')}, of "
        f"{counted(sum(n for *_, n in facts.held), 'conversation')} on {counted(problems, 'problem')}; "
        f"{facts.failed} of them failed and are kept with their error."
    )
    yield '\n```python\nimport datasets\nrows = datasets.load_dataset("path/to/this/folder", split="train")\n```'
    yield "\n## Columns\n"
    yield "| column | type | what it holds |\n|---|---|---|"
    for name, kind in facts.columns:
        yield f"| `{name}` | {kind} | {ABOUT[name]} |"
    yield "\n## How it was made\n"
    yield from _made(facts)
    yield "\n### Conversations\n"
    yield from _table(("template", "model", "conversations"), facts.held)
    yield "\n### Problems\n"
    yield from _table(("set", "problems"), facts.problems)
    yield "\n## Licence\n"
    if facts.licence == UNKNOWN:
        yield "Not stated by who exported it: do not take the texts for free to use."
    else:
        yield f"`{facts.licence}`, as stated by who exported it."
    yield (
        "Statements of problems belong to their authors, and the terms of a model's provider may bind what is done "
        "with its replies."
    )
    yield "\n## What is not in it, and what to mind\n"
    yield (
        f"- Not in it: {LACKS[facts.what]}, keys, addresses of servers, contents of attachments, texts of staff "
        "solutions and templates."
    )
    yield "- Replies are stored as they came: they may be wrong, copied or offensive; nobody has looked at all of them."
    yield "- Conversations of one problem and sample belong together: split by problem, never by row."
    if facts.labellers:
        yield f"- People have labelled it ({facts.labellers}); names that they gave stand in the rows."
    if facts.imported:
        yield "- No experiment is noted in the run file: the conversations were recorded elsewhere and imported."


def _made(facts: Facts) -> Iterator[str]:
    packages = [f"{escaped(name)} {escaped(version)}" for name, version in facts.packages.items()][:MOST]
    made = f"which was made with {', '.join(packages) or 'unknown versions'}."
    yield f"Exported by evalkit {VERSION} from the run file {escaped(facts.run)}, {made}"
    if facts.design:
        yield escaped(facts.design)
    if facts.models:
        yield "\n### Models\n"
        yield from _table(("label", "id", "parameters"), facts.models)
    if facts.hashes or facts.arms:
        yield "\n### Templates\n"
        names = sorted({*facts.hashes, *facts.arms})
        yield from _table(
            ("template", "what it is", "SHA-256 of its text"),
            [(name, facts.arms.get(name, ""), facts.hashes.get(name, "")) for name in names],
        )
    if facts.scorers:
        yield "\n### Scorers\n"
        yield from _table(("scorer", "version"), facts.scorers)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows[:MOST]:
        yield f"| {' | '.join(escaped(str(cell)) for cell in row)} |"
    if len(rows) > MOST:
        yield f"\n... and {len(rows) - MOST} more."


_MARKS = re.compile(r"[\\`*_{}\[\]()#!|~$@]|(?<=:)(?=//)|(?<=www)(?=\.)|^(?=[-+=])", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<=^\d)([.)])")
"""What begins a mark, an address or a name that is linked; at the beginning of a line also what begins a list."""


def escaped(text: str, most: int = LONGEST) -> str:
    """A stranger's text in Markdown as plain words on one line: no mark, link, address or HTML of it counts."""
    plain = _short(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NUMBERED.sub(r"\\\1", _MARKS.sub(r"\\\g<0>", plain))


def _short(text: str, most: int = LONGEST) -> str:
    """On one line, without what is not shown; the rest of a long one is left out."""
    shown = "".join(c if c.isprintable() else " " for c in text[: 10 * most])
    words = " ".join(shown.split())
    return words if len(words) <= most and len(text) <= 10 * most else f"{words[:most]} ..."
