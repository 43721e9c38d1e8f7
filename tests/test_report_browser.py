"""The report in a real browser: `make test-browser`. Without Chromium these tests fail, they are not skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.runfile.store import Store
from evalkit.showing.report import Content, render
from tests.arrange import ROOT, inside
from tests.browser import opened
from tests.test_report import HOSTILE, fill

pytestmark = pytest.mark.browser
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


class Visit:
    """A page with everything that it did: messages, errors, requests other than for itself, dialogs."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page = page
        self.noise: list[str] = []
        page.on("console", lambda m: self.noise.append(f"console: {m.text}"))
        page.on("pageerror", lambda e: self.noise.append(f"error: {e}"))
        page.on("dialog", self._dismiss)
        page.on("request", lambda r: self.noise.extend([f"request: {r.url}"] if r.url != path.as_uri() else []))
        page.goto(path.as_uri())

    def _dismiss(self, dialog: Any) -> None:
        self.noise.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def shown(self, selector: str) -> int:
        """How many elements are visible."""
        found: int = self.page.locator(f"{selector}:visible").count()
        return found

    def until(self, condition: str) -> None:
        """Wait for a condition in JavaScript. (Playwright's own wait needs eval, which the page's policy forbids.)"""
        for _ in range(200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {condition}")

    def everything(self) -> None:
        """Open all problems and look at all their conversations."""
        self.page.keyboard.press("a")
        self.page.evaluate(
            "async () => { for (const a of document.querySelectorAll('section.block')) {"
            " a.scrollIntoView(); await new Promise(requestAnimationFrame); } }"
        )
        self.until("!document.querySelector('article:not([data-done])')")


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the example experiment."""
    folder = tmp_path_factory.mktemp("example")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        assert inside("run", "runs/hw7.toml", "--run", str(folder / "x.sqlite")).returncode == 0
        assert inside("report", str(folder / "x.sqlite")).returncode == 0
    return folder / "x.html"


@pytest.fixture
def visit(example: Path) -> Iterator[Visit]:
    with opened(viewport=DESKTOP) as page:
        found = Visit(page, example)
        yield found
        assert not found.noise


def test_question_note_and_answer_are_in_the_first_screen(visit: Visit) -> None:
    for selector in ("h1", ".caution", "#answer h2", ".words", "#answer figure"):
        box = visit.page.locator(selector).first.bounding_box()
        assert box["y"] + min(box["height"], 100) < DESKTOP["height"], selector
    assert "no model's output" in visit.page.inner_text(".caution")
    words, figure = (visit.page.locator(s).first.bounding_box() for s in (".words", "#answer figure"))
    assert words["x"] + words["width"] <= figure["x"], "the figure stands beside the words"
    first = visit.page.inner_text(".first")
    assert "The staff's approach: differentials and the trace (hw7/3bi)" in first
    assert "the staff's hint, repeated after a first answer" in first
    assert "approach.level" not in first


def test_conversations_are_filled_in_when_they_are_looked_at(visit: Visit) -> None:
    assert visit.page.locator("article .turn").count() == 0
    visit.everything()
    assert visit.page.locator("article:has(.turn)").count() == visit.page.locator("article").count() > 100
    box = visit.page.locator(".assistant math").first.bounding_box()
    assert box["width"] > 5
    assert box["height"] > 5
    assert visit.page.locator(".assistant math").first.get_attribute("title")
    assert visit.page.locator("code.tex").count() == 0, "every formula of the example can be typeset"
    assert visit.page.locator("mark.k-milestone, .mk.k-milestone").count() > 50
    assert visit.page.locator(".items .k-false").count() > 10


def test_filters(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("a")
    total = visit.shown("article")
    page.select_option("#tag", "wrong")
    wrong = visit.shown("article")
    assert 0 < wrong < total
    assert all("wrong" in a.get_attribute("data-tags").split("|") for a in page.locator("article:visible").all())
    assert page.inner_text("#count") == f"{wrong} of {total} conversations"
    page.keyboard.press("Escape")
    assert visit.shown("article") == total
    page.check("#differ")
    assert visit.shown("section.block") == page.locator("section.block[data-differs]").count() > 0
    page.uncheck("#differ")
    page.locator("summary", has_text="arms").click()
    page.uncheck("#arms input[value=plain]")
    assert page.locator("article[data-arm=plain]:visible").count() == 0
    assert 0 < visit.shown("article") < total


def test_marks_can_be_switched_off(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("j")
    mark = page.locator("article .text mark.k-milestone").first
    line = "e => getComputedStyle(e).borderBottomStyle"
    assert mark.evaluate(line) == "solid"
    page.locator("summary", has_text="marks").click()
    page.uncheck("#legend input[value=k-milestone]")
    assert mark.evaluate(line) == "none"


def test_keyboard(visit: Visit) -> None:
    page = visit.page
    current = "[...document.querySelectorAll('section.block')].findIndex(b => b.classList.contains('current'))"
    steps = []
    for key in ("j", "j", "k", "J", "K"):
        page.keyboard.press(key)
        steps.append(page.evaluate(current))
    assert steps[:3] == [0, 1, 0]
    assert steps[3] > 1
    assert steps[4] == 0
    top = page.locator("section.block.current").bounding_box()["y"]
    assert 0 <= top < 150, "the row is in view, below the bar"
    page.keyboard.press("l")
    visit.until("document.querySelector('.current .arms').scrollLeft > 100")
    page.keyboard.press("h")
    visit.until("document.querySelector('.current .arms').scrollLeft < 10")
    page.keyboard.press("o")
    assert not page.locator("details.problem").first.evaluate("e => e.open")
    page.keyboard.press("d")
    assert page.is_checked("#differ")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "tag"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(example: Path, scheme: str) -> None:
    with opened(viewport=DESKTOP, color_scheme=scheme) as page:
        found = Visit(page, example)
        brightness = "e => getComputedStyle(e).{}.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3"
        back = page.locator("body").evaluate(brightness.format("backgroundColor"))
        ink = page.locator("body").evaluate(brightness.format("color"))
        axis = page.locator("figure svg text").first.evaluate(brightness.format("fill"))
        assert (back > 200 > 60 > ink) if scheme == "light" else (back < 60 < 200 < ink)
        assert abs(axis - ink) < 20, "figures follow the ink of the page"
        assert not found.noise


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_never_wider_than_the_screen(example: Path, viewport: dict[str, int]) -> None:
    with opened(viewport=viewport) as page:
        found = Visit(page, example)
        found.everything()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert not found.noise


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_word_of_a_figure_is_too_small_to_read(example: Path, viewport: dict[str, int]) -> None:
    with opened(viewport=viewport) as page:
        Visit(page, example)
        heights = "[...document.querySelectorAll('figure svg text')].filter(t => t.checkVisibility()).map(t => t.getBoundingClientRect().height)"
        found = page.evaluate(heights)
        assert len(found) > 50
        assert min(found) >= 7
        inside = (
            "[...document.querySelectorAll('figure svg')].every(s => s.getBoundingClientRect().right <= innerWidth)"
        )
        assert page.evaluate(inside)


def test_a_table_that_goes_on_says_so(example: Path) -> None:
    with opened(viewport=PHONE) as page:
        found = Visit(page, example)
        found.until("document.querySelector('#answer .scroll.more')")
        cue = "getComputedStyle(document.querySelector('#answer .scroll.more caption > span'), '::after').content"
        assert "goes on to the right" in page.evaluate(cue)
        page.locator("#answer .scroll").evaluate("e => e.scrollLeft = 200")
        first = page.locator("#answer .matrix tbody th").first.bounding_box()
        assert first is not None
        assert first["x"] < 30, "the measure stays in sight"
        assert not found.noise


def test_every_heading_is_explained_to_pointer_and_keyboard(visit: Visit) -> None:
    page = visit.page
    heads = page.locator("main table:not(.matrix) thead th")
    names = {h.strip() for h in heads.all_text_contents()}
    told = {h.strip() for h in page.locator("main table:not(.matrix) thead th .term").all_text_contents()}
    assert names == told
    assert page.evaluate(
        "[...document.querySelectorAll('.term')].every(t => document.getElementById(t.getAttribute('aria-describedby')))"
    )
    term = page.locator("#tables > .scroll th .term", has_text="dropped").first
    term.hover()
    assert "could not be judged" in page.inner_text("#tip")
    page.mouse.move(1, 1)
    visit.until("document.getElementById('tip').hidden")
    term.focus()
    assert "could not be judged" in page.inner_text("#tip")
    page.keyboard.press("Escape")
    assert visit.shown("#tip") == 0
    assert page.locator("#tables > .scroll").first.locator(".term[tabindex]").count() > 8


def test_print(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    page.locator("details.problem").first.evaluate("e => e.open = true")
    page.pdf(path=tmp_path / "x.pdf")
    assert page.locator("details.problem[open] article:not([data-done])").count() == 0, "printed rows are filled in"
    page.emulate_media(media="print")
    assert visit.shown("#bar") == 0
    assert visit.shown(".top h1") == 1
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)", (
        "paper is white"
    )
    assert (tmp_path / "x.pdf").stat().st_size > 50_000


REPLIES = {
    **{f"hostile_{i:02d}": text for i, text in enumerate(HOSTILE)},
    "turned": "before \u202egnp.exe\u202c after \u2066x\u2069 \u200bhidden",
    "deep": "> " * 300 + "x" + "\n" + "- " * 300 + "y\n" + "$" + "{" * 2000 + "$",
    "huge": "word $x_1$ " * 40_000,
    "data": '"}]}</script><script>window.pwned = 1</script>',
    "handlers": '<body onload="window.pwned=1"><iframe srcdoc="<script>top.pwned=1</script>"></iframe>'
    '<meta http-equiv="refresh" content="0;url=https://example.org"><base href="https://example.org">',
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    fill(tmp_path / "x.sqlite", REPLIES)
    with Store(tmp_path / "x.sqlite") as store:
        render(
            [store], Content(title="</title><script>window.pwned = 1</script>", note=HOSTILE[1]), tmp_path / "x.html"
        )
    return tmp_path / "x.html"


def test_hostile_replies_stay_inert(hostile: Path) -> None:
    with opened(viewport=DESKTOP) as page:
        found = Visit(page, hostile)
        found.everything()
        page.mouse.move(300, 300)
        assert page.evaluate("window.pwned === undefined")
        assert page.locator("a:not(nav a), img, iframe, object, embed, form, base, link, article style").count() == 0
        assert page.locator("script").count() == 1, "the data element is taken out when it is read"
        handlers = "[...document.querySelectorAll('article *')].filter(e => [...e.attributes].some(a => /^on|^style$|^href$|^src$/.test(a.name))).length"
        assert page.evaluate(handlers) == 0
        turned = page.inner_text("article[data-arm=turned] .assistant .text")
        assert "[U+202E]gnp.exe" in turned
        assert "[U+200B]hidden" in turned
        assert page.locator("article[data-arm=hostile_00] .assistant .text").inner_text().strip() == HOSTILE[0]
        assert "more characters are not shown" in page.inner_text("article[data-arm=huge]")
        assert page.url == hostile.as_uri()
        assert not found.noise


def test_the_policy_stops_scripts_that_are_not_ours(hostile: Path) -> None:
    with opened() as page:
        found = Visit(page, hostile)
        answers: list[str] = []
        page.on("response", lambda r: answers.append(r.url))
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {text: 'window.pwned = 1'}))"
        )
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<img src=https://example.org/x onerror=\"window.pwned=1\">')"
        )
        page.wait_for_timeout(200)
        assert page.evaluate("window.pwned === undefined")
        assert any("Content Security Policy" in line for line in found.noise)
        assert not answers, "the policy blocked the request"
