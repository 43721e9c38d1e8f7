"""What is said of a problem file and an experiment file with one fault: each key left out, misspelt, or with another value.
Then what is taken for a secret, and how drawn numbers are written.

Of the keys of scorers only those that these files hold; of long complaints the beginning.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

from evalkit.errors import EvalkitError
from evalkit.specs import experiment, marks, problems, secrets
from evalkit.specs.toml import validate
from tests.recorded import plain

PROBLEM = r"""
title = "Shares"
cluster = "set/shares"
points = 2.5
statement = "Of <<n>> pens a third is red. How many, and what is $f(w)$?"
passage = "All pens are red or blue."
ban = { wordings = ["Do not divide.", "Avoid division."] }
request = "Use a table."
wrong_hint = "Double it."
dimensions = ["k < m"]
definitions = ["f(w) = w^\\top A w"]

[pushback]
right = "Are you sure?"
wrong = "No."

[[hints]]
level = "method"
text = "Split it."

[staff]
solution = "A third of <<n>> is <<third>>."
approach = "share"

[symbols]
A = "m x m, symmetric"
w = "m"

[[approaches]]
id = "share"
title = "By shares"

[[milestones]]
id = "third"
title = "The third"
any_of = ["\\nabla_w f(w) = 2Aw"]
approaches = ["share"]

[score.number]
value = 4
unit = "pens"
tolerance = 0.1

[score.text]
any_of = ["red pens"]
none_of = ["blue pens"]

[score.choice]
options = { A = "4", B = "5" }
correct = ["A"]

[[gold]]
name = "good"
reply = "**Final answer:** 4 pens"

[[foils]]
name = "bad"
reply = "**Final answer:** 5 pens"
misses = ["number.correct"]

[variants]
values = { n = [12, 15, 18] }
derive = { third = "n / 3" }
where = ["n > 3"]
"""
EXPERIMENT = """
title = "A comparison"
note = "A pilot."
problems = ["set/*"]
templates = ["plain", "hint", "ban", "both"]
samples = 3
baseline = "plain"
contrasts = [["hint", "plain"]]
interactions = [["plain", "hint", "ban", "both"]]
delta = { "number.correct" = 0.1 }
primary = "number.correct"
answer_line = true
seed = 7
scorers = ["number"]

[wordings]
hint = ["One.", "Two."]

[[models]]
id = "openai:m"
name = "mine"
base_url = "http://localhost:1/v1"
parameters = { temperature = 0.5, max_tokens = 100 }
limits = { requests_per_minute = 60, timeout = 30 }

[budget]
max_cost = 1.5
max_requests = 1000

[stop]
metric = "number.correct"
contrast = ["hint", "plain"]
every = 5
e_value = 10

[judge]
id = "openai:j"
votes = 3
"""
URLS = (
    None, "", "http://localhost:1/v1", "https://ann:0123456789@host:8/v1", "https://host/v1?key=0123456789&n=1", "https://host/v1?0123456789", "http://h/#0123456789", "http://[",
    "https://a-long-user@host/v1?short=1&token=abcdefgh#frag", "//0123456789:p@h", "host/v1", "https://host/v1?a=1=0123456789;b=short",
)  # fmt: skip
PARAMETERS: tuple[dict[str, Any], ...] = (
    {"temperature": 0.5, "stop": ["\n", "END"]}, {"api_key": "0123456789", "n": 2}, {"extra_headers": {"Authorization": "Bearer 0123456789abcdef", "X-Trace": "on"}},
    {"headers": {"x-api-key": "short", "cookie": "id=0123456789"}}, {"tools": [{"name": "search", "token": "abcdefghij"}, "plain text"]}, {"secret": ["0123456789", {"inner": "abcdefghij"}]},
    {"max_tokens": 100, "token_count": 5, "password": 12345678}, {"user": "sk-0123456789abcdefghijABCDEFGHIJ0123456789"}, {"extra_body": {"keys": {"a": "0123456789"}, "seed": 1}}, {},
)  # fmt: skip
THEIRS = re.compile(r": (?:input|string|list|value|dictionary) should (?:[^('/]|'[^']*'|\((?!found))*")
"""Words of pydantic, which differ from one version to the next."""
VALUES: tuple[Any, ...] = (3.5, -1, "x", "", [], ["x"], {}, True)


def told(folder: Path) -> Iterator[str]:
    del folder
    yield from _faults(
        "problem", tomllib.loads(PROBLEM), lambda table: problems.of_table(table, "set/shares", "p.toml")
    )
    yield from _faults("experiment", tomllib.loads(EXPERIMENT), _experiment)
    yield from _secrets()
    yield from _marks()


def _secrets() -> Iterator[str]:
    for url in URLS:
        yield f"address {url}: {secrets.bare(url)} without {list(secrets.in_url(url))}"
    for given in PARAMETERS:
        yield f"parameters {given}: {secrets.without(given)} without {list(secrets.in_parameters(given))}"


def _marks() -> Iterator[str]:
    """Every way to write a drawn number or text, in the places where one may stand."""
    numbers: dict[str, Fraction | float | str] = {
        "n": Fraction(12), "half": Fraction(-1, 2), "third": Fraction(1, 3), "tiny": Fraction(1, 10**6), "root": 1.41421356, "less": -0.25, "name": "Ann",
    }  # fmt: skip
    for name, form in product((*numbers, "nn", "n + 1"), ("<<{}>>", "<<+ {}>>", "<<{}:2>>", "<<- {}>>", "x^<<{}>>")):
        for at in ("statement", "score.number.value", "gold.expect.number.correct"):
            faults: list[str] = []
            found = marks.filled(
                {"<<n>>": [form.format(name)]} if at == "statement" else form.format(name), numbers, at, faults
            )
            yield f"{at} {form.format(name)}: {found!r} {faults or ''}"


def _experiment(table: dict[str, Any]) -> None:
    experiment.checked(validate(experiment.Experiment, table, "e.toml"), "e.toml")


def _faults(name: str, whole: dict[str, Any], read: Callable[[dict[str, Any]], object]) -> Iterator[str]:
    yield f"--- {name}: {_said(read, whole)}"
    for place in _places(whole):
        *above, key = place
        for what, change in (("left out", None), ("misspelt", None), *(("", value) for value in VALUES)):
            table = copy.deepcopy(whole)
            inside: Any = table
            for step in above:
                inside = inside[step]
            old = inside.pop(key)
            if what == "misspelt":
                inside[f"{key}z"] = old
            elif not what:
                inside[key] = change
            yield f"{'.'.join(map(str, place))} {what or repr(change)}: {_said(read, table)}"


def _said(read: Callable[[dict[str, Any]], object], table: dict[str, Any]) -> str:
    try:
        read(table)
    except EvalkitError as error:
        return " / ".join(THEIRS.sub(": no such value ", plain(line))[:200] for line in str(error).splitlines()[:3])
    return "taken"


def _places(table: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in (
        table.items() if isinstance(table, dict) else enumerate(table[:1]) if isinstance(table, list) else ()
    ):
        if isinstance(table, dict):
            yield (*above, key)
        yield from _places(value, (*above, key))
