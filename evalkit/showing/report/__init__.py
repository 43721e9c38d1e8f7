"""The HTML report: one self-contained file, written piece by piece, that opens from disk without a network.

Built from run files alone. Replies are untrusted: all text is escaped (Jinja's autoescape, and report/markup.py for
Markdown), and the page's content-security policy allows no script and no style but its own two, by their hashes, and
no request at all. Conversations lie in the file as data and become part of the page when they are looked at, so that
thousands of them stay usable.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from evalkit.comparing.comparison import Answered
from evalkit.comparing.contrasts import Comparison, headline_metrics
from evalkit.comparing.ladder import Ladder
from evalkit.comparing.steering import Steering
from evalkit.errors import StoreError, counted
from evalkit.judging.metrics import metric_for
from evalkit.runfile import outputs
from evalkit.runfile.store import Store
from evalkit.showing import glossary, tables
from evalkit.showing.figures import Chart
from evalkit.showing.report import evidence
from evalkit.showing.report.chats import Section, all_tags, packed, sections
from evalkit.showing.report.names import approaches_told, arms_told
from evalkit.showing.report.summary import summarise
from evalkit.showing.tables.ladder import ladder_tables
from evalkit.showing.tables.wordings import wording_tables
from evalkit.version import VERSION


@dataclass(frozen=True)
class Content:
    """What stands above the conversations. arms: in the order in which they are shown."""

    title: str = ""
    note: str = ""
    arms: Sequence[str] = ()
    comparisons: Sequence[Comparison] = ()
    answers: Sequence[Answered] = ()
    steering: Steering = field(default_factory=Steering)
    charts: Sequence[Chart] = ()
    footer: Sequence[str] = field(default=())
    """Further lines for the foot of the page."""
    changes: Sequence[Comparison] = ()
    """The judged turn of each arm against its first one."""
    models: Sequence[Comparison] = ()
    """Effects in one model against those in others."""
    ladders: Sequence[Ladder] = ()
    """Arms of three assistant turns or more."""
    methods: str = ""
    """The methods paragraph, and its sources after an empty line."""
    sentences: Sequence[str] = ()
    """The answer: a few sentences on the primary outcome."""
    means: tables.Table | None = None
    together: Sequence[tables.Table] = ()
    """Which metrics go together."""
    judged: bool = True
    """Whether any pair could be judged."""


def render(stores: Sequence[Store], content: Content, target: Path, *, force: bool = False) -> int:
    """Write the report to `target` (in place of an older one, never half of it); returns its size in bytes.

    force: replace a file that is no report, else SpecError. Raises StoreError when it cannot be written.
    """
    if not target.name or target.is_dir():
        raise StoreError(f"{target}: is a folder; name the report's file, e.g. report.html")
    if target.suffix.lower() not in ("", ".html", ".htm"):
        raise StoreError(f"{target}: a report is HTML, so let its name end in .html; a browser prints it to a PDF")
    outputs.check(target, is_report, force=force)
    with outputs.written(target) as part:
        with part.open("w", encoding="utf-8", errors="replace") as file:
            file.writelines(pages().get_template("report.html.j2").generate(_page(stores, content)))
        return part.stat().st_size


@cache
def pages(*folders: BaseLoader) -> Environment:
    """Where the templates of the report stand, and those of `folders` before them."""
    environment = Environment(
        loader=ChoiceLoader([*folders, PackageLoader("evalkit.showing.report", "page")]), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals |= {"word_of": glossary.word_of, "anchor": glossary.anchor}
    return environment


def results_part(stores: Sequence[Store], content: Content) -> str:
    """Answer, figures, tables and what their words mean, as a part of another page."""
    found = _results(stores, content)
    return "\n".join(pages().get_template(name).render(found) for name in ("results.html.j2", "words.html.j2"))


def is_report(head: bytes) -> bool:
    """Whether a file that begins so is a report of ours: it bears the generator's mark."""
    return b'<meta name="generator" content="evalkit' in head


def stylesheet() -> str:
    """The report's style, with that of the marks of all scorers."""
    sheet = _own("report.css")
    return sheet + evidence.style(sheet)


def script_of(own: str) -> str:
    """A page's own script behind the one that all pages share."""
    return _own("shared.js") + own


def switches() -> dict[str, object]:
    """What legend.html.j2 needs: every mark of evidence, and those that are off at first."""
    marks = evidence.legend()
    return {
        "legend": {evidence.css(m): (m.label, m.about) for m in marks},
        "quiet": {evidence.css(m) for m in marks if m.quiet},
    }


def words() -> list[tuple[str, str, str]]:
    """(anchor, word, meaning) of what headings say."""
    return [(glossary.anchor(word), word, glossary.explained(word)) for word in glossary.WORDS]


