"""The test server itself: in this loop, in a thread, and as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.server import ModelServer, hashed_faults, serving

ROOT = Path(__file__).parents[1]


def post(url: str, content: str, **parameters: Any) -> dict[str, Any]:
    body = {"model": "m", "messages": [{"role": "user", "content": content}], **parameters}
    sent = Request(f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(sent, timeout=10) as response:  # noqa: S310
        reply: dict[str, Any] = json.load(response)
        return reply


def text(reply: dict[str, Any]) -> str:
    content: str = reply["choices"][0]["message"]["content"]
    return content


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(ModelServer()) as running:
        yield running


def test_the_same_question_gets_the_same_answer(server: ModelServer) -> None:
    assert text(post(server.url, "a", seed=1)) == text(post(server.url, "a", seed=1))
    assert text(post(server.url, "a", seed=1)) != text(post(server.url, "a", seed=2))
    assert text(post(server.url, "a", seed=1, temperature=0)) == text(post(server.url, "a", seed=2, temperature=0))
    assert text(post(server.url, "a")) != text(post(server.url, "b"))


def test_max_tokens_and_stop_are_kept(server: ModelServer) -> None:
    [choice] = post(server.url, "Say exactly: one two three", max_tokens=2)["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("one two", "length")
    assert text(post(server.url, "Say exactly: one two three", stop=["two"])) == "one "


def test_every_body_is_counted(server: ModelServer) -> None:
    post(server.url, "a")
    post(server.url, "a")
    with pytest.raises(HTTPError, match="500") as caught:
        post(server.url, "[[fault:500*1]]")
    caught.value.close()
    post(server.url, "[[fault:500*1]]")
    assert sorted(server.asked.values()) == [2, 2]
    assert sorted(server.paid.values()) == [1, 2]
    assert server.stats["faults"] == {"500": 1}


def test_as_a_process() -> None:
    command = [sys.executable, "-m", "tests.server", "--faults", "429@3,ok,404"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with pytest.raises(HTTPError, match="429") as caught:
            post(url, "a")
        assert caught.value.headers["Retry-After"] == "3"
        caught.value.close()
        assert text(post(url, "Say exactly: b")) == "b"
        with urlopen(url.removesuffix("/v1") + "/stats", timeout=10) as response:  # noqa: S310
            assert json.load(response)["requests"] == 2
        process.terminate()


def test_hashed_faults_hit_about_their_share_and_only_once() -> None:
    choose = hashed_faults(["429", "500"], 0.3)
    bodies = [{"model": str(i)} for i in range(1000)]
    first = [choose(body, 1) for body in bodies]
    assert 230 < sum(name is not None for name in first) < 370
    assert set(first) == {None, "429", "500"}
    assert {choose(body, 2) for body in bodies} == {None}
