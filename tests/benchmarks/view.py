"""How long do the pages of a large run take, and how much memory does the server need?

    python -m tests.benchmarks.view [conversations]

Default: 50,000 conversations as in benchmarks/report.py. For each page: seconds until all of it is here, size, and the
server's peak so far. Not covered: tables and figures, which a process of their own makes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.arrange import ROOT
from tests.benchmarks.report import fill
from tests.viewing import Client

PAGES = (
    "", "run/x/", "run/x/failures", "run/x/chats", "run/x/chats?page=2000", "run/x/chats?text=eigenvalue",
    "run/x/chats?metric=text.correct&condition=differ", "run/x/label?who=a", "run/x/label?who=a",
)  # fmt: skip


def peak(process: int) -> int:
    """MB of the largest resident set of a process."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sqlite"
        fill(path, count)
        print(f"{count} conversations, {path.stat().st_size / 1e6:.0f} MB")
        command = [sys.executable, "-m", "evalkit", "view", folder]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            assert server.stdout
            client = Client(server.stdout.readline().removeprefix("open ").strip())
            for page in PAGES:
                start = time.perf_counter()
                answer = client.get(page)
                seconds = time.perf_counter() - start
                print(f"  {answer.status} {seconds:6.2f} s {len(answer.text):8} {peak(server.pid)} MB  /{page}")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


if __name__ == "__main__":
    main()
