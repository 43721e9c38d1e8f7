"""The local page in a real browser: `make test-browser`. Without Chromium these tests fail, they are not skipped."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from evalkit.runfile.browse import written_now
from evalkit.runfile.store import Store
from evalkit.types import Score, Span
from tests.arrange import ROOT, write_problems
from tests.browser import opened
from tests.server import ModelServer, serving
from tests.test_report import HOSTILE
from tests.viewing import ARMS, Client, fill, viewing

pytestmark = pytest.mark.browser
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
TEXTS = ["**Final answer:** 1, since\n\n$$1 + 1 = 2$$", "I cannot say.", "**Final answer:** 2"]


@contextmanager
def visiting(client: Client, **context: Any) -> Iterator[Any]:
    """A page; what it says, asks of others or raises fails the test."""
    with opened(**{"viewport": DESKTOP, **context}) as page:
        page.set_default_timeout(100_000)
        noise: list[str] = []
        page.on("console", lambda m: noise.append(f"console: {m.text}"))
        page.on("pageerror", lambda e: noise.append(f"error: {e}"))
        page.on("dialog", lambda d: noise.append(f"dialog: {d.message}"))
        page.on("request", lambda r: noise.extend([] if r.url.startswith((client.url, "data:,")) else [r.url]))
        yield page
        assert not noise


def until(page: Any, condition: str, seconds: float = 40) -> None:
    """Wait for a condition in JavaScript. (Playwright's own wait needs eval, which the page's policy forbids.)"""
    from playwright.sync_api import Error

    for _ in range(int(seconds * 20)):
        with suppress(Error):  # the page is just being left for the next one
            if page.evaluate(f"document.readyState === 'complete' && Boolean({condition})"):
                return  # before the script has run, keys would be lost
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def test_labelling_by_keyboard_alone(tmp_path: Path) -> None:
    path = fill(tmp_path / "x.sqlite", TEXTS)
    with viewing(path) as client, visiting(client) as page:
        page.goto(client.url)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        until(page, "document.querySelector('h1')?.textContent === 'x'")
        page.goto(client.url + "run/x/label")
        page.keyboard.press("Tab")
        for _ in range(6):  # the link home and the parts of the run stand before the field
            if page.evaluate("document.activeElement.name") == "who":
                break
            page.keyboard.press("Tab")
        page.keyboard.type("anna")
        page.keyboard.press("Enter")
        for done in range(5):
            until(page, f"document.querySelector('.sub')?.textContent.includes('{done} of 18 labelled')")
            page.keyboard.press("s" if done == 2 else str(done % 2))
            if done == 2:
                until(page, "location.search.includes('after=')")
                page.keyboard.press("x")
            page.keyboard.press("Enter")
        until(page, "document.querySelector('.sub').textContent.includes('5 of 18')")
        page.keyboard.press("u")
        until(page, "document.querySelector('.sub').textContent.includes('4 of 18')")
        assert not page.locator("input:checked").count()
        page.keyboard.press("1")
        assert page.locator("input:checked").get_attribute("value") == "1"
        page.keyboard.press("Backspace")
        assert not page.locator("input:checked").count()
    with Store(path) as store:
        values = [label.value for _, label in store.all_labels()]
        arms = {trial.template for trial, _ in store.all_labels()}
    assert sorted(values, key=str) == [0.0, 1.0, 1.0, None]
    assert arms == set(ARMS), "balanced over the arms"


@pytest.mark.parametrize("path", ["", "run/x/", "run/x/chats", "run/x/results", "run/x/label?who=a"])
def test_a_telephone_in_the_dark(tmp_path: Path, path: str) -> None:
    fill(tmp_path / "x.sqlite", TEXTS)
    with viewing(tmp_path) as client, visiting(client, viewport=PHONE, color_scheme="dark") as page:
        page.goto(client.url + path)
        until(page, "[...document.querySelectorAll('[data-load]')].every((part) => part.dataset.done)", 120)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
        colours = page.evaluate(
            "(() => { const s = getComputedStyle(document.body); return [s.backgroundColor, s.color] })()"
        )
        back, ink = (sum(map(int, c[4:-1].split(","))) for c in colours)
        assert back < 120 < 600 < ink


def test_hostile_replies_stay_inert(tmp_path: Path) -> None:
    fill(tmp_path / "x.sqlite", HOSTILE, problems=1)
    with viewing(tmp_path) as client, visiting(client) as page:
        for number in range(1, 5):
            page.goto(f"{client.url}run/x/chats?page={number}")
            page.goto(f"{client.url}run/x/label?who=a&at={number * 9}.1")
            page.wait_for_timeout(100)
            assert page.locator("script").count() == 1
            assert not page.locator(".text a, .text img, .text iframe, .text svg").count()


def test_blocks_and_pages_by_keyboard(tmp_path: Path) -> None:
    fill(tmp_path / "x.sqlite", TEXTS)
    with viewing(tmp_path) as client, visiting(client) as page:
        page.goto(client.url + "run/x/chats")
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert "sample 1" in page.evaluate("document.activeElement.textContent")
        page.keyboard.press("n")
        until(page, "document.querySelector('output').textContent.includes('page 2 of 2')")
        page.keyboard.press("/")
        page.keyboard.type("cannot")
        page.keyboard.press("Enter")
        until(page, "document.querySelector('output').textContent.includes('2 blocks')")
        page.locator("section.block h3 a").first.click()
        until(page, "document.querySelector('output').textContent.includes('1 block,')")
        assert page.locator("article").count() == len(ARMS)


def with_marks(path: Path) -> Path:
    """Evidence of two kinds in the first reply of each arm; one of them is off at first."""
    fill(path, TEXTS, problems=1)
    with Store(path, write=True) as store:
        for stored in store.transcripts():
            spans = (Span(0, 12, "answer"), Span(20, 25, "unread"))
            store.keep_scores(stored.id, 1, "number", "1-y", [Score("correct", 1.0, "it says so", spans)]).result()
    return path


def test_marks_are_switched_by_keyboard_and_stay_switched(tmp_path: Path) -> None:
    with viewing(with_marks(tmp_path / "x.sqlite")) as client, visiting(client) as page:
        page.goto(client.url + "run/x/chats")
        classes = "[...document.body.classList].filter((c) => c.startsWith('no-k-')).sort().join(' ')"
        until(page, f"{classes} !== ''")
        before = page.evaluate(classes)
        assert "no-k-unread" in before, "what is quiet is off at first, as in the report"
        assert "no-k-answer" not in before
        mark = "getComputedStyle(document.querySelector('article .text mark.k-answer'))"
        line = f"(({{outline, borderBottom, background}}) => outline + borderBottom + background)({mark})"
        shown = page.evaluate(line)
        page.keyboard.press("m")
        until(page, "document.activeElement.closest('#legend')")
        for _ in range(30):
            if page.evaluate("document.activeElement.value") == "k-answer":
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert "no-k-answer" in page.evaluate(classes)
        assert page.evaluate(line) != shown
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert not page.evaluate("document.querySelector('details.pop').open")
        page.keyboard.press("/")
        page.keyboard.type("cannot")
        page.keyboard.press("Enter")
        until(page, "document.querySelector('output').textContent.includes('1 block')")
        until(page, f"{classes}.includes('no-k-answer')")
        assert "legend" not in page.evaluate("location.search")


def test_on_a_telephone_the_switches_open_below_their_bar(tmp_path: Path) -> None:
    with viewing(with_marks(tmp_path / "x.sqlite")) as client, visiting(client, viewport=PHONE) as page:
        page.goto(client.url + "run/x/chats")
        until(page, "document.querySelector('#tip')")
        page.keyboard.press("m")
        box, bar = page.locator("#legend").bounding_box(), page.locator("form.bar").bounding_box()
        assert abs(box["y"] - bar["y"] - bar["height"]) < 20
        assert 0 <= box["x"] < box["x"] + box["width"] <= PHONE["width"]


@pytest.mark.parametrize("by", ["pointer", "focus"])
def test_a_heading_is_explained(by: str, tmp_path: Path) -> None:
    with viewing(with_marks(tmp_path / "x.sqlite")) as client, visiting(client) as page:
        page.goto(client.url + "run/x/chats")
        until(page, "document.querySelector('#tip')")
        page.locator("details.scores summary").first.click()
        term = page.locator("details.scores[open] .term").first
        assert page.evaluate("document.querySelector('#tip').hidden")
        if by == "pointer":
            term.hover()
        else:
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "term"
        meaning = page.evaluate("document.querySelector('#tip').textContent")
        assert len(meaning) > 20
        assert meaning == page.locator(f"#{term.get_attribute('aria-describedby')}").text_content()
        assert page.locator("#tip").bounding_box()["y"] > 0
        page.keyboard.press("Escape")
        assert page.evaluate("document.querySelector('#tip').hidden")


def test_words_of_a_part_that_comes_later_are_explained_too(tmp_path: Path) -> None:
    with viewing(with_marks(tmp_path / "x.sqlite")) as client, visiting(client) as page:
        page.goto(client.url + "run/x/results")
        until(page, "[...document.querySelectorAll('[data-load]')].every((part) => part.dataset.done)", 120)
        assert page.locator("#tables .term[tabindex]").count() or page.locator("table .term[tabindex]").count()
        ids = page.evaluate("[...document.querySelectorAll('dd[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids)) > 20, "no meaning stands on the page twice"


def test_without_the_token_there_is_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "x.sqlite", TEXTS)
    with viewing(tmp_path) as client, opened() as page:
        for url in (client.origin, f"{client.origin}/run/x/", client.url[:-2]):
            answer = page.goto(url)
            assert answer is not None
            assert answer.status == 404
            assert "x" not in page.inner_text("body").split()
        page.goto(client.url)
        assert not page.context.cookies(), "nothing stays in the browser"


def test_two_views_and_a_run_on_one_file(tmp_path: Path) -> None:
    write_problems(tmp_path, 20)
    (tmp_path / "runs").mkdir()
    path = tmp_path / "runs" / "x.sqlite"
    with serving(ModelServer(latency=0.4)) as server:
        arguments = ["-p", "p/*", "-t", "plain", "-t", "ban_approach", "-m", "openai:m", "--base-url", server.url]
        more = ["--prompts", str(ROOT / "prompts"), "--run", str(path), "--no-probe", "--in-flight", "1", "-q"]
        command = [sys.executable, "-m", "evalkit", "run", *arguments, *more]
        running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(600):
                if path.exists() and written_now(path):
                    break
                time.sleep(0.1)
            with viewing(tmp_path / "runs") as first, viewing(path) as second, visiting(first) as page:
                other = page.context.new_page()
                page.goto(first.url + "run/x/")
                assert "Not final" in page.inner_text("#live")
                seen = page.inner_text("#live")
                until(page, "document.querySelector('progress')?.max === 40")
                for _ in range(200):
                    if page.inner_text("#live") != seen:
                        break
                    page.wait_for_timeout(100)
                assert page.inner_text("#live") != seen, "the page goes on by itself"
                other.goto(second.url + "run/x/label?who=anna")
                other.keyboard.press("1")
                other.keyboard.press("Enter")
                until(other, "document.querySelector('.sub')?.textContent.includes('1 of')")
                assert second.post("run/x/score", {}).status == 400 or not written_now(path)
                assert running.wait(timeout=120) == 0
                until(page, "!document.querySelector('#live').textContent.includes('Not final')")
                assert "40 of 40" in page.inner_text("#live")
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()
    with Store(path) as store:
        assert [label.labeller for _, label in store.all_labels()] == ["anna"]
        assert len(store.outlines()) == 40
