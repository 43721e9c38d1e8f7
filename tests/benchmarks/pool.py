"""One model at 1, 2 and 4 servers, and with one of them killed: how fast, what is lost, what is asked twice.

    python -m tests.benchmarks.pool [--trials 2000] [--latency 0.7] [--in-flight 32] [--kills 3]

The servers (tests.server) are processes of their own on the loopback that take so many requests at once and answer
each after so many seconds, as a model server of a given size does; the run is the command, in a process of its own,
without probe and scoring. With `--kills`, so many runs with two servers: one is killed by SIGKILL at a random moment,
every second time started anew on the same port. Counted are replies in the run file, the answers that the servers gave,
and those given more than once (an answer that a killed server made and could not deliver is counted by nobody).
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.runfile.store import Store
from tests.arrange import ROOT, write_problems
from tests.benchmarks.engine import processor_time
from tests.kills import stats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROBLEMS = 50


@dataclass
class Found:
    """What one run came to."""

    wall: float
    told: str
    """What the command said of its servers."""
    code: int
    trials: int
    failed: int
    stored: int
    """Replies in the run file."""
    answered: int
    """By the servers that are still there."""
    twice: int
    """Of these, given to a request that had been answered."""
    cpu: float
    """Seconds of processor time that the command took, start-up included."""
    cpu_of_servers: float = 0.0


class Process:
    """A server in a process of its own; started again it has the same port."""

    def __init__(self, latency: float, capacity: int) -> None:
        self._options = ["--latency", str(latency), "--capacity", str(capacity)]
        self.port = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.server", "--port", str(self.port), *self._options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rpartition(":")[2].partition("/")[0])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def servers(count: int, latency: float, capacity: int) -> Iterator[list[Process]]:
    with ExitStack() as stack:
        started = [Process(latency, capacity) for _ in range(count)]
        for one in started:
            stack.callback(one.kill)
        yield started


def run(folder: Path, urls: Sequence[str], trials: int, in_flight: int) -> subprocess.Popen[str]:
    """The command under way."""
    write_problems(folder, PROBLEMS)
    (folder / "runs").mkdir(exist_ok=True)
    (folder / "runs" / "x.toml").write_text(
        f'problems = ["p/*"]\ntemplates = ["plain", "step_by_step"]\nsamples = {trials // PROBLEMS // 2}\n'
        f'[[models]]\nid = "openai:m"\nbase_urls = {list(urls)}\nparameters = {{ seed = 1, max_tokens = 64 }}\n'
        f"limits = {{ in_flight = {in_flight} }}\n".replace("'", '"'),
        encoding="utf-8",
    )
    command = ["run", "runs/x.toml", "--prompts", str(ROOT / "prompts"), "--no-probe", "--no-score"]
    return subprocess.Popen(
        [sys.executable, "-m", "evalkit", *command],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def found(folder: Path, process: subprocess.Popen[str], urls: Sequence[str], start: float) -> Found:
    """Wait for the end and count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, told = process.communicate()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)  # of those that were waited for: the servers still run
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    paid = sum((Counter(stats(url)["paid"]) for url in urls), Counter[str]())
    with Store(folder / "runs" / "x.sqlite") as store:
        outlines = store.outlines()
        replies = sum(1 for _ in store.replies())
    lines = " | ".join(line.strip() for line in told.splitlines() if line.startswith("  ") or "down" in line)
    failed = sum(outline.error is not None for outline in outlines.values())
    return Found(
        wall, lines, process.returncode, len(outlines), failed, replies, paid.total(), paid.total() - len(paid), cpu
    )


def speed(count: int, trials: int, latency: float, in_flight: int) -> Found:
    with tempfile.TemporaryDirectory() as name, servers(count, latency, in_flight) as started:
        urls = [one.url for one in started]
        start = time.perf_counter()
        one = found(Path(name), run(Path(name), urls, trials, in_flight), urls, start)
        one.cpu_of_servers = sum(processor_time(server.process.pid) for server in started)
        return one


def with_a_kill(number: int, trials: int, latency: float, in_flight: int) -> Found:
    """Kill the first of two at a random moment; every second time it comes back."""
    again = number % 2 == 1
    with tempfile.TemporaryDirectory() as name, servers(2, latency, in_flight) as started:
        urls = [one.url for one in started]
        start = time.perf_counter()
        process = run(Path(name), urls, trials, in_flight)
        while not stats(urls[0], "?short")["answered"] and process.poll() is None:
            time.sleep(0.05)
        time.sleep(random.Random(number).uniform(0.3, 3.0))
        started[0].kill()
        if again:
            time.sleep(1.0)
            started[0].start()
        return found(Path(name), process, urls if again else urls[1:], start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=0.7)
    parser.add_argument("--in-flight", type=int, default=32, help="of each server")
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    given = options.trials, options.latency, options.in_flight
    for number in range(options.kills):
        print(f"  kill {number + 1}: {with_a_kill(number, *given)}", flush=True)
    for count in () if options.kills else (1, 2, 4):
        print(f"  {count} servers: {speed(count, *given)}", flush=True)


if __name__ == "__main__":
    main()
