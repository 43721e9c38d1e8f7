"""Keys go where the user has let them go, and nowhere else; secrets are refused before anything is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.specs.secrets import faults, without
from evalkit.types import ModelSpec
from tests.arrange import inside

KEY = "sk-THIS-IS-A-KEY-0123456789abcdef"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("OPENAI_API_KEY", "OTHER_SECRET"):
        monkeypatch.setenv(name, KEY)


def experiment(folder: Path, more: str) -> str:
    (folder / "runs").mkdir(exist_ok=True)
    text = f'problems = ["set/*"]\ntemplates = ["plain"]\n[[models]]\nid = "openai:m"\n{more}\n'
    (folder / "runs" / "x.toml").write_text(text, encoding="utf-8")
    return "runs/x.toml"


FOREIGN = [
    ("the default key to another host", 'base_url = "https://models.example/v1"', "OPENAI_API_KEY", "https://models.example"),
    ("another variable", 'base_url = "https://models.example/v1"\napi_key_env = "OTHER_SECRET"', "OTHER_SECRET", "https://models.example"),
    ("unencrypted", 'base_url = "http://models.example/v1"', "OPENAI_API_KEY", "http://models.example"),
    ("in the network", 'base_url = "http://10.9.9.9/v1"\napi_key_env = "OTHER_SECRET"', "OTHER_SECRET", "http://10.9.9.9"),
]  # fmt: skip


@pytest.mark.parametrize("command", ["run", "doctor"])
@pytest.mark.parametrize(("more", "variable", "host"), [c[1:] for c in FOREIGN], ids=[c[0] for c in FOREIGN])
def test_a_file_cannot_send_a_key_to_a_host_of_its_choice(
    project: Path, command: str, more: str, variable: str, host: str
) -> None:
    done = inside(command, experiment(project, more))
    assert done.returncode == 2
    assert variable in done.stderr
    assert host in done.stderr
    assert "--trust-host" in done.stderr
    assert KEY not in done.stderr + done.stdout
    assert not (project / "runs" / "x.sqlite").exists()


def test_the_dry_run_says_where_keys_would_go(project: Path) -> None:
    done = inside("run", experiment(project, 'base_url = "https://models.example/v1"'), "--dry-run")
    assert done.returncode == 0
    assert "the key in OPENAI_API_KEY would go to https://models.example" in done.stderr
    assert "goes to" not in done.stderr, "nothing was sent"


ELSEWHERE = "https://models.invalid/v1"
INSTEAD: list[tuple[str, dict[str, str], str, list[str]]] = [
    ("no key", {"OPENAI_API_KEY": ""}, ELSEWHERE, ["OPENAI_API_KEY is not set or empty", "api_key_env"]),
    ("no key, the provider's own host", {"OPENAI_API_KEY": ""}, "", ["OPENAI_API_KEY is not set or empty"]),
    ("a proxy", {"ALL_PROXY": "socks5://127.0.0.1:1"}, ELSEWHERE, ["only http proxies are supported"]),
    ("certificates", {"SSL_CERT_FILE": "/no/such.pem"}, ELSEWHERE, ["SSL_CERT_FILE names '/no/such.pem'"]),
    (
        "all of it",
        {"OPENAI_API_KEY": " ", "ALL_PROXY": "socks5://127.0.0.1:1", "SSL_CERT_FILE": "/no/such.pem"},
        ELSEWHERE,
        ["is not set or empty", "only http proxies", "SSL_CERT_FILE"],
    ),
]


@pytest.mark.parametrize(("surroundings", "url", "told"), [i[1:] for i in INSTEAD], ids=[i[0] for i in INSTEAD])
@pytest.mark.parametrize("more", [[], ["--trust-host", "models.invalid"], ["--dry-run"]], ids=["", "trusted", "dry"])
def test_what_would_be_in_the_way_anyhow_is_told_before_a_host_is_to_be_trusted(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    surroundings: dict[str, str],
    url: str,
    told: list[str],
    more: list[str],
) -> None:
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    done = inside("run", experiment(project, f'base_url = "{url}"' if url else ""), *more)
    assert done.returncode == (0 if more == ["--dry-run"] else 2)
    assert all(line in done.stderr for line in told)
    if not surroundings.get("OPENAI_API_KEY", "x").strip():
        assert "the key in" not in done.stderr
    assert "where none has gone before" not in done.stderr
    assert not (project / "runs" / "x.sqlite").exists()


def test_a_proxy_is_not_in_the_way_of_this_machine(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such.pem")
    done = inside("run", experiment(project, 'base_url = "http://127.0.0.1:9/v1"'), "--dry-run")
    assert (done.returncode, "before the run" in done.stderr) == (0, False)


@pytest.mark.parametrize(
    ("trusted", "url", "fine"),
    [
        ("models.invalid", "https://models.invalid/v1", True),
        ("https://models.invalid", "https://models.invalid/v1", True),
        ("models.invalid", "http://models.invalid/v1", False),
        ("http://models.invalid", "http://models.invalid/v1", True),
        ("others.invalid", "https://models.invalid/v1", False),
    ],
    ids=["host", "with its scheme", "unencrypted needs its scheme", "unencrypted", "another"],
)
def test_a_trusted_host_is_asked_and_remembered(project: Path, trusted: str, url: str, fine: bool) -> None:
    file = experiment(project, f'base_url = "{url}"')
    first = inside("run", file, "--no-probe", "--trust-host", trusted)
    assert ("would go to" not in first.stderr) is fine
    again = inside("run", file, "--no-probe")
    assert ("would go to" not in again.stderr) is fine
    assert not list((project / "runs").glob("*trusted*"))


def test_a_host_typed_with_its_variable_is_trusted(project: Path) -> None:
    typed = ["run", "-p", "set/*", "-m", "openai:m", "--base-url", "https://models.invalid/v1", "--no-probe"]
    assert "would go to" in inside(*typed).stderr
    assert "would go to" not in inside(*typed, "--api-key-env", "OTHER_SECRET").stderr


SECRETS = [
    ("a key for a name", ["--api-key-env", KEY], "api_key_env"),
    ("a key as a parameter", ["--set", f"api_key={KEY}"], "parameters.api_key"),
    ("a header", ["--set", f'extra_body={{"headers": {{"Authorization": "{KEY}"}}}}'], "parameters.extra_body.headers.Authorization"),
    ("by its look", ["--set", f"user={KEY}"], "parameters.user"),
    ("a password in the address", ["--base-url", f"http://me:{KEY}@127.0.0.1:9/v1"], "must not hold a user or password"),
    ("a key in the address", ["--base-url", f"http://127.0.0.1:9/v1?key={KEY}"], "without ? and #"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "says"), [c[1:] for c in SECRETS], ids=[c[0] for c in SECRETS])
def test_secrets_are_refused_before_anything_is_stored(project: Path, arguments: list[str], says: str) -> None:
    base = [] if "--base-url" in arguments else ["--base-url", "http://127.0.0.1:9/v1"]
    done = inside("run", "-p", "set/*", "-m", "openai:m", "--run", "x.sqlite", *base, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert KEY not in done.stderr + done.stdout
    stored = [p for p in project.iterdir() if p.is_file() and KEY.encode() in p.read_bytes()]
    assert not stored


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_tokens": 5, "max_completion_tokens": 5, "stop_token_ids": [1], "prompt_cache_key": "class-a"},
        {"extra_body": {"chat_template_kwargs": {"enable_thinking": False}}, "eos_token": "</s>", "user": "course-7"},
        {"tools": [{"parameters": {"properties": {"key": {"type": "string"}}}}], "stop": ["\n", "sk-"]},
        {"logit_bias": {"50256": -100}, "response_format": {"type": "text"}, "skip_special_tokens": True},
    ],
    ids=str,
)
def test_ordinary_parameters_are_no_secrets(parameters: dict[str, object]) -> None:
    assert list(faults(ModelSpec(id="openai:m", parameters=parameters))) == []
    assert without(parameters) == parameters


@pytest.mark.parametrize(
    ("parameters", "left"),
    [
        ({"tools": [{"api_key": KEY, "a": 1}]}, {"tools": [{"a": 1}]}),
        ({"a": [[{"headers": {"Authorization": KEY}}]]}, {"a": [[{"headers": {}}]]}),
        ({"stop": ["x", KEY], "top_p": 1}, {"top_p": 1}),
        ({"extra": {"note": KEY}}, {"extra": {}}),
    ],
    ids=str,
)
def test_secrets_are_found_at_any_depth(parameters: dict[str, object], left: dict[str, object]) -> None:
    told = list(faults(ModelSpec(id="openai:m", parameters=parameters)))
    assert len(told) == 1
    assert KEY not in told[0]
    assert without(parameters) == left


@pytest.mark.parametrize("name", ["trust_remote_code", "allow_pickle"])
def test_code_of_a_model_runs_only_from_the_command_line(project: Path, name: str) -> None:
    done = inside("run", experiment(project, f"parameters = {{ {name} = true }}"))
    assert done.returncode == 2
    assert f"--set {name}=true" in done.stderr
    assert [p.name for p in Path("runs").iterdir()] == ["x.toml"]
