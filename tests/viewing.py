"""A view of run files on the loopback, for tests: served in a thread, asked without a browser."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from evalkit.interface.view.app import served
from evalkit.runfile.store import Store
from evalkit.types import Reply, Score, Transcript, Trial, Turn

ARMS = ("plain", "repeat_hint", "ban_approach")
PROBLEM = """
title = "Half"
statement = "What is one half of $2$?"
[staff]
solution = "It is 1."
approach = "halves"
[[approaches]]
id = "halves"
title = "halving"
[score.number]
value = 1
"""


def fill(path: Path, texts: list[str], problems: int = 2) -> Path:
    """A run file: each problem and arm has these replies as samples; the first of each is judged right, the others not
    at all."""
    with Store(path, write=True) as store:
        for p in range(problems):
            store.keep_spec("problem", f"set/p{p}", PROBLEM).result()
            for arm in ARMS:
                for sample, text in enumerate(texts):
                    said = (Turn("user", f"asked by {arm}"), Turn("assistant", text, Reply(text)))
                    store.keep_transcript(Transcript(Trial(f"set/p{p}", arm, "m", sample), said)).result()
        for stored in store.transcripts():
            right = stored.transcript.trial.sample == 0
            score = Score("correct", 1.0 if right else None, "it says so")
            store.keep_scores(stored.id, 1, "number", "1-x", [score]).result()
    return path


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Client:
    """One who has the address."""

    url: str

    @property
    def origin(self) -> str:
        return self.url.rsplit("/", 2)[0]

    @property
    def base(self) -> str:
        return urlsplit(self.url).path.rstrip("/")

    def get(self, path: str, **headers: str) -> Answer:
        """path: behind the token."""
        return self.ask("GET", f"{self.base}/{path}", headers=headers)

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> Answer:
        sent = {"Origin": self.origin, "Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.ask("POST", f"{self.base}/{path}", urlencode(form), sent)

    def ask(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """A request as it stands; headers named with `_` for `-`."""
        where = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(where.hostname), int(where.port or 0), timeout=60)
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in (headers or {}).items()})
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read().decode())
        finally:
            connection.close()


@contextmanager
def viewing(*paths: Path) -> Iterator[Client]:
    """A view of these run files and folders."""
    page = served(paths)
    thread = threading.Thread(target=page.run)
    thread.start()
    try:
        yield Client(page.url)
    finally:
        page.stop()
        thread.join()
