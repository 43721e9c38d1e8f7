"""The report without a browser: what reaches the page, and in which form."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.comparing.contrasts import Comparison, Reading, Verdict
from evalkit.errors import StoreError
from evalkit.judging.metrics import marks, metrics
from evalkit.runfile.records import StoredScore
from evalkit.runfile.store import Store
from evalkit.showing.report import Content, render
from evalkit.showing.report.chats import Formulas, packed, sections
from evalkit.showing.report.evidence import css, evidence
from evalkit.showing.report.markup import MAX_TEXT, Mark, markup
from evalkit.showing.report.mathml import mathml, row_of
from evalkit.showing.report.names import approaches_told
from evalkit.showing.report.summary import summarise
from evalkit.types import Reply, Score, Span, Transcript, Trial, Turn

TAGS = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "code", "pre", "s", "hr", "br", "table",
    "thead", "tbody", "tr", "th", "td", "blockquote", "mark", "span", "math", "mrow", "mi", "mn", "mo", "mtext", "mspace",
    "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd",
    "mstyle", "mpadded", "mphantom", "menclose",
}  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) ![x](https://example.org/x.png) <https://example.org>",
    "[ref]: javascript:alert(1)\n\n[ref]",
    r"$\href{javascript:alert(1)}{x}$ and $\text{<script>alert(1)</script>}$",
    r"\[ \style{position:fixed}{x} \class{a\" onclick=\"alert(1)}{y} \]",
    "<style>*{display:none}</style>",
    '"><svg onload=alert(1)>',
    '<i data-m="0"></i>',
    "```html\n</code></pre><script>alert(1)</script>\n```",
    '```a"onmouseover="alert(1)\nx\n```',
    "| a | b |\n|:-|-:|\n| <b>x</b> | `<script>` |",
    "\U000f0000\U00100000\U0010ffff",
]


class Seen(HTMLParser):
    """Which tags and attributes occur, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = self.values = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += "".join(value or "" for _, value in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(text: str) -> None:
    seen = Seen(markup(text, [Mark(0, len(text), "k-false", '"><script>')]))
    assert seen.tags <= TAGS
    assert not {a for a in seen.attributes if a.startswith("on")} | seen.attributes & {"href", "src", "style"}
    assert "alert(1)" not in text or "alert(1)" in (seen.text + seen.values).replace(" ", "")


pieces = st.sampled_from(
    ["<", ">", "&", '"', "'", "$", "$$", "\\(", "\\)", "\\[", "\\]", "**", "_", "`", "```", "\n", "\n\n", "# ", "- ", "|",
     "x", "a b", "\\frac{1}{2}", "{", "}", "\\begin{aligned}", "\\end{aligned}", "&=", "\\\\", "<script>", "](x)", "[",
     "\u202e", "é", "\U000f0001", "javascript:"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=40).map("".join), st.data())
def test_any_text_with_any_marks_gives_only_the_listed_tags(text: str, data: st.DataObject) -> None:
    place = st.integers(0, len(text))
    found = data.draw(st.lists(st.tuples(place, place), max_size=4))
    seen = Seen(markup(text, [Mark(a, b, "k-new", "why") for a, b in found]))
    assert seen.tags <= TAGS
    assert seen.attributes <= {"class", "title", "display", "start"} | {
        "stretchy", "fence", "form", "width", "columnalign", "displaystyle", "mathvariant", "linethickness", "accent",
        "minsize", "maxsize", "lspace", "rspace", "separator", "scriptlevel", "notation", "height", "depth", "voffset",
        "largeop", "movablelimits", "symmetric", "accentunder", "rowspan", "columnspan",
    }  # fmt: skip
    assert not re.search("[\u202e\U000f0000-\U0010ffff]", seen.text)


def test_words_survive_the_markdown_step() -> None:
    text = "# One\n\nTwo **three** and $x^2$ four\n\n1. five\n2. six\n"
    words = re.findall(r"[A-Za-z]+", Seen(markup(text, [Mark(4, 30, "k-new", "")])).text)
    assert words == ["One", "Two", "three", "and", "x", "four", "five", "six"]


@pytest.mark.parametrize(
    ("text", "start", "end", "marked"),
    [
        ("see **the SVD** of it", 4, 15, ["the SVD"]),
        ("- item one\n- item two", 0, 21, ["item one", "item two"]),
        ("# A title\n\nand text", 2, 14, ["A title", "and"]),
        ("| a | b |\n|---|---|\n| c | d |", 20, 29, ["c", "d"]),
        ("**bold**: rest", 0, 14, ["bold", ": rest"]),
    ],
    ids=["bold", "list", "heading", "table", "colon"],
)
def test_marks_keep_to_their_words(text: str, start: int, end: int, marked: list[str]) -> None:
    page = markup(text, [Mark(start, end, "k-new", "why")])
    assert re.findall(r'<mark class="k-new" title="why">(.*?)</mark>', page) == marked


def test_a_mark_in_an_aligned_display_marks_its_row() -> None:
    source = r"\begin{aligned} a &= b \\ &= c \\ &= d \end{aligned}"
    text = f"\\[{source}\\]"
    at = text.index("&= c")
    page = markup(text, [Mark(at, at + 4, "k-false", "fails")])
    rows = re.findall(r"<mtr[^>]*>", page)
    assert rows == ["<mtr>", '<mtr class="k-false">', "<mtr>"]
    assert 'title="fails"' in page


@pytest.mark.parametrize(
    ("part", "whole", "rows"),
    [("x = y", ["k-new"], 0), ("So", [], 0), ("a &= b", [""], 1), ("c &= d", [""], 1), (r"b \\ c", [""], 2)],
    ids=["a formula", "no formula", "a row", "the last row", "two rows"],
)
def test_a_mark_is_on_the_formula_or_on_its_rows(part: str, whole: list[str], rows: int) -> None:
    text = r"So $x = y$ and" + "\n\n" + r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$"
    at = text.index(part)
    page = markup(text, [Mark(at, at + len(part), "k-new", "why")])
    assert re.findall(r'<span class="mk ([^"]*)" title="why">', page) == whole
    assert page.count('<mtr class="k-new">') == rows


@pytest.mark.parametrize(
    ("part", "rows"),
    [("&= b", {0}), ("&= c", {1}), (r"b \\ &= c", {0, 1}), (r"1 \\ 2", {2})],
    ids=["first", "second", "two", "inner-matrix"],
)
def test_rows_of_an_aligned_table(part: str, rows: set[int]) -> None:
    source = r"\begin{aligned} a &= b \\ &= c \\ &= \begin{bmatrix} 1 \\ 2 \end{bmatrix} \end{aligned}"
    at = source.index(part)
    assert row_of(source, at, at + len(part)) == rows


@pytest.mark.parametrize(
    "source",
    ["{" * 500 + "}" * 500, r"\frac{" * 300, "x_" * 50, r"\left( x", "a" * 5000, r"\sqrt{" * 300 + "x" + "}" * 300],
    ids=["nested", "open", "double", "unclosed", "long", "roots"],
)
def test_what_cannot_be_typeset_is_shown_as_source(source: str) -> None:
    shown = mathml(source)
    assert shown.startswith('<code class="tex"')
    assert Seen(shown).text == source


def test_common_mathematics_is_typeset() -> None:
    for source in (r"\begin{aligned}a&=b\end{aligned}", r"\begin{gathered}a\\b\end{gathered}", r"\boxed{\lambda}"):
        assert mathml(source, display=True).startswith('<math display="block"')


def test_a_long_reply_says_what_is_not_shown() -> None:
    assert "17 more characters are not shown" in markup("x" * (MAX_TEXT + 17))


# ------------------------------------------------------------ the file


def fill(path: Path, replies: dict[str, str], **labels: float) -> None:
    """One problem; arm -> reply, each with a score or two."""
    with Store(path, write=True) as store:
        for arm, reply in replies.items():
            kept = {"1": dict(labels)} if labels else {}
            turns = (Turn("user", "What is <b>half</b> of $2$?"), Turn("assistant", reply))
            store.keep_transcript(Transcript(Trial("set/half", arm, "m", 0), turns, None, kept)).result()
        for stored in list(store.transcripts()):
            text = stored.transcript.turns[1].content
            right = float("1" in text)
            span = Span(0, min(4, len(text)), "answer", "<given>")
            store.keep_scores(stored.id, 1, "number", "1-ab", [Score("correct", right, "<why>", (span,))])
            false = {
                "false": [
                    {"source": "1 = 2", "verdict": "fails", "counterexample": ["world 1", "entry (1, 1)", 1.0, 2.0]}
                ]
            }
            spans = (Span(0, min(3, len(text)), "false"),)
            store.keep_scores(stored.id, 1, "equations", "2-cd", [Score("false", 1.0, "one", spans, false)]).result()


def report(tmp_path: Path, replies: dict[str, str], **labels: float) -> str:
    run, target = tmp_path / "x.sqlite", tmp_path / "x.html"
    fill(run, replies, **labels)
    with Store(run) as store:
        assert (
            render([store], Content(title="<i>Title</i>", note="a </title> note", footer=["m: probe <ok>"]), target)
            == target.stat().st_size
        )
    return target.read_text(encoding="utf-8")


def test_the_page_is_whole_and_loads_nothing(tmp_path: Path) -> None:
    page = report(tmp_path, {"plain": "1 </script><script>alert(1)</script>", "hint": "2"})
    assert page.count("<script") == page.count("</script>") == 2, "our script and one problem's data"
    assert "&lt;i&gt;Title&lt;/i&gt;" in page
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert not re.search(r'\s(?:style|on\w+)="', page)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src &#39;sha256-".replace("&#39;", "'"))
    assert "unsafe" not in policy[1]


def test_the_data_of_a_problem_hold_its_conversations_once(tmp_path: Path) -> None:
    page = report(tmp_path, {"plain": "1 and $x^2$ and $x^2$", "hint": "2"})
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert len(data["chats"]) == 2
    assert sum('title="x^2"' in m for m in data["math"]) == 1
    assert any("the left side is 1 and the right side 2" in chat for chat in data["chats"])


def test_data_cannot_end_their_element() -> None:
    text = "".join(packed(["</script><!-- & \u2028"], Formulas()))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text)["chats"] == ["</script><!-- & \u2028"]


