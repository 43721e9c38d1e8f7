"""What the commands print of the example, recorded: `python -m tests.recorded` writes it anew.

Each entry of COMMANDS is one command in the folder of the example; `tests/recorded/` holds what it printed, and its exit
code. A change of any of these is seen in the diff of the commit that makes it. Of long outputs, of the scores and of the
report a line with a digest stands for each part: what changed there is found by running both versions.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import evalkit
from evalkit.runfile.store import Store
from tests.arrange import ROOT, inside
from tests.printed import label, prepare

FOLDER = Path(__file__).parent / "recorded"
RUN = "runs/hw7.sqlite"
COMMANDS: dict[str, str] = {
    "check": "check",
    "compare": f"compare {RUN} --all",
    "compare-first": f"compare {RUN} --all --turn first -f markdown",
    "compare-exploratory": f"compare {RUN} --exploratory --simultaneous --metric approach.level",
    "compare-json": f"compare {RUN} --json --delta approach.level=1",
    "dry-run": "run runs/hw7.toml --dry-run --run fresh.sqlite",
    "dry-run-priced": "run -p hw7/3* -t plain -t repeat_hint -m openai:gpt-4o-mini --dry-run --run priced.sqlite --json",
    "plan": f"plan {RUN} --contrast repeat_hint plain --effect 1 --delta 1",
    "agreement": "agreement labels.sqlite --json",
    "show-template": "show hw7/8b -t hint_ladder",
    "show-chat": f"show hw7/3bi -t repeat_hint --run {RUN}",
    "show-run": f"show --run {RUN}",
    "equations": "equations reply.md --problem hw7/8b --explain",
    "equations-json": "equations reply.md --problem hw7/8b --explain --json",
    "schema": "schema",
}
LONG = 20_000
"""Characters from which on an output is kept as digests of its parts."""
VOLATILE = (
    (re.compile(r"evalkit \d+\.\d+\.\d+\S*|(?:python|numpy|scipy|pandas|statsmodels)[ =:\"]+\d+\.\d+\S*"), "VERSION"),
    (
        re.compile(r"(?:warning: before the run: .* OPENAI_API_KEY is not set|the key in OPENAI_API_KEY would go).*\n"),
        "",
    ),  # one machine has a key, one has none
    (re.compile(r"(?<=\d\.\d{6})\d+"), ""),  # the last digits of a float are the machine's
    (re.compile(r"\d+(?:\.\d+)?(?:e-\d+)(?=[,\s\]}])"), "TINY"),
)


def said(name: str) -> str:
    """What a command prints, and its exit code, in the current folder."""
    done = inside(*shlex.split(COMMANDS[name]))
    text = plain(
        f"{done.stdout}\n--- errors, exit code {done.returncode}\n{done.stderr}".replace(str(Path.cwd()), "HERE")
    )
    text = "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"
    return text if len(text) < LONG else digests(re.split(r"\n(?=\n|\s{2,4}\{|  \")", text))


def plain(text: str) -> str:
    """Without what differs from machine to machine."""
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead, text)
    return text


def digests(parts: Iterable[str]) -> str:
    """A line for each part that is not empty."""
    return "".join(f"{short(part)} {len(part)} {' '.join(part.split())[:70]}\n" for part in parts if part.strip())


def scores() -> str:
    """One line for each problem and metric: the values of all turns in order, and a digest of the reasons and spans."""
    lines: dict[tuple[str, str], list[str]] = {}
    digests: dict[tuple[str, str], list[str]] = {}
    with Store(Path("labels.sqlite")) as store:
        for s in store.scores():
            key = s.trial.problem, f"{s.scorer}.{s.score.metric}"
            value = "-" if s.score.value is None else f"{s.score.value:.6g}"
            lines.setdefault(key, []).append(value)
            spans = [(x.start, x.end, x.kind, x.note) for x in s.score.spans]
            digests.setdefault(key, []).append(f"{s.score.reason} {spans}")
    return "".join(
        f"{problem} {metric}: {' '.join(values)} [{short(' '.join(digests[problem, metric]))}]\n"
        for (problem, metric), values in sorted(lines.items())
    )


def report() -> str:
    """One line for each part of the page."""
    evalkit.load_run(RUN).report("page.html")
    page = plain(Path("page.html").read_text(encoding="utf-8"))
    parts = re.split(r"(?=<(?:section|h1|h2|h3|figure|style|script|table)\b)", page)
    return digests(parts)


def short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def outputs() -> Iterator[tuple[str, str]]:
    """(file name, what belongs into it), in the folder of the example."""
    label(Path())
    chats = evalkit.load_run(RUN).chats("hw7/8b", "ban_approach").chats
    Path("reply.md").write_text(chats[0].transcript.replies[-1].text, encoding="utf-8")
    for name in COMMANDS:
        yield f"{name}.txt", said(name)
    yield "scores.txt", scores()
    yield "report.txt", report()


def main() -> None:
    """Write what has changed."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        os.chdir(name)
        for file, text in outputs():
            path = FOLDER / file
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                print(f"{file}: written anew", file=sys.stderr)
        os.chdir(ROOT)
    from tests.details.areas import record

    for file in record():
        print(f"details/{file}: written anew", file=sys.stderr)


if __name__ == "__main__":
    main()
