"""What a run says of failures, probes, cut replies and surroundings, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking.causes import Causes
from evalkit.cli.commands.equations import reply_text
from evalkit.errors import SpecError
from evalkit.wire.address import certificates, proxy_for
from tests.arrange import ROOT, inside, write_problems
from tests.server import Body, ModelServer, serving

KEY = "sk-test-0123456789abcdef"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 3)
    return tmp_path


def run(url: str, *more: str, probe: bool = False) -> subprocess.CompletedProcess[str]:
    arguments = ["-p", "p/*", "-t", "plain", "-m", "openai:m", "--run", "r.sqlite", "--prompts", str(ROOT / "prompts")]
    return inside("run", *arguments, "--base-url", url, *([] if probe else ["--no-probe"]), *more)


def about(number: int, body: Body) -> bool:
    return f"**Final answer:** {number}" in str(body["messages"][0]["content"])


# ---------------------------------------------------------------- failed trials


@pytest.mark.parametrize(
    ("option", "asked"), [([], 1), (["--retry-failed"], 1), (["--no-retry-failed"], 0)], ids=["default", "yes", "no"]
)
def test_failed_trials_are_asked_again_unless_one_says_no(option: list[str], asked: int) -> None:
    with serving(ModelServer(fault_of=lambda body, _: "400" if about(2, body) else None)) as server:
        assert run(server.url).returncode == 1
        before = server.stats["requests"]
        found = run(server.url, *option)
        assert server.stats["requests"] == before + asked
    assert found.returncode == 1
    assert ("done before, 1 of them failed" in found.stderr) == (not asked)
    assert "answered 400: The request is odd." in found.stderr, "the cause is told, whether it is asked again or not"


def test_what_a_model_refuses_is_remembered_in_the_run_file() -> None:
    refuse = ModelServer(fault_of=lambda body, _: "refuses_max_tokens" if "max_tokens" in body else None)
    with serving(refuse) as server:
        for sample, lessons in (("1", 1), ("2", 0), ("3", 0)):
            before = server.stats["requests"]
            found = run(server.url, "--max-tokens", "90", "--in-flight", "1", "--samples", sample, "--limit", sample)
            assert found.returncode == 0, found.stderr
            assert "the model refuses max_tokens; max_completion_tokens is sent in its place" in found.stderr
            assert server.stats["requests"] == before + 1 + lessons
    with serving(ModelServer()) as other:  # another server may take it
        assert "refuses" not in run(other.url, "--max-tokens", "90", "--samples", "4").stderr
        assert "max_tokens" in other.bodies[-1]


def test_failures_are_told_cause_by_cause(folder: Path) -> None:
    def fault(body: Body, _times: int) -> str | None:
        return "400_context" if about(1, body) else "403_flagged" if about(2, body) else None

    with serving(ModelServer(fault_of=fault)) as server:
        told = run(server.url).stderr
    assert "1 x 127.0.0.1:" in told
    assert "the prompt is too long for the model" in told
    shown = inside("show", "--run", "r.sqlite").stdout
    assert "m: 3 trials, 2 stored replies" in shown
    assert "1 x failed: 127.0.0.1:" in shown
    assert "1 x refused" in shown


KINDS: list[tuple[str, list[str], list[tuple[str, int]]]] = [
    ("equal", ["a", "a", "b"], [("a", 2), ("b", 1)]),
    (
        "numbers",
        [f"{n} tokens are too many (request req_{n}f3)" for n in (7, 9)],
        [("7 tokens are too many (request req_7f3)", 2)],
    ),
    ("ids", ["id 3f2a-77b1 is odd", "id 99aa-b1c0 is odd"], [("id 3f2a-77b1 is odd", 2)]),
    (
        "statuses differ",
        ["h:1 answered 502: x", "h:1 answered 503: x"],
        [("h:1 answered 502: x", 1), ("h:1 answered 503: x", 1)],
    ),
    ("more than are told", ["a", "a", "b", "b", "c", "d", "d"], [("a", 2), ("b", 2), ("d", 2), ("of other kinds", 1)]),
]


@pytest.mark.parametrize(("errors", "told"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS])
def test_causes(errors: list[str], told: list[tuple[str, int]]) -> None:
    causes = Causes()
    for error in errors:
        causes.add(error)
    assert causes.most_common(3) == told


def test_kinds_without_end_take_no_memory_without_end() -> None:
    causes = Causes()
    for i in range(1000):
        causes.add("x" * i)
    assert len(causes) <= 51
    assert sum(causes.values()) == 1000


def test_the_log_holds_every_attempt_and_no_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_KEY", KEY)
    with serving(ModelServer(faults=["429@0.01", "echo_key", "500"])) as server:
        run(server.url, "--log", "log.jsonl", "--api-key-env", "COURSE_KEY")
        sent = server.stats["requests"]
    text = (folder / "log.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == sent == 5
    assert sorted(line.get("fault", line.get("finish")) for line in lines) == [
        "stop",
        "stop",
        "stop",
        "transient",
        "transient",
    ]
    where = sorted((line["problem"], line["template"], line["sample"], line["turn"], line["attempt"]) for line in lines)
    assert {w[:4] for w in where} == {(f"p/{i:05d}", "plain", 0, 1) for i in (1, 2, 3)}
    assert sorted(w[4] for w in where) == [1, 1, 1, 2, 2]
    assert {line["attempt"] for line in lines if "fault" in line} == {1}
    assert "Say exactly" not in text
    assert KEY not in text
    assert all(KEY.encode() not in path.read_bytes() for path in folder.glob("r.sqlite*"))


def test_the_log_names_the_turn_and_of_the_probe_no_problem(folder: Path) -> None:
    with serving(ModelServer()) as server:
        done = run(server.url, "-t", "pushback_wrong", "--limit", "1", "--log", "log.jsonl", probe=True)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if "problem" not in line]) == 8
    asked = sorted((line["template"], line["turn"]) for line in lines if "problem" in line)
    assert asked[-1] == ("pushback_wrong", 2)
    assert {turn for _, turn in asked} == {1, 2}


# ---------------------------------------------------------------- the probe


def picky(body: Body, _times: int) -> str | None:
    """As newer models do: no max_tokens, and no temperature of the user's."""
    return next((f"refuses_{name}" for name in ("max_tokens", "temperature") if name in body), None)