def test_reasoning_is_folded_beside_the_reply(tmp_path: Path) -> None:
    with Store(tmp_path / "x.sqlite", write=True) as store:
        turns = (Turn("user", "?"), Turn("assistant", "7", Reply("7", reasoning="<b>5</b> or 7")))
        store.keep_transcript(Transcript(Trial("set/half", "plain", "m", 0), turns)).result()
        assert render([store], Content(), tmp_path / "x.html")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    (chat,) = json.loads(found[1])["chats"]
    assert "not judged)</summary>" in chat
    assert "&lt;b&gt;5&lt;/b&gt; or 7" in chat


def test_arms_stand_side_by_side_with_what_a_reader_looks_for(tmp_path: Path) -> None:
    fill(tmp_path / "x.sqlite", {"plain": "1", "hint": "2"}, **{"number.correct": 1.0})
    with Store(tmp_path / "x.sqlite") as store:
        (section,) = sections([store], ["plain", "hint"])
    (block,) = section.blocks
    assert [c.arm for c in block.chats] == ["plain", "hint"]
    assert block.differs
    plain, hint = block.chats
    assert plain.tags == ("right", "false equation")
    assert hint.tags == ("wrong", "false equation", "label disagrees")


def test_the_foot_names_scorers_versions_and_packages(tmp_path: Path) -> None:
    page = report(tmp_path, {"plain": "1"})
    foot = page[page.index('id="about"') :]
    assert "equations version 2 (cd)" in foot
    assert "number version 1 (ab)" in foot
    assert "numpy" in foot
    assert "m: probe &lt;ok&gt;" in foot


