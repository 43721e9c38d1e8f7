"""What one request costs: the lean client alone against our provider and limits. Whole processes, start-up included.

    python -m tests.benchmarks.engine [--requests 2000] [--repeat 3] [--only NAME]

Each contestant runs in a fresh process against tests/server.py in another one, first without latency and 64 in flight,
then with 200 ms and 256. Printed are medians: CPU seconds (user + system), wall seconds, peak MiB, and the ratio of the
CPU to that of `lean`: AsyncOpenAI over aiohttp with its typed layers skipped and its own retries.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = [(0.0, 64), (0.2, 256)]
"""(latency of the server in seconds, requests in flight)"""
One = Callable[[int], Awaitable[int]]
"""Ask question i; returns the length of the answer."""


async def work(ask: One, requests: int, workers: int) -> None:
    """So many workers over one iterator."""
    left = iter(range(requests))

    async def worker() -> None:
        for i in left:
            if await ask(i) == 0:
                raise AssertionError("an empty answer")

    await asyncio.gather(*(worker() for _ in range(workers)))


def question(i: int) -> str:
    return f"Question {i}: let $A$ be a real $n \\times n$ matrix. " + "Show that its trace is a sum. " * 10


async def bare(url: str, requests: int, workers: int) -> None:
    """aiohttp alone: what the wire costs."""
    import aiohttp
    import orjson

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=workers)) as session:

        async def ask(i: int) -> int:
            body = {"model": "m", "messages": [{"role": "user", "content": question(i)}], "max_tokens": 64}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                return len(orjson.loads(await response.read())["choices"][0]["message"]["content"])

        await work(ask, requests, workers)


async def lean(url: str, requests: int, workers: int) -> None:
    """The client as it is meant to be used in a hurry."""
    import httpx2
    import orjson
    from openai import AsyncOpenAI, DefaultAioHttpClient

    http_client = DefaultAioHttpClient(limits=httpx2.Limits(max_connections=workers))
    async with AsyncOpenAI(base_url=url, api_key="none", http_client=http_client) as client:

        async def ask(i: int) -> int:
            body = {"model": "m", "messages": [{"role": "user", "content": question(i)}], "max_tokens": 64}
            response = await client.post("/chat/completions", body=body, cast_to=httpx2.Response)
            return len(orjson.loads(response.content)["choices"][0]["message"]["content"])

        await work(ask, requests, workers)


async def provider(url: str, requests: int, workers: int, limit: bool = False) -> None:
    """Our provider alone, or within its limits."""
    from evalkit.asking.limits import Limited
    from evalkit.providers import openai
    from evalkit.types import Ask, Limits, Message, ModelSpec, Request

    limits = Limits(in_flight=workers)
    spec = ModelSpec(id="openai:m", base_url=url, parameters={"max_tokens": 64}, limits=limits)
    connected = await openai.connect(spec)
    asker: Ask = Limited(connected.ask, limits) if limit else connected.ask

    async def ask(i: int) -> int:
        return len((await asker(Request(spec.id, "", (Message("user", question(i)),), spec.parameters, 0))).text)

    await work(ask, requests, workers)
    await connected.close()


async def limited(url: str, requests: int, workers: int) -> None:
    """Our provider within its limits: what the runner asks."""
    await provider(url, requests, workers, limit=True)


CONTESTANTS = {"bare": bare, "lean": lean, "provider": provider, "limited": limited}


def processor_time(process: int) -> float:
    """Seconds, user and system, that a process of Linux has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(latency: float, *more: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.server", "--latency", str(latency), *more]
    quiet = subprocess.DEVNULL if more else None  # faults that break connections are complained of
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("no output to read")
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def measure(name: str, url: str, requests: int, workers: int) -> tuple[float, float, float]:
    """(CPU seconds, wall seconds, peak MiB) of one whole process."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tests.benchmarks.engine", "--child", name, url, str(requests), str(workers)]
    process = subprocess.Popen(command, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{name} failed")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024


def run_child(name: str, url: str, requests: str, workers: str) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    asyncio.run(CONTESTANTS[name](url, int(requests), int(workers)))


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU and wall time of the engine")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", choices=CONTESTANTS, action="append")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(*options.child)
        return
    names = options.only or list(CONTESTANTS)
    for latency, workers in SETTINGS:
        print(f"{options.requests} requests, {latency * 1000:g} ms latency, {workers} in flight")
        with server(latency) as url:
            runs = [{n: measure(n, url, options.requests, workers) for n in names} for _ in range(options.repeat)]
        medians = {n: [statistics.median(run[n][i] for run in runs) for i in range(3)] for n in names}
        for name, (cpu, wall, peak) in medians.items():
            ratio = f"  {cpu / medians['lean'][0]:.2f} x lean" if "lean" in medians else ""
            print(f"  {name:10} CPU {cpu:6.2f} s  wall {wall:6.2f} s  peak {peak:4.0f} MiB{ratio}")


if __name__ == "__main__":
    main()
