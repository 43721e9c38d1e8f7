"""The pages of `evalkit view`, with the report's own templates for tables, figures and conversations.

Everything is escaped (Jinja's autoescape; report/markup.py for Markdown); the pages hold no script of their own but
`view.js`, and no style but `view.css`, so that the policy can forbid all others.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from evalkit.runfile.browse import Block, Wanted
from evalkit.runfile.store import Store
from evalkit.showing import tables
from evalkit.showing.report import chats as shown
from evalkit.showing.report import pages, script_of, stylesheet, switches, words
from evalkit.showing.report.markup import Mark, markup
from evalkit.types import Trial


@cache
def _environment() -> Environment:
    environment = pages(PackageLoader("evalkit.showing.view", "page"))
    environment.globals |= {**switches(), "words": words(), "arms_told": {}, "compared": (), "methods": ()}
    return environment


def page(name: str, **told: Any) -> str:
    """One page. told: what its template shows."""
    return _environment().get_template(f"{name}.html.j2").render(told)


@cache
def asset(name: str) -> str:
    """`view.css` or `view.js`, each with what the report has of it."""
    own = files("evalkit.showing.view").joinpath("page", name).read_text(encoding="utf-8")
    return stylesheet() + own if name.endswith(".css") else script_of(own)


def tables_part(found: list[tables.Table], sentences: list[str]) -> str:
    """Sentences and tables as a part of a page."""
    return page("tables", tables=found, sentences=sentences, many_models=False)


def chat_blocks(store: Store, blocks: list[Block], wanted: Wanted) -> list[tuple[Block, list[tuple[Trial, Markup]]]]:
    """The conversations of these blocks, each as HTML, the arms of a block side by side."""
    chat = _environment().get_template("chat.html.j2")
    found: dict[Block, list[tuple[Trial, Markup]]] = {block: [] for block in blocks}
    for trial, made in shown.chats_of(store, store.ids(blocks, wanted.arm)):
        html = Markup(chat.render(chat=made))  # noqa: S704 - of a template that escapes
        found[trial.problem, trial.model, trial.sample].append((trial, html))
    return list(found.items())


def typeset(text: str, places: list[tuple[int, int]] | None = None) -> Markup:
    """A text with its mathematics; places: stretches that are numbered and marked."""
    marks = [Mark(start, stop, "k-other", f"relation {n}") for n, (start, stop) in enumerate(places or [], 1)]
    return Markup(markup(text, marks))