def test_the_same_run_file_gives_the_same_bytes(tmp_path: Path) -> None:
    fill(tmp_path / "x.sqlite", {"plain": "1", "hint": "2 $y$"})
    with Store(tmp_path / "x.sqlite") as store:
        for name in ("a.html", "b.html"):
            render([store], Content(), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


LISTED = [(name, kind) for name, info in metrics().items() for kind in info.listed]
"""Every line that a scorer of ours declares to stand beside a reply."""


@pytest.mark.parametrize(("metric", "kind"), LISTED, ids=[" ".join(row) for row in LISTED])
def test_what_a_scorer_lists_stands_beside_the_reply_once(metric: str, kind: str) -> None:
    scorer, _, name = metric.partition(".")
    listed, mark = metrics()[metric].listed[kind], marks(scorer)[kind]
    entry = {"source": "1 = 2", "verdict": "fails", "counterexample": ["world 1", "entry (1, 1)", 1.0, 2.0]}
    details = {listed.details: [entry]} if listed.details else {}
    span = Span(2, 7, kind, "the note")
    stored = StoredScore(
        Trial("set/half", "plain", "m", 0), 1, scorer, "1-a", Score(name, 1.0, "why", (span,), details)
    )
    (placed,), (item,) = evidence("A 1 = 2 of it", [stored, stored])
    assert (placed.start, placed.end, placed.css, item.css, item.name) == (2, 7, css(mark), css(mark), mark.label)
    told = "fails: in world 1, entry (1, 1), the left side is 1 and the right side 2" if listed.details else "the note"
    assert item.text == f"{listed.before}{told}"
    assert placed.note.endswith(told)
    assert (item.math is not None, item.quoted) == (
        bool(listed.details),
        "1 = 2" if not listed.details and listed.quoted else "",
    )


def test_what_no_scorer_lists_is_marked_alone() -> None:
    stored = StoredScore(
        Trial("set/half", "plain", "m", 0), 1, "equations", "1-a", Score("false", 1.0, "why", (Span(0, 1, "odd", "n"),))
    )
    assert [len(found) for found in evidence("A", [stored])] == [1, 0]


def test_the_approach_of_the_staff_is_named_with_its_problems(tmp_path: Path) -> None:
    ways = "".join(
        f'[[approaches]]\nid = "{way}"\ntitle = "by {way}"\nclaims = ["{way}"]\n' for way in ("guess", "sums")
    )
    with Store(tmp_path / "x.sqlite", write=True) as store:
        for name, staff in (("a", "sums"), ("b", "sums"), ("c", "guess")):
            text = f'title = "{name}"\nstatement = "{name}?"\n{ways}[staff]\nsolution = "1"\napproach = "{staff}"\n'
            store.keep_spec("problem", f"s/{name}", text).result()
            said = (Turn("user", name), Turn("assistant", name))
            store.keep_transcript(Transcript(Trial(f"s/{name}", "plain", "m", 0), said)).result()
        assert approaches_told([store]) == ["by sums (s/a, s/b)", "by guess (s/c)"]
        for metrics in (
            ["approach.level"],
            ["approach.level", "number.correct"],
            ["approach.rival_level", "number.correct"],
            ["number.correct"],
            [],
        ):
            render([store], Content(comparisons=[Comparison(m, "m", "hint", "plain") for m in metrics]), tmp_path / "x")
            page = (tmp_path / "x").read_text(encoding="utf-8")
            assert ("The staff's approach: by sums" in html.unescape(page)) == ("approach.level" in metrics), metrics


def test_a_target_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    fill(tmp_path / "x.sqlite", {"plain": "1"})
    (tmp_path / "file").write_text("")
    with Store(tmp_path / "x.sqlite") as store, pytest.raises(StoreError, match="cannot be written"):
        render([store], Content(), tmp_path / "file" / "x.html")


@pytest.mark.parametrize("target", ["", ".", "/"])
def test_a_folder_is_no_target(tmp_path: Path, target: str) -> None:
    fill(tmp_path / "x.sqlite", {"plain": "1"})
    with Store(tmp_path / "x.sqlite") as store, pytest.raises(StoreError, match="name the report's file"):
        render([store], Content(), Path(target))


# ------------------------------------------------------------ the answer in words


def compared(arm: str, verdict: Verdict, difference: float) -> Comparison:
    these = Reading(difference, difference - 0.3, difference + 0.3, 0.01, 0.02, verdict)
    like = Reading(difference, note="only 2 problems")
    return Comparison("text.correct", "m", arm, "plain", 2, 2, 8, {"hint: cut off": 1}, these=these, like=like)


def test_the_answer_names_what_is_known_and_counts_the_rest() -> None:
    summary = summarise([compared("hint", Verdict.BETTER, 0.5), compared("ban", Verdict.CANNOT_TELL, 0.1)])
    (finding,) = summary.findings
    (sentence,) = finding.sentences
    assert (finding.metric, sentence.kind, sentence.contrast) == ("text.correct", "better", "hint against plain")
    assert sentence.text == (
        "these problems: better, +0.50 [+0.20, +0.80], p = .020; problems like these: cannot tell "
        "(8 pairs in 2 problems, 1 dropped)"
    )
    assert (summary.total, summary.unknown, summary.contrasts) == (2, 1, ("hint", "ban"))
    assert [cell and cell.kind for cell in summary.rows[0].cells] == ["better", "cannot"]
