"""`evalkit equations`: the table and the JSON of one reply, and what is said of wrong use."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.arrange import ROOT, inside

REPLY = str(ROOT / "tests" / "cases" / "replies" / "gradients.md")
PROBLEMS = ["--problems", str(ROOT / "problems")]


def test_the_table_names_line_verdict_and_counterexample() -> None:
    done = inside("equations", REPLY, "-p", "hw7/3bi", *PROBLEMS)
    assert done.returncode == 0
    wrong = next(line for line in done.stdout.splitlines() if "fails" in line)
    assert wrong.split()[0] == "6"
    assert done.stdout.split()[:4] == ["line", "relation", "verdict", "evidence"]
    assert "against" in done.stdout
    shown = " ".join(done.stdout.split())
    assert "✓ gradient_decoder" in shown
    assert "– gradient_encoder" in shown


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (r"At a stationary point $(X - W_2W_1X)(W_1X)^\top = 0$.", "where W_1, W_2 is a stationary point"),
        (r"Suppose $W_1 = [I_k\ 0]$. Then $\operatorname{Tr}(W_1W_1^\top) = k$.", "under W_1"),
    ],
    ids=["a world of the problem", "what the reply assumes"],
)
def test_the_table_says_under_what_a_relation_holds(tmp_path: Path, reply: str, says: str) -> None:
    (tmp_path / "reply.md").write_text(reply, encoding="utf-8")
    shown = inside("equations", str(tmp_path / "reply.md"), "-p", "hw7/3bi", *PROBLEMS).stdout
    assert says in " ".join(shown.split())


def test_json_holds_every_relation_with_its_place() -> None:
    done = inside("equations", REPLY, "-p", "hw7/3bi", "--json", *PROBLEMS)
    found = json.loads(done.stdout)
    text = Path(REPLY).read_text(encoding="utf-8")
    assert [r["verdict"] for r in found["relations"]].count("fails") == 1
    for relation in found["relations"]:
        assert text[relation["start"] : relation["end"]] == relation["source"]
        assert relation["line"] == text[: relation["start"]].count("\n") + 1


def test_explain_names_the_rule_that_decided() -> None:
    shown = inside("equations", REPLY, "-p", "hw7/3bi", "--explain", *PROBLEMS).stdout
    assert "evaluated: Is an equation" in " ".join(shown.split())
    found = json.loads(inside("equations", REPLY, "-p", "hw7/3bi", "--explain", "--json", *PROBLEMS).stdout)
    assert {r["rule"] for r in found["relations"]} >= {"evaluated"}
    plain = json.loads(inside("equations", REPLY, "-p", "hw7/3bi", "--json", *PROBLEMS).stdout)
    assert not any("rule" in r for r in plain["relations"])


def test_a_reading_is_printed_mended_and_followed(tmp_path: Path) -> None:
    printed = json.loads(inside("equations", REPLY, "-p", "hw7/3bi", "--explain", "--json", *PROBLEMS).stdout)
    wrong = next(r for r in printed["relations"] if r["verdict"] == "fails")
    for role in printed["reading"]["roles"]:
        if (role["start"], role["end"]) == (wrong["start"], wrong["end"]):
            role["role"] = "condition"
    mended = tmp_path / "reading.json"
    mended.write_text(json.dumps({"reading": {**printed["reading"], "by": "me"}}), encoding="utf-8")
    found = json.loads(
        inside("equations", REPLY, "-p", "hw7/3bi", "--explain", "--json", "--reading", str(mended), *PROBLEMS).stdout
    )
    assert found["reading"]["by"] == "me"
    assert [r["verdict"] for r in found["relations"]].count("fails") == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON"),
        ('{"roles": [{"start": 0, "end": 1, "role": "claim"}]}', "no relation from 0 to 1"),
        ('{"roles": [{"start": 0, "end": 1, "role": "pun"}]}', "roles.0.role"),
    ],
    ids=["no JSON", "no relation there", "no role"],
)
def test_a_wrong_reading_is_one_message(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "reading.json").write_text(text, encoding="utf-8")
    done = inside("equations", REPLY, "-p", "hw7/3bi", "--reading", str(tmp_path / "reading.json"), *PROBLEMS)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_world_of_ones_own(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text('dimensions = []\n[symbols]\nA = "n x n, symmetric"\nB = "n x n"\n', encoding="utf-8")
    reply = tmp_path / "reply.md"
    reply.write_text("$A = A^\\top$ and $AB = BA$", encoding="utf-8")
    found = json.loads(inside("equations", str(reply), "--world", str(world), "--json").stdout)
    assert [r["verdict"] for r in found["relations"]] == ["algebra-only", "fails"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("$U_k^\\top U_k = I_k$"))
    done = inside("equations", "-", "-p", "hw7/3bi", *PROBLEMS)
    assert (done.returncode, "identity" in done.stdout) == (0, True)


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    reply = tmp_path / "reply.md"
    reply.write_text("$W_1 = \x1b[31mX$", encoding="utf-8")
    assert "\x1b" not in inside("equations", str(reply), "-p", "hw7/3bi", *PROBLEMS).stdout


EMPTY = str(ROOT / "tests" / "__init__.py")
WRONG = {
    "both": ([REPLY, "-p", "hw7/3bi", "--world", "x.toml"], "give --problem"),
    "no such file": (["nowhere.md", "-p", "hw7/3bi"], "nowhere.md"),
    "no such problem": ([REPLY, "-p", "hw7/3bj"], "hw7/3b"),
    "no mathematics": ([REPLY, "-p", "hw7/7a"], "declares no [symbols]"),
    "no such world": ([REPLY, "--world", "nowhere.toml"], "nowhere.toml"),
    "a device": (["/dev/null", "-p", "hw7/3bi"], "no ordinary file"),
    "empty": ([EMPTY, "-p", "hw7/3bi"], "empty"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG.keys())
def test_wrong_use_is_one_message(arguments: list[str], says: str) -> None:
    done = inside("equations", *arguments, *PROBLEMS)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_key_of_a_world_is_named(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text('[symbol]\nA = "n x n"\n', encoding="utf-8")
    done = inside("equations", REPLY, "--world", str(world))
    assert done.returncode == 2
    assert "did you mean" in done.stderr


def test_a_world_in_which_a_name_has_two_meanings_is_refused(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text('definitions = [\'h = Wx\']\n[symbols]\nW = "h x d"\nx = "d"\n', encoding="utf-8")
    done = inside("equations", REPLY, "--world", str(world))
    assert done.returncode == 2
    assert "h is a symbol or a size already" in done.stderr
    assert "circular" not in done.stderr  # which only comes of it
