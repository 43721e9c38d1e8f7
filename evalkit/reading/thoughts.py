r"""A reply's reasoning, kept apart from what it answers: reasoning is never the answer.

Read are blocks in `<think>`, `<thinking>`, `<thought>`, `<reasoning>`, ... , `[THINK]`, `◁think▷` and in channels
(`<|channel|>analysis<|message|>...`, `<|channel>thought ... <channel|>`), also where the markers were dropped on the
way (`analysis...assistantfinal...`). A block counts where it begins the reply or a line, or anywhere once the reply has
begun with one; a block that is never closed goes to the end; a closing tag without an opening one ends a thought that
the prompt had opened. So a sentence about the tag `<think>` stays what it is. Linear time.

Not covered: reasoning without marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMES = (
    r"think|thinking|thoughts?|reasoning|reflect(?:ion)?|scratchpad|seed:think|begin_of_thought|analysis|start_thinking"
)
_TAG = re.compile(
    rf"(?P<open><(?:\|?)(?P<name>{_NAMES})(?:\|?)>|\[THINK\]|◁think▷)"
    rf"|(?P<close></(?:{_NAMES})>|<\|end_of_thought\|>|<\|end_thinking\|>|\[/THINK\]|◁/think▷)",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"<\|channel\|>\s{0,3}(\w{1,20})[^<]{0,80}<\|message\|>|<\|channel>(\w{1,20})\s")
_CHANNEL_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>|<channel\|>")
_SAID = ("final", "response", "answer")
_DROPPED = re.compile(r"\s{0,9}(?:assistant)?\s{0,3}analysis(?=[A-Z\"'*\n])")
_DROPPED_END = re.compile(r"assistant\s{0,3}final(?=\W|[A-Z\d])")
_MARKER = re.compile(
    rf"{_TAG.pattern}|<\|(?:channel|message|start|end|return|call)\|>|<\|channel>|<channel\|>", re.IGNORECASE
)


def split(text: str, *, opened: bool | None = None) -> tuple[str | None, str]:
    """(reasoning, answer) of a reply; the reply as it stands where it has no reasoning. opened: by the prompt;
    None = not known, then a closing tag alone ends what must have been opened there."""
    if _CHANNEL.search(text) and not opened:
        return _channels(text)
    if dropped := _DROPPED.match(text):
        end = _DROPPED_END.search(text, dropped.end())
        stop, behind = end.span() if end else (len(text), len(text))
        return _joined([text[dropped.end() : stop]]), text[behind:].strip()
    return _tags(text, opened)


def markers(tokens: Iterable[str]) -> set[str]:
    """Those of a tokenizer's tokens that mark reasoning; `<|end|>` and the like only where it has channels."""
    known = {token for token in tokens if _MARKER.fullmatch(token)}
    channels = any("channel" in token for token in known)
    return {token for token in known if channels or _TAG.fullmatch(token)}


def _joined(blocks: Iterable[str]) -> str | None:
    return "\n\n".join(block.strip() for block in blocks if block.strip()) or None


def _channels(text: str) -> tuple[str | None, str]:
    thoughts: list[str] = []
    said: list[str] = []
    first = _CHANNEL.search(text)
    at = 0
    if first and text[: first.start()].replace("<|start|>assistant", "").strip():
        said.append(text[: first.start()])
    while channel := _CHANNEL.search(text, at):
        end = _CHANNEL_END.search(text, channel.end())
        stop = end.start() if end else len(text)
        name = (channel[1] or channel[2]).lower()
        (said if name in _SAID else thoughts).append(text[channel.end() : stop])
        at = stop
        if end and end.group() == "<channel|>":  # what follows is the answer, up to the next channel
            following = _CHANNEL.search(text, end.end())
            at = following.start() if following else len(text)
            said.append(text[end.end() : at])
    return _joined(thoughts), _joined(said) or ""


def _tags(text: str, opened: bool | None) -> tuple[str | None, str]:
    thoughts: list[str] = []
    said: list[str] = []
    at, since = 0, 0 if opened else -1  # since: where the thought that is open began
    began = bool(opened)
    for tag in _TAG.finditer(text):
        quoted = text[max(0, tag.start() - 1) : tag.start()] == "`"
        if tag["open"]:
            own_line = not text[text.rfind("\n", 0, tag.start()) + 1 : tag.start()].strip()
            if since < 0 and not quoted and (began or own_line):
                said.append(text[at : tag.start()])
                since, began = tag.end(), True
            elif opened and since == 0 and not text[: tag.start()].strip():
                since = tag.end()  # opened by the prompt, and again by the reply
        elif since >= 0 and not quoted:
            thoughts.append(text[since : tag.start()])
            at, since = tag.end(), -1
        elif opened is None and not began and not quoted and not _TAG.search(text[: tag.start()]):
            thoughts.append(text[: tag.start()])
            at, began = tag.end(), True
    if since >= 0:
        thoughts.append(text[since:])
    elif not began:
        return None, text
    else:
        said.append(text[at:])
    return _joined(thoughts), "".join(said).lstrip() if any(s.strip() for s in said) else ""
