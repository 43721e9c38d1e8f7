"""The local page without a browser: who gets in, what the pages hold, what they change."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from evalkit.errors import SpecError, StoreError
from evalkit.interface.loading import load_run
from evalkit.interface.view.app import served, wanted_of
from evalkit.interface.view.guard import MAX_BODY
from evalkit.runfile.browse import Wanted, written_now
from evalkit.runfile.store import Store
from evalkit.types import RELATION, Label, Reply, Transcript, Trial, Turn
from tests.arrange import inside
from tests.test_report import HOSTILE, TAGS, Seen
from tests.viewing import ARMS, Client, fill, viewing

TEXTS = ["**Final answer:** 1, since $1 + 1 = 2$", "I cannot say, % and _ apart", "Größe: café"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs and a file that is none."""
    found = tmp_path_factory.mktemp("runs")
    fill(found / "one.sqlite", TEXTS)
    fill(found / "hostile.sqlite", HOSTILE, problems=1)
    (found / "broken.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    return found


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    with viewing(folder) as found:
        yield found


# (id, method, path before the token is known, headers, status)
@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 404),
        ("GET", "/view.css", {}, 404),
        ("GET", "/run/one/", {}, 404),
        ("GET", "/{token}x/", {}, 404),
        ("GET", "/{short}/", {}, 404),
        ("GET", "//{token}/", {}, 404),
        ("GET", "/%C3%A4%FF/", {}, 404),
        ("POST", "/run/one/label", {"Origin": "{origin}"}, 404),
        ("GET", "/{token}/", {"Host": "evil.example"}, 403),
        ("GET", "/{token}/", {"Host": "127.0.0.1"}, 403),
        ("GET", "/{token}/", {"Host": "127.0.0.1:1"}, 403),
        ("POST", "/{token}/run/one/label", {}, 403),
        ("POST", "/{token}/run/one/label", {"Origin": "null"}, 403),
        ("POST", "/{token}/run/one/label", {"Origin": "http://evil.example"}, 403),
        ("POST", "/{token}/run/one/score", {"Origin": "http://127.0.0.1:1"}, 403),
        ("PUT", "/{token}/run/one/label", {}, 405),
        ("OPTIONS", "/{token}/", {}, 405),
        ("POST", "/{token}/run/one/label", {"Origin": "{origin}", "Content-Length": str(MAX_BODY + 1)}, 413),
        ("POST", "/{token}/run/one/label", {"Origin": "{origin}", "Transfer-Encoding": "chunked"}, 413),
        ("GET", "/{token}/", {}, 200),
    ],
    ids=[
        "no token", "style", "run", "longer", "shorter", "two slashes", "no text", "form without token", "other host",
        "host without port", "other port", "no origin", "null origin", "other origin", "another server's origin", "put",
        "options", "too large", "chunked", "the address",
    ],
)  # fmt: skip
def test_who_gets_in(client: Client, method: str, path: str, headers: dict[str, str], status: int) -> None:
    token = client.base[1:]
    words = {"token": token, "short": token[:-1], "origin": client.origin}
    headers = {k: v.format(**words) for k, v in headers.items()}
    answer = client.ask(method, path.format(**words), "0" if method == "POST" else None, headers)
    assert answer.status == status
    assert (token in answer.text) is (status == 200), "whoever lacks the token is not told it"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_it_listens_on_the_loopback_alone(folder: Path) -> None:
    page = served([folder])
    assert page._socket.getsockname()[0] == "127.0.0.1"
    with pytest.raises(SpecError, match="give another one with --port"):
        served([folder], page._socket.getsockname()[1])
    page._socket.close()


def test_every_view_has_a_token_of_its_own(client: Client, folder: Path) -> None:
    with viewing(folder / "one.sqlite") as second:
        assert second.base != client.base
        assert second.ask("GET", f"{client.base}/").status == 404
        assert "hostile" not in second.get("").text


def test_the_list_names_every_run_and_what_cannot_be_read(client: Client) -> None:
    text = client.get("").text
    assert [name for name in ("one", "hostile", "broken") if f">{name}</a>" in text] == ["one", "hostile", "broken"]
    assert "not a run file of evalkit" in text


@pytest.mark.parametrize("name", ["nothing", "../one", quote("../../etc/passwd", safe=""), "one.sqlite", "one%00"])
def test_only_listed_runs_are_opened(client: Client, name: str) -> None:
    assert client.get(f"run/{name}/").status in (400, 404)


def test_an_overview(client: Client) -> None:
    text = client.get("run/one/").text
    assert "18 conversations" in text
    assert all(arm in text for arm in ARMS)
    assert "Score again" in text
    assert "None." in client.get("run/one/failures").text


