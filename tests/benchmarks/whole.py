"""What a whole run costs, everything included, beside the lean client; and what resuming and scoring again cost.

    python -m tests.benchmarks.whole [--requests 2000] [--arms 1] [--repeat 3] [--latency 0 --in-flight 64] [--kills 0]

Every figure is of a fresh process of compiled modules, start-up included: `evalkit run` (rendering, hashing, durable
store, progress, scoring of a short answer, and at the end words and tables, for which numpy is loaded, and with several
arms scipy), the same with --json (no tables), the same command again on the finished run file, `evalkit score` with a
scorer that is to judge anew, and `evalkit compare`. Also the size of the run file. `--kills N [--faults]`: instead, SIGKILL a run N times at random moments, finish it, and count what was
lost or paid twice. `--faults` alone: how much longer a run takes where 30 % of all attempts fail.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path

from tests.arrange import write_problems
from tests.benchmarks.engine import ROOT, measure, server
from tests.kills import FAULTS, kill_and_resume
from tests.kills import told as told_of

PROBLEMS = 100
Cost = tuple[float, float, float]
"""CPU seconds, wall seconds, peak MiB."""


def timed(*command: str, cwd: Path) -> Cost:
    """One evalkit command in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "evalkit", *command],
        cwd=cwd,
        env=compiled(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    complaint = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(complaint.decode())
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024


@lru_cache
def compiled() -> dict[str, str]:
    """The environment of a process that finds evalkit compiled, as where it is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    pycache = Path(tempfile.gettempdir()) / "evalkit-compiled"
    kept |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(pycache)}
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(ROOT / "evalkit")], env=kept, check=True)
    return kept


ARMS = ("plain", "step_by_step", "state_assumptions")
"""Of one turn and without hints, so that every trial is one request."""


def experiment(folder: Path, url: str, requests: int, in_flight: int, arms: int = 1) -> None:
    write_problems(folder, PROBLEMS)
    (folder / "runs").mkdir()
    (folder / "runs" / "x.toml").write_text(
        f'problems = ["p/*"]\ntemplates = {list(ARMS[:arms])}\nsamples = {requests // PROBLEMS // arms}\n'
        f'[[models]]\nid = "openai:m"\nbase_url = "{url}"\nparameters = {{ seed = 1, max_tokens = 64 }}\n'
        f"limits = {{ in_flight = {in_flight} }}\n",
        encoding="utf-8",
    )


def once(url: str, requests: int, in_flight: int, arms: int) -> dict[str, Cost]:
    """All figures of one round."""
    templates = ["--prompts", str(ROOT / "prompts")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        experiment(folder, url, requests, in_flight, arms)
        run, made = ["run", "runs/x.toml", *templates], folder / "runs" / "x.sqlite"
        found = {"lean client": measure("lean", url, requests, in_flight), "run": timed(*run, cwd=folder)}
        made.unlink()
        found["run --json"] = timed(*run, "--json", cwd=folder)
        print(f"  run file {made.stat().st_size / 2**20:.1f} MiB", flush=True)
        found["run again"] = timed(*run, cwd=folder)
        for file in (folder / "problems" / "p").iterdir():
            file.write_text(file.read_text(encoding="utf-8") + "tolerance = 0.001\n", encoding="utf-8")
        found["score anew"] = timed("score", "runs/x.sqlite", cwd=folder)
        found["compare"] = timed("compare", "runs/x.sqlite", cwd=folder)
        return found


def under_faults(requests: int, latency: float, in_flight: int) -> None:
    """The same run without faults, and where 30 % of all attempts fail in one way or another."""
    for faults in ((), ("--faults", FAULTS, "--rate", "0.3", "--always")):
        with server(latency, *faults) as url, tempfile.TemporaryDirectory() as name:
            experiment(Path(name), url, requests, in_flight)
            command = ["run", "runs/x.toml", "--prompts", str(ROOT / "prompts"), "--no-probe", "--json"]
            start = time.perf_counter()
            found = subprocess.run(
                [sys.executable, "-m", "evalkit", *command],
                cwd=name, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            wall = time.perf_counter() - start
            told = json.loads(found.stdout)
            what = "30 % faults" if faults else "no faults"
            failed = f"{told['failed']} failed {dict(told['failures'])}" if told["failed"] else "none failed"
            print(f"  {what}: wall {wall:.1f} s, {told['done']} done, {told['retries']} retries, {failed}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--arms", type=int, default=1, choices=range(1, len(ARMS) + 1))
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument(
        "--faults",
        action="store_true",
        help="with --kills: 30 %% of the requests fail the first time; alone: of all attempts, and how much longer it takes",
    )
    options = parser.parse_args()
    if options.kills:
        with tempfile.TemporaryDirectory() as name:
            samples = max(4, options.kills)  # so that there is something left to kill
            toll = kill_and_resume(
                Path(name), options.kills, samples=samples, faults=options.faults, tell=lambda t: print(told_of(t))
            )
            print(told_of(toll))
        return
    if options.faults:
        under_faults(options.requests, options.latency, options.in_flight)
        return
    with server(options.latency) as url:
        rounds = [once(url, options.requests, options.in_flight, options.arms) for _ in range(options.repeat)]
    print(f"{options.requests} requests, {options.latency * 1000:g} ms latency, {options.in_flight} in flight, medians")
    medians = {n: [statistics.median(r[n][i] for r in rounds) for i in range(3)] for n in rounds[0]}
    for name, (cpu, wall, peak) in medians.items():
        ratio = f"  {cpu / medians['lean client'][0]:.2f} x lean" if name.startswith("run") else ""
        print(f"  {name:12} CPU {cpu:6.2f} s  wall {wall:6.2f} s  peak {peak:4.0f} MiB{ratio}")


if __name__ == "__main__":
    main()
