"""Chats exported from Open WebUI: a list of chats, or one.

Messages are a tree (`history.messages`, `history.currentId`), of which the branch that ends in `currentId` is taken;
the others are counted. Reasoning folded into the text (`<details type="reasoning">`) stands with the reasoning of the
reply. Files and images are named in brackets. Written after the tool's code and exports as others describe them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from evalkit.runfile.logs.form import Json, Log, Part, Recorded, Unread, joined, listed, number, table, text

NAME = "Open WebUI"
_FOLDED = re.compile(r"<details\b([^<>]{0,2000})>(.*?)</details>", re.DOTALL)
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
LONGEST = 20_000


def is_mine(log: Log) -> bool:
    chat = table(table(log.first).get("chat"))
    keys = log.keys()  # of one that is longer than the head, all that are seen there
    alone = "history" in keys and bool({"models", "currentId", "chat"} & keys)
    return bool({"history", "messages"} & {*chat}) or alone


def read(log: Log) -> Iterator[Part]:
    """Every chat."""
    chats = log.elements() if log.head.lstrip().startswith(b"[") else iter([log.whole()])
    for count, chat in enumerate(chats, 1):
        yield _chat(table(table(chat).get("chat")) or table(chat), f"chat {count}")


def _chat(chat: Json, place: str) -> Part:
    when = number(chat.get("timestamp")) or 0.0
    history = table(chat.get("history"))
    nodes = table(history.get("messages"))
    branch = _branch(nodes, text(history.get("currentId"))) or [table(m) for m in listed(chat.get("messages"))]
    if not branch:
        return Unread(place, "no message of it can be found from its last one")
    messages: list[dict[str, Any]] = []
    notes: list[str] = []
    params = table(chat.get("params"))
    if system := text(chat.get("system")) or text(params.get("system")):
        messages.append({"role": "system", "content": system})
    for message in branch:
        role = text(message.get("role"))
        if role in ("user", "system"):
            messages.append({"role": role, "content": joined([text(message.get("content")), *_files(message, notes)])})
        elif role == "assistant":
            messages.append(_answer(message, notes))
    here = {text(m.get("id")) for m in branch}
    left = sum(table(m).get("role") == "assistant" and key not in here for key, m in nodes.items())
    notes += ["an answer of another branch is left out"] * left
    models = [text(m.get("model")) for m in branch if m.get("role") == "assistant"]
    model = next(filter(None, reversed(models)), "") or next(filter(None, map(text, listed(chat.get("models")))), "")
    return Recorded(place, messages, model=model or "open-webui", chat=True, when=when, notes=notes)


def _branch(nodes: Json, last: str) -> list[Json]:
    if last not in nodes:
        leaves = [key for key, node in nodes.items() if not listed(table(node).get("childrenIds"))]
        last = max(leaves, key=lambda k: number(table(nodes[k]).get("timestamp")) or 0, default="")
    found: list[Json] = []
    seen: set[str] = set()
    while last in nodes and last not in seen and len(seen) < LONGEST:
        seen.add(last)
        found.append(table(nodes[last]))
        last = text(found[-1].get("parentId"))
    return found[::-1]


def _answer(message: Json, notes: list[str]) -> dict[str, Any]:
    """An assistant message in exchange form."""
    thoughts: list[str] = []

    def fold(found: re.Match[str]) -> str:
        if not re.search(r'\btype="(?:reasoning|tool_calls|code_interpreter)"', found[1]):
            return found[0]
        body = _SUMMARY.sub("", found[2])
        lines = html.unescape(body).strip().splitlines()
        thoughts.append("\n".join(line.removeprefix("> ") for line in lines))
        return ""

    said = _FOLDED.sub(fold, text(message.get("content"))).strip()
    turn: dict[str, Any] = {"role": "assistant", "content": joined([said, *_files(message, notes)])}
    if reasoning := joined([*thoughts, text(message.get("reasoning_content"))]):
        turn["reasoning"] = reasoning
    fault = message.get("error")
    if fault:
        turn["error"] = text(fault) or text(table(fault).get("content")) or "an error that the export does not name"
    elif message.get("done") is False:
        turn["finish_reason"] = "interrupted"
    usage = table(message.get("usage")) or table(message.get("info"))
    counts = [
        next((usage[k] for k in keys if type(usage.get(k)) is int and usage[k] >= 0), None)
        for keys in (
            ("prompt_tokens", "prompt_eval_count", "input_tokens"),
            ("completion_tokens", "eval_count", "output_tokens"),
        )
    ]
    if None not in counts:
        turn["usage"] = {"input_tokens": counts[0], "output_tokens": counts[1]}
    return turn


def _files(message: Json, notes: list[str]) -> list[str]:
    found = []
    for file in map(table, listed(message.get("files"))):
        kind = text(file.get("type")) or "file"
        name = text(file.get("name")) or text(table(file.get("file")).get("filename"))
        found.append(f"[{kind[:40]}: {name[:200]}]" if name else f"[{kind[:40]}]")
        notes.append("an image is left out" if kind == "image" else "an attachment is left out")
    return found
