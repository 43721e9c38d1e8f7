"""The command line: every option with its default and limits, and what a small project says to uses that are wrong."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from typer.main import get_command

from evalkit.cli import app
from tests.arrange import ROOT, inside, write_problems
from tests.recorded import plain

USES = """\
--version
check --problems nowhere
check q/*
show p/00001
show p/00001 -t hint_after --answer-line
show p/00001 --diff plain,ban_approach,hint_after
show p/00001 --diff plain
show p/1
show p/00001 -t plane
show
show p/00001 --run nowhere.sqlite
schema --problems
run
run nowhere.toml
run -p p/* -t plain -m replay
run -p p/* -t plain -m nobody:x
run -p p/* -t plain -m openai:x --dry-run --run a.sqlite
run -p p/* -t plain -t hint_first -m openai:x --samples 3 --dry-run --json --run a.sqlite --prices input=1,output=2
run -p p/* -t plain -m openai:x --dry-run --run a.sqlite --limit 2 --max-cost 0.5
run -p p/* -t plain -m openai:x --dry-run --run a.sqlite --shard 2/3
run -p p/* -t plain -m openai:x --dry-run --run a.sqlite --shard 4/3
run -p p/* -t plain -m openai:x --dry-run --run a.sqlite --set temperature=0.5 --max-tokens 50
run -p p/* -t plain -m openai:x --dry-run --run a.sqlite --set temperature
run -p p/* -t plain -m openai:x --dry-run --run a.sqlite --baseline ban
run -p p/* -t plain -m openai:x --dry-run --run a.txt
run -p p/* -t plain -m openai:x --prices output --dry-run --run a.sqlite
run -p p/* -t plain -m openai:x -m openai:y --name z --dry-run --run a.sqlite
run -p p/* -t plain -m openai:x --samples 0 --dry-run --run a.sqlite
run -p p/* -t plain -m openai:x --wait --dry-run --run a.sqlite
compare nowhere.sqlite
compare empty.sqlite
report empty.sqlite
score nowhere.sqlite
score empty.sqlite
score empty.sqlite --scorer nothing
merge -o all.sqlite nowhere.sqlite
export empty.sqlite -o x.xml
export empty.sqlite -o x.csv --what scores
export empty.sqlite -o x.csv --what everything
agreement empty.sqlite
label empty.sqlite --from nowhere.csv
label empty.sqlite --double 2
read empty.sqlite p/00001
plan
plan empty.sqlite
plan --rates 0.2 1.2
plan --rates 0.2
equations reply.md
equations reply.md --problem p/00001
equations reply.md --world world.toml
equations reply.md --world world.toml --explain
equations nowhere.md --world world.toml
equations reply.md --world world.toml --json
import chats.jsonl --run b.sqlite
import broken.jsonl --run c.sqlite
import nowhere.jsonl --run b.sqlite
import chats.jsonl --run b.sqlite
import table.csv --run d.sqlite
import table.csv --run d.sqlite --map prompt=question --map reply=answer
import table.csv --as-problems new --map statement=question --map staff.solution=answer
show new/1
new problem p/00001
new problem set/fresh
new problem fresh
new prompt plain
new prompt my_arm
new set fresh --from nowhere.md
doctor -m nobody:x
compare b.sqlite
score b.sqlite
compare b.sqlite
compare b.sqlite --turn 0
compare b.sqlite --delta x
compare b.sqlite --metric number.wrong
compare b.sqlite --fail-if often
compare b.sqlite -t plane
compare b.sqlite --baseline nothing
show p/00001 --run b.sqlite -m m
show p/00001 --run b.sqlite -m other
show p/00001 --run b.sqlite --sample 7
export b.sqlite -o b.jsonl
read b.sqlite p/00001
nonsense
"""
REPLY = "With $a = 2$ and $b = 3$, $a + b = 5$ and $ab = 7$.\n"
WORLD = 'symbols = { x = "scalar", A = "n x n, symmetric" }\n'
CHATS = """\
{"problem": "p/00001", "template": "plain", "model": "m", "sample": 0, "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "**Final answer:** 1"}]}
{"problem": "p/00002", "template": "ban_approach", "model": "m", "sample": 0, "messages": [{"role": "user", "content": "b"}, {"role": "assistant", "content": "**Final answer:** 3"}]}
{"problem": "p/00002", "template": "plain", "model": "m", "sample": 0, "messages": [{"role": "user", "content": "c"}, {"role": "assistant", "content": "**Final answer:** 2"}]}
"""  # fmt: skip
BROKEN = '{"problem": "p/00001"}\n{"problem": 3, "messages": []}\nnot json\n'
TABLE = "question,answer\nWhat is 1?,1\nWhat is 2?,2\n"


def _arrange(folder: Path) -> None:
    write_problems(folder, 3)
    (folder / "prompts").mkdir()
    for template in (ROOT / "prompts").glob("*.j2"):
        (folder / "prompts" / template.name).write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    texts = {"reply.md": REPLY, "world.toml": WORLD, "chats.jsonl": CHATS, "broken.jsonl": BROKEN, "table.csv": TABLE}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    inside("import", "chats.jsonl", "--run", "empty.sqlite")


def options() -> Iterator[str]:
    """Each parameter of each command: what it is called, its kind, default and limits, and its help."""
    for name, command in sorted(vars(get_command(app))["commands"].items()):
        for option in command.params:
            kept = [
                f"{key}={getattr(option, key, None)!r}"
                for key in ("default", "required", "multiple", "nargs", "min", "max", "envvar")
            ]
            names = "/".join([*option.opts, *option.secondary_opts])
            yield f"{name} {names} {' '.join(kept)} {getattr(option, 'help', '')}"


def told(folder: Path) -> Iterator[str]:
    yield from options()
    _arrange(folder)
    for line in USES.splitlines():
        done = inside(*shlex.split(line))
        said = f"--- {line}: {done.returncode}\n{plain(done.stdout)}\n{plain(done.stderr)}"
        yield re.sub(r"python -m \S*evalkit", "evalkit", said)  # typer calls a program as it was begun
