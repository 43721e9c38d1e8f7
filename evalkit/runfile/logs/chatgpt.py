"""Chats exported from ChatGPT: `conversations.json`, alone or in the archive as it came.

Each chat is a tree; the branch that ends in `current_node` is what its owner last saw, and is taken. Answers that were
made again stand in other branches: they are counted and left. What the model writes to its tools, what they answer,
and its thoughts stand with the reasoning of the reply. Images and files are named in brackets: the export does not say
what is in them. Written after descriptions of the format by others; no export of the vendor's own was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from evalkit.runfile.logs.form import Json, Log, Part, Recorded, Unread, joined, listed, number, table, text

NAME = "ChatGPT"
_MEMBER = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json")
LONGEST = 20_000
"""Messages of a branch."""
ENDS = {"max_tokens": "length", "interrupted": "interrupted", "content_filter": "content_filter"}


def is_mine(log: Log) -> bool:
    if log.members:
        return any(_MEMBER.fullmatch(name) for name in log.members)
    return {"mapping", "current_node"} <= log.keys() or {"mapping", "create_time", "title"} <= log.keys()


def read(log: Log) -> Iterator[Part]:
    """Every chat."""
    names: list[str | None] = [name for name in log.members if _MEMBER.fullmatch(name)]
    names = names or [None]
    for name in names:
        chats = log.elements(name) if name or log.head.lstrip().startswith(b"[") else iter([log.whole()])
        for count, chat in enumerate(chats, 1):
            yield _chat(chat, f"chat {count}" if name in (None, names[0]) else f"chat {count} of {name}")


def _chat(data: Any, place: str) -> Part:
    chat = table(data)
    nodes = table(chat.get("mapping"))
    branch = _branch(nodes, text(chat.get("current_node")))
    if not branch:
        return Unread(place, "no message of it can be found from its last one")
    messages: list[dict[str, Any]] = []
    notes: list[str] = []
    models = [text(table(m.get("metadata")).get("model_slug")) for m in branch]
    for message in branch:
        _add(messages, message, notes)
    notes += ["an answer of another branch is left out"] * _others(nodes, branch)
    model = next(filter(None, reversed(models)), "") or text(chat.get("default_model_slug")) or "chatgpt"
    when = number(chat.get("create_time")) or 0.0
    return Recorded(place, messages, model=model, chat=True, when=when, notes=notes)


def _branch(nodes: Json, last: str) -> list[Json]:
    """The messages from the first to this one; where it is not told which is the last, to the newest leaf."""
    if last not in nodes:
        leaves = [key for key, node in nodes.items() if not listed(table(node).get("children"))]
        last = max(
            leaves, key=lambda k: number(table(table(nodes[k]).get("message")).get("create_time")) or 0, default=""
        )
    found: list[Json] = []
    seen: set[str] = set()
    while last in nodes and last not in seen and len(seen) < LONGEST:
        seen.add(last)
        node = table(nodes[last])
        if message := table(node.get("message")):
            found.append(message)
        last = text(node.get("parent"))
    return found[::-1]


def _others(nodes: Json, branch: list[Json]) -> int:
    """Answers with text in other branches."""
    here = {text(m.get("id")) for m in branch}
    rest = (table(table(node).get("message")) for node in nodes.values())
    return sum(
        table(m.get("author")).get("role") == "assistant" and m.get("recipient", "all") == "all"
        and text(m.get("id")) not in here and bool(_said(m, []))
        for m in rest
    )  # fmt: skip


def _add(messages: list[dict[str, Any]], message: Json, notes: list[str]) -> None:
    """One message of the branch; what a model says in several pieces is one turn."""
    role, meta = text(table(message.get("author")).get("role")), table(message.get("metadata"))
    said = joined([_said(message, notes), *map(text, table(meta.get("user_context_message_data")).values())])
    kind = text(table(message.get("content")).get("content_type"))
    if role == "system" or kind.endswith("editable_context") or meta.get("is_user_system_message"):
        if said:
            messages.append({"role": "system", "content": said})
        return
    if role == "user":
        messages.append({"role": "user", "content": said})
        return
    if role not in ("assistant", "tool") or not said:
        return
    if not messages or messages[-1]["role"] != "assistant":
        messages.append({"role": "assistant", "content": ""})
    turn = messages[-1]
    if role == "tool" or message.get("recipient", "all") != "all" or kind in ("thoughts", "reasoning_recap", "code"):
        name = text(table(message.get("author")).get("name")) or text(message.get("recipient"))
        label = f"[{role} {name}] " if role == "tool" or message.get("recipient", "all") != "all" else ""
        turn["reasoning"] = joined([turn.get("reasoning", ""), label + said])
        return
    turn["content"] = joined([turn["content"], said])
    end = text(table(meta.get("finish_details")).get("type"))
    if end in ENDS:
        turn["finish_reason"] = ENDS[end]
    elif message.get("status") == "in_progress":
        turn["finish_reason"] = "interrupted"


def _said(message: Json, notes: list[str]) -> str:
    """The text of a message, with what is no text named in brackets."""
    content, said = table(message.get("content")), list[str]()
    for part in listed(content.get("parts")):
        if isinstance(part, str):
            said.append(part)
            continue
        kind = text(table(part).get("content_type"))
        if isinstance(table(part).get("text"), str):  # what was spoken, and written down
            said.append(text(part["text"]))
            continue
        name = "image" if "image" in kind else "audio" if "audio" in kind else kind or "part"
        said.append(f"[{name}]")
        notes.append(f"an {name} is not in the export" if name[0] in "aeiou" else f"a {name} is not in the export")
    said += [text(content.get(key)) for key in ("text", "result", "user_profile", "user_instructions")]
    said += [
        joined([text(t.get("summary")), text(t.get("content"))]) for t in map(table, listed(content.get("thoughts")))
    ]
    if text(content.get("content_type")) == "reasoning_recap":
        said.append(text(content.get("content")))
    for file in map(table, listed(table(message.get("metadata")).get("attachments"))):
        if not text(file.get("mime_type") or file.get("mimeType")).startswith("image/"):  # those stand among the parts
            said.append(f"[attachment: {text(file.get('name'))[:200]}]")
            notes.append("an attachment is not in the export")
    return joined(said)