# (id, filters, blocks)
@pytest.mark.parametrize(
    ("query", "blocks"),
    [
        ("", 6),
        ("problem=set/p1", 3),
        ("problem=set/p1&sample=2", 1),
        ("arm=plain", 6),
        ("arm=nothing", 0),
        ("metric=number.correct&condition=%3D&value=1", 2),
        ("metric=number.correct&condition=unjudged", 4),
        ("metric=number.correct&condition=%3E&value=1", 0),
        ("metric=number.correct&condition=%3C&value=2", 2),
        ("metric=number.correct&condition=differ", 0),
        ("metric=number.correct&condition=' OR 1&value=x", 6),
        ("metric=number.correct&condition=label", 0),
        ("text=since $1", 2),
        ("text=SINCE", 2),
        ("text=%25 and _", 2),
        ("text=_____", 0),
        ("text=Größe", 2),
        ("sample=-1&page=99999999", 6),
    ],
    ids=[
        "all", "problem", "one block", "arm", "no arm", "value", "unjudged", "above", "below", "differ", "label", "odd condition",
        "words", "case", "percent", "underscores", "umlaut", "odd numbers",
    ],
)  # fmt: skip
def test_filters(client: Client, query: str, blocks: int) -> None:
    answer = client.get("run/one/chats?" + quote(query, safe="=&%"))
    assert answer.status == 200
    assert f"{blocks} block" in answer.text
    assert answer.text.count('class="block shown"') <= 4


def test_pages_hold_every_block_once(client: Client) -> None:
    links = [
        link
        for page in (1, 2)
        for link in re.findall(r'chats\?problem=[^"]*sample=\d', client.get(f"run/one/chats?page={page}").text)
    ]
    assert len(links) == len(set(links)) == 6


@pytest.mark.parametrize(
    "path", ["run/hostile/chats?page={}", "run/hostile/label?who=a&at={}.1"], ids=["chats", "label"]
)
def test_hostile_replies_are_text(client: Client, path: str) -> None:
    for number in range(1, 5):
        seen = Seen(client.get(path.format(number)).text)
        own = {
            "html", "head", "meta", "title", "link", "body", "header", "main", "nav", "a", "section", "article", "div",
            "form", "label", "select", "option", "input", "button", "output", "details", "summary", "kbd", "script",
            "fieldset", "legend", "dl", "dt", "dd",
        }  # fmt: skip
        assert seen.tags <= TAGS | own
        assert not [name for name in seen.attributes if name.startswith("on") or name == "style"]


def test_a_name_of_a_labeller_is_text(client: Client) -> None:
    text = client.get("run/one/label?who=%22><script>alert(1)</script>").text
    assert "<script>alert" not in text


def test_the_arm_is_hidden_from_labellers(client: Client) -> None:
    text = client.get("run/one/label?who=anna").text
    assert "halving" not in text, "no derivation is judged here"
    assert not [arm for arm in ARMS if arm in text]
    assert "it says so" not in text
    assert "number.correct" in text


def place_of(text: str) -> str:
    found = re.search(r'name="place" value="([\d.]+)"', text)
    assert found
    return found[1]


def test_a_reply_is_labelled_changed_and_taken_back(tmp_path: Path) -> None:
    path = fill(tmp_path / "x.sqlite", TEXTS)
    with viewing(path) as client:
        first = place_of(client.get("run/x/label?who=anna").text)
        form = {"who": "anna", "place": first, "do": "save", "number.correct": "1"}
        sent = client.post("run/x/label", form)
        assert sent.status == 303
        follow = sent.headers["location"].removeprefix(f"{client.base}/")
        second = client.get(follow).text
        assert place_of(second) != first
        assert "anna: 1 of 18 labelled" in second
        assert client.post("run/x/label", {**form, "number.correct": ""}).status == 303
        with Store(path) as store:
            assert [(label.labeller, label.value) for _, label in store.all_labels()] == [("anna", None)]
        client.post("run/x/label", {**form, "do": "undo", "last": first})
        with Store(path) as store:
            assert not store.labelled()
        for wrong in (
            {"number.correct": "7"},
            {"number.correct": "nan"},
            {"nothing.here": "1"},
            {"place": "x"},
            {"who": " "},
        ):
            assert client.post("run/x/label", {**form, **wrong}).status == 400, wrong
        with Store(path) as store:
            assert not store.labelled()


def test_labels_are_stored_beside_a_writer_and_scoring_is_refused(tmp_path: Path) -> None:
    path = fill(tmp_path / "x.sqlite", TEXTS)
    with Store(path, write=True) as writer, viewing(path) as client, viewing(tmp_path) as second:
        assert written_now(path)
        assert "being written" in client.get("").text
        assert "Not final" in client.get("run/x/").text
        assert client.post("run/x/score", {}).status == 400
        for who, viewer in (("anna", client), ("ben", second)):
            place = place_of(viewer.get(f"run/x/label?who={who}").text)
            form = {"who": who, "place": place, "do": "save", "number.correct": "0"}
            assert viewer.post("run/x/label", form).status == 303
        writer.set_meta("more", "is written")
        assert {label.labeller for _, label in writer.all_labels()} == {"anna", "ben"}
    assert not written_now(path)


