"""Logs of other tools: what comes of one, and an export of chats as ChatGPT writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import evalkit
from evalkit.runfile.store import Store

LOGS = Path(__file__).parent / "data" / "logs"
HALF_ASKED, THIRD_ASKED = "What is one half of 2?", "What is one third of 9, written as a whole number?"


def taken(source: Path | str, **options: Any) -> tuple[evalkit.LogImported, list[dict[str, Any]]]:
    """What came of a log, and the conversations as they are exported."""
    Path("x.sqlite").unlink(missing_ok=True)
    done = evalkit.import_log(source, "x.sqlite", evalkit.LogOptions(**options))
    evalkit.load_run("x.sqlite").export("x.jsonl", "transcripts", force=True)
    return done, [json.loads(line) for line in Path("x.jsonl").read_text().splitlines()]


def scores() -> dict[tuple[str, str, str, int, str], float | None]:
    with Store(Path("x.sqlite")) as store:
        return {
            (
                s.trial.problem,
                s.trial.template,
                s.trial.model,
                s.trial.sample,
                f"{s.scorer}.{s.score.metric}",
            ): s.score.value
            for s in store.scores()
        }


def message(role: str, *parts: Any, **more: Any) -> dict[str, Any]:
    content = more.pop("content", {"content_type": "text", "parts": list(parts)})
    return {
        "author": {"role": role, **more.pop("author", {})},
        "content": content,
        "recipient": "all",
        "metadata": {},
        **more,
    }


def chat(
    *said: dict[str, Any], title: str = "A chat", when: float = 1.0, branch: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A chat of ChatGPT; branch: an answer beside the last one."""
    nodes: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": ["m0"]}}
    for n, one in enumerate(said):
        nodes[f"m{n}"] = {"id": f"m{n}", "message": {"id": f"m{n}", **one}, "parent": f"m{n - 1}" if n else "root", "children": [f"m{n + 1}"] if n + 1 < len(said) else []}  # fmt: skip
    if branch:
        nodes["other"] = {"id": "other", "message": {"id": "other", **branch}, "parent": f"m{len(said) - 2}", "children": []}  # fmt: skip
    return {"title": title, "create_time": when, "mapping": nodes, "current_node": f"m{len(said) - 1}", "id": title}


SLUG = {"metadata": {"model_slug": "gpt-x", "finish_details": {"type": "stop"}}}
CHATS = [
    chat(message("user", "Write me a poem."), message("assistant", "Roses."), title="Poem", when=9.0),
    chat(
        message("system", ""),
        message("user", content={"content_type": "user_editable_context", "user_profile": "I am Anna Weber.", "user_instructions": ""}),
        message("user", "Hello"),
        message("assistant", "Hi!", **SLUG),
        message("user", {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}, f"**{HALF_ASKED}** Please!", metadata={"attachments": [{"name": "hw.pdf", "mime_type": "application/pdf"}]}),
        message("assistant", content={"content_type": "thoughts", "thoughts": [{"summary": "Halves", "content": "2/2"}]}),
        message("assistant", content={"content_type": "code", "text": "print(2/2)"}, recipient="python"),
        message("tool", content={"content_type": "execution_output", "text": "1.0"}, author={"name": "python"}),
        message("assistant", "It is 1, Anna Weber.", **SLUG),
        message("user", THIRD_ASKED),
        message("assistant", "It is 3.", **SLUG),
        title="Anna's homework", when=5.0, branch=message("assistant", "It is 4."),
    ),
    chat(message("user", f"Q: {HALF_ASKED}"), message("assistant", "Cut", metadata={"model_slug": "gpt-x", "finish_details": {"type": "max_tokens"}}), when=2.0),
]  # fmt: skip
