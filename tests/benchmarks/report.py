"""How long does a report of 2,000 conversations take, and does a browser cope with it?

    python -m tests.benchmarks.report [conversations] [--browser]

The conversations are the sample replies with their letters changed, so that nearly no formula occurs twice; their
scores are made up, with spans all over the text. `--browser` opens the file in Chromium and measures there.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from evalkit.interface import reporting as report
from evalkit.runfile import transcripts
from evalkit.runfile.store import Store
from evalkit.types import Score, Span, Transcript, Trial, Turn

SAMPLE = Path(__file__).parents[2] / "runs" / "hw7-sample.jsonl"
ARMS = ("plain", "repeat_hint", "placebo", "ban_approach", "request_approach")
KINDS = ("milestone", "false", "approach 2", "rival 3", "claim", "new", "unread", "leap")


def conversations(count: int) -> Iterator[Transcript]:
    """`count` different ones: 20 problems, 5 arms, as many samples as needed."""
    known = [t for _, t in transcripts.read(SAMPLE) if isinstance(t, Transcript)]
    letters, greek = (
        "ABCDEFGHJKLMNPQRSTVYZ",
        ("alpha", "beta", "gamma", "delta", "mu", "nu", "rho", "tau", "phi", "eta"),
    )
    for i in range(count):
        trial = Trial(f"set/{i // len(ARMS) % 20:02d}", ARMS[i % len(ARMS)], "model", i // (20 * len(ARMS)))
        letter, sign = letters[i // 130 % len(letters)], greek[i // 13 % len(greek)]

        def changed(text: str, letter: str = letter, sign: str = sign) -> str:
            return text.replace("X", letter).replace(r"\lambda", f"\\{sign}")

        turns = tuple(Turn(t.role, changed(t.content)) for t in known[i % len(known)].turns)
        yield Transcript(trial, turns)


def fill(path: Path, count: int) -> None:
    """A run file with made-up scores."""
    chance = random.Random(1)
    with Store(path, write=True) as store:
        for kept in [store.keep_transcript(found) for found in conversations(count)]:
            kept.result()
        for stored in store.transcripts():
            for turn, reply in enumerate(stored.transcript.replies, 1):
                length = len(reply.text)
                spans = [Span(a := chance.randrange(length), min(length, a + 40), k, "why") for k in KINDS * 3]
                level = float(chance.randrange(4))
                store.keep_scores(stored.id, turn, "approach", "1-x", [Score("level", level, "made up", tuple(spans))])
                false = [Score("false", float(chance.randrange(3)), "made up", tuple(spans[:6]))]
                store.keep_scores(stored.id, turn, "equations", "1-x", false)
                store.keep_scores(
                    stored.id, turn, "text", "1-x", [Score("correct", float(chance.random() < 0.6), "made up")]
                )


def browse(page_file: Path) -> None:
    """Time until the page can be used, until a problem's conversations stand, and the memory of the script side."""
    from tests.browser import opened

    with opened() as page:
        started = time.perf_counter()
        page.goto(page_file.as_uri())
        print(f"usable after {time.perf_counter() - started:.1f} s")
        started = time.perf_counter()
        page.keyboard.press("j")
        page.wait_for_selector("section.block.current article .turn math", state="attached")
        print(f"first row of arms after {time.perf_counter() - started:.2f} s")
        started = time.perf_counter()
        page.select_option("#tag", "false equation")
        page.wait_for_selector("#count:has-text(' of ')")
        print(f"filtered after {time.perf_counter() - started:.2f} s")
        heap = page.evaluate("performance.memory.usedJSHeapSize")
        print(
            f"script memory {heap / 1e6:.0f} MB, elements {page.evaluate('document.getElementsByTagName(`*`).length')}"
        )


def main() -> None:
    numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
    count = numbers[0] if numbers else 2000
    with tempfile.TemporaryDirectory() as folder:
        run, target = Path(folder) / "x.sqlite", Path(folder) / "x.html"
        fill(run, count)
        started = time.perf_counter()
        report.write_report([run], target, None)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{count} conversations: {seconds:.1f} s, {target.stat().st_size / 1e6:.1f} MB, peak {peak:.0f} MB")
        if "--browser" in sys.argv:
            browse(target)


if __name__ == "__main__":
    main()