def test_results_are_those_of_the_report(tmp_path: Path) -> None:
    path = fill(tmp_path / "x.sqlite", TEXTS)
    with viewing(path) as client:
        assert "Plain means" in client.get("run/x/primary").text
        assert "part/results" in client.get("run/x/results").text
        text = client.get("run/x/part/results").text
        assert 'id="answer"' in text
        assert 'id="tables"' in text
        assert "<svg" in text
        assert "halving" not in text
        assert "holds no human labels" in client.get("run/x/part/agreement", X_Part="1").text
        assert client.get("run/x/part/nothing").status == 400


def test_what_is_no_run_file_is_refused_before_the_page_is_up(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"hello")
    with pytest.raises(StoreError, match="not a run file"):
        served([tmp_path / "x.sqlite"])
    done = inside("view", str(tmp_path / "y.sqlite"))
    assert (done.returncode, "no such run file or folder" in done.stderr) == (2, True)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "starlette", None)
    for name in [n for n in sys.modules if n.startswith(("starlette.", "evalkit.interface.view"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = inside("view", str(tmp_path))
    assert (done.returncode, "evalkit-tutor[view]" in done.stderr) == (2, True)


def test_filters_of_an_address() -> None:
    assert wanted_of({"value": "1e400", "sample": "2", "condition": "<"}).value == float("inf")
    assert wanted_of({"value": "x", "sample": "x", "text": "t" * 999}) == Wanted(text="t" * 200)


def test_relations_are_asked_about_and_a_reading_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    source = 'title = "T"\nstatement = "s"\n[staff]\nsolution = "x"\n[symbols]\nx = "scalar"\n[score.equations]\n'
    with Store(path, write=True) as store:
        store.keep_spec("problem", "set/p0", source).result()
        said = (Turn("user", "?"), Turn("assistant", "So $x + x = 3x$.", Reply("So $x + x = 3x$.")))
        store.keep_transcript(Transcript(Trial("set/p0", "plain", "m", 0), said)).result()
    with viewing(path) as client:
        text = client.get("run/x/label?who=anna&mend=1").text
        name = re.search(r'name="(relation:\d+:\d+)"', text)
        given = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
        assert name
        assert given
        form = {"who": "anna", "place": "1.1"}
        assert client.post("run/x/label", {**form, "do": "save", name[1]: "0"}).status == 303
        assert client.post("run/x/reading", {**form, "reading": html.unescape(given[1])}).status == 303
        for wrong in ("{", "[]", '{"scopes": 7}'):
            assert client.post("run/x/reading", {**form, "reading": wrong}).status == 400
    with Store(path) as store:
        (stored,) = store.transcripts()
    assert [(label.metric, label.value) for label in stored.transcript.given] == [(RELATION, 0.0)]
    assert stored.transcript.readings["1"]["by"] == "anna"


def test_a_relation_has_one_number_in_the_reply_and_beside_its_question(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    source = 'title = "T"\nstatement = "s"\n[staff]\nsolution = "x"\n[symbols]\nx = "scalar"\n[score.equations]\n'
    text = "So $x + x = 3x$ and $2x = x + x$.\n\nHence $x = x$."
    with Store(path, write=True) as store:
        store.keep_spec("problem", "set/p0", f"{source}[score.number]\nvalue = 3\n").result()
        said = (Turn("user", "?"), Turn("assistant", text, Reply(text)))
        store.keep_transcript(Transcript(Trial("set/p0", "plain", "m", 0), said)).result()
    with viewing(path) as client:
        page = client.get("run/x/label?who=anna").text
    numbered = [(str(n), formula) for n, formula in enumerate(("x + x = 3x", "2x = x + x", "x = x"), 1)]
    assert re.findall(r'title="relation (\d+)"><math title="([^"]*)"', page) == numbered
    asked = re.findall(
        r'data-relation="(\d+)"><legend><p><math title="([^"]*)".*?name="relation:(\d+):(\d+)"', page, re.S
    )
    assert [(number, formula) for number, formula, _, _ in asked] == numbered
    assert [text[int(start) : int(stop)] for _, _, start, stop in asked] == [formula for _, formula in numbered]


def test_where_a_label_differs(tmp_path: Path) -> None:
    path = fill(tmp_path / "x.sqlite", TEXTS)
    row = {"problem": "set/p0", "template": "plain", "model": "m", "metric": "number.correct", "labeller": "anna"}
    load_run(path).add_labels([{**row, "sample": 0, "value": 0}, {**row, "sample": 1, "value": 0}])
    with Store(path) as store:
        found = store.blocks(Wanted(metric="number.correct", condition="label"), 9)
    assert found == [("set/p0", "m", 0)], "what a scorer could not judge differs from nothing"


def test_labels_are_seen_from_python(tmp_path: Path) -> None:
    path = fill(tmp_path / "x.sqlite", TEXTS[:1])
    row = {"problem": "set/p0", "template": "plain", "model": "m", "sample": 0, "metric": "number.correct", "value": 1}
    assert load_run(path).add_labels([{**row, "labeller": "anna"}]) == 1
    with Store(path) as store:
        assert list(store.all_labels()) == [(Trial("set/p0", "plain", "m", 0), Label(1, "number.correct", 1.0, "anna"))]
