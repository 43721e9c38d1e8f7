"""SIGKILL a run again and again, and look whether anything acknowledged was lost or paid for twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evalkit.runfile.store import Store
from tests.arrange import ROOT, write_problems
from tests.server import body_key

FAULTS = "429,500,503,reset,reset_inside,truncated,html,empty_choices"
PROBLEMS = 60


@dataclass
class Toll:
    """What came of it. Replies are acknowledged when they are in the run file."""

    kills: int = 0
    trials: int = 0
    stored: int = 0
    distinct: int = 0
    """Requests that the server answered, each once."""
    under_way: int = 0
    """Answered once more, since the answer was not stored yet when a kill came: no one can help that."""
    lost: int = 0
    """Replies that were in the file after a kill and later were not, or were others."""
    asked_again: int = 0
    """Answers given to requests whose reply was in the file already."""


def kill_and_resume(
    folder: Path,
    kills: int,
    *,
    samples: int = 4,
    faults: bool = False,
    tell: Callable[[Toll], None] = lambda _: None,
) -> Toll:
    """Kill the command so many times at random moments of asking, then let it finish.

    faults: 30 % of the requests fail the first time that they are asked. tell: is told how it stands after each kill.
    """
    rng, toll = random.Random(5), Toll()
    write_problems(folder, PROBLEMS)
    serve = [
        sys.executable,
        "-m",
        "tests.server",
        "--latency",
        "0.03",
        *(["--faults", FAULTS, "--rate", "0.3"] if faults else []),
    ]
    # Its complaints of connections that were killed are no news.
    server = subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        asking = [
            sys.executable, "-m", "evalkit", "run", "-p", "p/*", "-t", "plain", "-t", "repeat_hint", "-m", "openai:m",
            "--base-url", url, "--set", "seed=1", "--samples", str(samples), "--run", "run.sqlite",
            "--prompts", str(ROOT / "prompts"), "--no-probe", "--no-score",
        ]  # fmt: skip
        slowly = [*asking, "--in-flight", "8"]
        kept: dict[str, tuple[str, int]] = {}
        for _ in range(kills):
            if not killed(slowly, folder, url, rng):
                break  # it was done before
            toll.kills += 1
            look(folder, url, kept, toll)
            tell(toll)
        done = subprocess.run(asking, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr
        look(folder, url, kept, toll)
        paid = stats(url)["paid"]
    finally:
        server.terminate()
        server.communicate()
    with Store(folder / "run.sqlite") as store:
        toll.trials = len(store.trials())
    toll.distinct = len(paid)
    toll.under_way = sum(paid.values()) - len(paid) - toll.asked_again
    return toll


def stats(url: str, form: str = "") -> dict[str, Any]:
    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats" + form) as answer:  # noqa: S310 - our own server
        found: dict[str, Any] = json.load(answer)
        return found


def killed(command: list[str], folder: Path, url: str, rng: random.Random) -> bool:
    """Start the command and kill it within a second of its first request. False where it ended by itself."""
    before = stats(url, "?short")["requests"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    while process.poll() is None and stats(url, "?short")["requests"] == before:
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.6))
    gone = process.poll() is not None
    process.kill()
    process.wait()
    while stats(url, "?short")["in_flight"]:  # what it had asked is answered to nobody
        time.sleep(0.01)
    return not gone


def look(folder: Path, url: str, kept: dict[str, tuple[str, int]], toll: Toll) -> None:
    """Compare the file with what it held before; kept: body -> (reply, how often the server has answered it)."""
    paid = stats(url)["paid"]
    with Store(folder / "run.sqlite") as store:
        found = {body_of(request): reply.text for request, reply in store.replies()}
    for body, (text, times) in kept.items():
        toll.lost += found.get(body) != text
        toll.asked_again += paid[body] - times
    toll.stored = len(found)
    kept.update({body: (text, paid[body]) for body, text in found.items()})


def body_of(request: dict[str, Any]) -> str:
    """What tests/server.py calls the request."""
    messages = [{"role": role, "content": content} for role, content in request["messages"]]
    seed = request["parameters"]["seed"] + request["sample"]
    return body_key({**request["parameters"], "seed": seed, "model": "m", "messages": messages})


def told(toll: Toll) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(toll).items())