def _page(stores: Sequence[Store], content: Content) -> dict[str, object]:
    style, script = stylesheet(), script_of(_own("report.js"))
    found = _results(stores, content)
    return found | {
        "sections": _sections(stores, found["arms"], pages().get_template("chat.html.j2")),
        "tags": all_tags(),
        "labelled": any(store.labelled() for store in stores),
        **switches(),
        "footer": [*_footer(stores), *content.footer],
        "version": VERSION,
        "style": Markup(style),  # noqa: S704 - a file of this package
        "script": Markup(script),  # noqa: S704 - a file of this package
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }


def _results(stores: Sequence[Store], content: Content) -> dict[str, Any]:
    """What results.html.j2 and words.html.j2 need."""
    trials = [trial for store in stores for trial in store.outlines()]
    models = list(dict.fromkeys(sorted(t.model for t in trials)))
    present = {t.template for t in trials}
    arms = [*(a for a in content.arms if a in present), *sorted(present - set(content.arms))]
    first = [*dict.fromkeys(c.metric for c in content.comparisons if c.outcome == "primary")]
    first += [m for m in headline_metrics([c.metric for c in content.comparisons]) if m not in first]
    headline = [c for c in content.comparisons if c.metric in first]
    headline.sort(key=lambda c: first.index(c.metric))
    others = [c for c in content.comparisons if c.metric not in first]
    bases = {c.baseline for c in content.comparisons if c.kind == "contrast"}
    problems = len({t.problem for t in trials})
    told = arms_told(stores, arms)
    lead = content.charts[0].metric if content.charts and content.sentences else ""
    asked = {arm for c in headline if c.metric == lead for arm in (c.arm, c.baseline)}
    return {
        "title": content.title or stores[0].path.stem,
        "note": content.note,
        "counts": f"{counted(len(trials), 'conversation')} · {counted(problems, 'problem')} · "
        f"{counted(len(arms), 'arm')} · {counted(len(models), 'model')}",
        "sentences": content.sentences,
        "means": content.means,
        "judged": content.judged,
        "summary": summarise(content.comparisons),
        "baseline": bases.pop() if len(bases) == 1 else "",
        "reading": tables.footer(content.comparisons),
        "lead": next(_drawn(content.charts[:1]), None) if content.sentences else None,
        "charts": _drawn(content.charts[1:] if content.sentences else content.charts),
        "steering": [*tables.steering_tables(content.steering), *ladder_tables(content.ladders)],
        "spread_tables": tables.spread_tables(headline),
        "wording_tables": wording_tables(headline),
        "model_tables": tables.model_tables(content.models),
        "change_tables": tables.comparison_tables(content.changes),
        "first_tables": tables.comparison_tables(headline),
        "more_tables": [
            *content.together,
            *tables.comparison_tables(others),
            *([tables.answered_table(content.answers)] if content.answers else []),
        ],
        "methods": content.methods.split("\n\n") if content.methods else [],
        "arms": arms,
        "arms_told": {arm: (f"arm-{i}", told[arm]) for i, arm in enumerate(arms) if arm in told},
        "compared": [arm for arm in arms if arm in asked],
        "approaches": approaches_told(stores) if any(c.metric == metric_for("use level") for c in headline) else [],
        "words": words(),
        "models": models,
        "many_models": len(models) > 1,
    }


def _drawn(charts: Sequence[Chart]) -> Iterator[tuple[str, Markup]]:
    return ((chart.title, Markup(chart.svg())) for chart in charts)  # noqa: S704 - of our own drawing


def _sections(
    stores: Sequence[Store], arms: Sequence[str], chat: Template
) -> Iterator[tuple[Section, Iterator[Markup]]]:
    for section in sections(stores, arms):
        yield section, packed((chat.render(chat=c) for c in section.chats), section.formulas)


def _own(name: str) -> str:
    return files("evalkit.showing.report").joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a content-security policy names an inline script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def _footer(stores: Sequence[Store]) -> Iterator[str]:
    """Versions: of evalkit, of the packages at the time of the run, of scorers and of the stored texts."""
    yield f"Written by evalkit {VERSION}."
    for store in stores:
        packages = store.noted("packages", lambda text: [f"{k} {v}" for k, v in json.loads(text).items()])
        yield f"Run file {store.path.name}, made with " + ", ".join(packages or ["packages unknown"]) + "."
        scorers: dict[tuple[str, str], list[str]] = defaultdict(list)
        for scorer, version in store.scorer_versions():
            number, _, spec = version.partition("-")
            scorers[scorer, number].append(spec)
        named = (f"{s} version {v} ({', '.join(specs)})" for (s, v), specs in scorers.items())
        yield "Scorers, with the hashes of what they judged by: " + "; ".join(named) + "."
        hashes = (f"{kind} {name} {(store.meta(f'{kind}:{name}') or '')[:12]}"
                  for kind in ("problem", "template") for name in store.spec_names(kind))  # fmt: skip
        yield "Texts used: " + ", ".join(hashes) + "."