def test_a_model_that_refuses_what_the_probe_sends_is_asked_all_the_same() -> None:
    with serving(ModelServer(fault_of=picky)) as server:
        done = run(server.url, probe=True)
        assert done.returncode == 0, done.stderr
        assert "note: m: the model refuses max_tokens; max_completion_tokens is sent in its place" in done.stderr
        doctor = inside("doctor", "-m", "openai:m", "--base-url", server.url)
        assert (doctor.returncode, "m: answers" in doctor.stdout) == (0, True)


def test_a_probe_that_fails_does_not_end_the_run() -> None:
    with serving(
        ModelServer(
            fault_of=lambda body, _: (
                "400_parameter"
                if "Count from one" in str(body) or "story" in str(body) or "France" in str(body)
                else None
            )
        )
    ) as server:
        done = run(server.url, probe=True)
    assert done.returncode == 0
    assert "3/3 trials done" in done.stderr


@pytest.mark.parametrize(
    ("answer", "check"),
    [(lambda _: "1 2 3", "stop kept"), (lambda _: "Paris, of course.", "system role honoured")],
    ids=["no comma to stop at", "does not obey, but was told"],
)
def test_what_replies_cannot_show_is_not_held_against_the_model(answer: Any, check: str) -> None:
    class Wordy(ModelServer):
        def _reply(self, body: Body) -> Body:
            reply = super()._reply(body)
            system = any(m["role"] == "system" for m in body["messages"])
            reply["usage"]["prompt_tokens"] = 50 if system else 12
            return reply

    with serving(Wordy(answer=answer)) as server:
        found = json.loads(inside("doctor", "-m", "openai:m", "--base-url", server.url, "--json").stdout)
    outcomes = {f["check"]: f["outcome"] for f in found["m"]["findings"]}
    assert outcomes[check] == "cannot tell"


# ---------------------------------------------------------------- replies and prompts


def test_replies_that_a_limit_cut_off_are_told() -> None:
    with serving(ModelServer(answer=lambda _: "one two three four")) as server:
        told = run(server.url, "--max-tokens", "2").stderr
    assert "note: 3 of 3 replies were cut off at 2 tokens; they cannot be judged" in told


def test_a_prompt_that_was_read_in_part_is_told(folder: Path) -> None:
    problem = folder / "problems" / "p" / "00001.toml"
    problem.write_text(
        problem.read_text(encoding="utf-8").replace("Say exactly", f"{'x' * 9000} Say exactly"), encoding="utf-8"
    )
    with serving(ModelServer()) as server:  # it counts words
        told = run(server.url).stderr
    assert re.search("counted far fewer tokens than 1 prompt can have", told)
    assert "counted far fewer tokens than 1 prompt can have" in inside("show", "--run", "r.sqlite").stdout


def test_prompts_that_were_read_whole_are_no_note(folder: Path) -> None:
    with serving(ModelServer()) as server:
        run(server.url)
    assert "note:" not in inside("show", "--run", "r.sqlite").stdout


def test_copies_are_told_before_they_are_paid() -> None:
    with serving(ModelServer()) as server:
        assert run(server.url, "--samples", "2", "--set", "temperature=0").stderr.count("copies count once") == 1


# ---------------------------------------------------------------- surroundings


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://127.0.0.1:9/v1", "ConnectionRefusedError.*is the server running, and"),
        (
            "http://no-such-host.localhost.invalid/v1",
            "(Name or service not known|nodename).*there is no such host: is|Temporary failure.*is the server running",
        ),
    ],
    ids=["refused", "no such host"],
)
def test_nobody_there_is_told_within_five_seconds(url: str, cause: str) -> None:
    done = run(url, "--api-key-env", "", "--log", "log.jsonl")
    begun = [json.loads(line)["at"] for line in Path("log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert max(begun) - min(begun) < 4, "the rest is starting up, which takes as long as the machine is busy"
    assert done.returncode == 2
    assert f"base_url {url} right?" in done.stderr
    assert re.search(cause, done.stderr)


def test_a_socks_proxy_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(SpecError, match=r"socks5 .*only http proxies are supported"):
        proxy_for("https://models.example/v1")
    monkeypatch.setenv("NO_PROXY", "models.example")
    assert proxy_for("https://models.example/v1") is None
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    assert proxy_for("https://other.example/v1") == "http://proxy.example:3128"


def test_a_stale_certificate_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    with pytest.raises(SpecError, match=r"SSL_CERT_FILE names '/no/such/file\.pem', which does not exist"):
        certificates()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "gbk"])
def test_a_stream_that_cannot_show_a_sign_shows_another(encoding: str) -> None:
    code = "from evalkit.cli.console import out; out.print('a \\u2212 b')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True, check=True
    )
    assert done.stdout.startswith(b"a ? b")


def marked(path: Path, text: str | None = None) -> Path:
    """Saved as Windows' editors do, with a byte-order mark."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\xef\xbb\xbf" + (path.read_bytes() if text is None else text.encode()))
    return path


def test_a_byte_order_mark_is_no_text(folder: Path) -> None:
    """Of a problem, a template, an experiment, transcripts and a single reply."""
    marked(folder / "problems" / "p" / "00001.toml")
    marked(folder / "prompts" / "plain.j2", (ROOT / "prompts" / "plain.j2").read_text(encoding="utf-8"))
    with serving(ModelServer()) as server:
        described = (
            f'problems = ["p/*"]\ntemplates = ["plain"]\n[[models]]\nid = "openai:m"\nbase_url = "{server.url}"\n'
        )
        experiment = marked(folder / "runs" / "e.toml", described)
        assert inside("run", str(experiment), "--no-probe").returncode == 0
        said = [m["content"] for m in server.bodies[0]["messages"]]
    assert said == ["Say exactly: **Final answer:** 1"]
    transcripts = '{"problem": "p/00001", "template": "x", "model": "y", "sample": 0, "messages": [{"role": "assistant", "content": "1"}]}\n'
    stored = inside("import", str(marked(folder / "t.jsonl", transcripts)), "--run", "i.sqlite")
    assert "1 conversation stored" in stored.stderr + stored.stdout
    assert reply_text(marked(folder / "reply.md", "Final answer: 1")) == "Final answer: 1"


def test_a_notebooks_backend_does_not_end_a_report() -> None:
    backend = {"MPLBACKEND": "module://no_such_package.backend_inline"}
    subprocess.run([sys.executable, "-c", "import evalkit.showing.figures"], env={**os.environ, **backend}, check=True)


def test_the_number_in_flight_is_an_option(folder: Path) -> None:
    with serving(ModelServer(latency=0.1)) as server:
        run(server.url, "--in-flight", "1")
        assert server.stats["peak"] == 1
