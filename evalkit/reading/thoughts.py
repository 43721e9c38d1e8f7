r"""A reply's reasoning, kept apart from what it answers: reasoning is never the answer.

Read are blocks in tags whose name has a word of thinking in it (`<think>`, `<thought_process>`, `<seed:think>`,
`<|begin_of_thought|>`, `<|START_THINKING|>`, `[THINK]`, `◁think▷`, with attributes or not), folded parts whose summary
says so (`<details><summary>Thought for 3 s</summary>`), `Thinking...` to `...done thinking.` and channels
(`<|channel|>analysis<|message|>...`, `<|channel>thought ... <channel|>`), also where the markers were dropped on the
way (`analysis...assistantfinal...`). A block counts where it begins the reply or a line, or anywhere once the reply has
begun with one, and not inside of code; a block that is never closed goes to the end; a closing tag without an opening
one ends a thought that the prompt had opened, unless nothing stands behind it. So a sentence about the tag `<think>`
stays what it is. What only marks the answer as such beside a thought (`<|begin_of_solution|>`) is left out. Linear.

Not covered: reasoning without marks, blocks with names that say nothing (`<plan>`, `<steps>`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from evalkit.reading import english
from evalkit.reading.labels import boxed, labelled, last_line
from evalkit.reading.patterns import later

FEW = 400
"""Characters that nobody thinks in: a reply of so few behind which a lone tag closes is no thought."""
_THOUGHT = r"think(?:ing)?|thoughts?|reason(?:ing)?|reflect(?:ion)?|scratch(?:pad)?|analysis|rationale|cot|inner"
_NAME = rf"(?:[a-z0-9]{{1,20}}[_:-]){{0,4}}(?:{_THOUGHT})(?:[_:-][a-z0-9]{{1,40}}){{0,3}}"
"""Words joined by signs, one of them a word of thinking."""
_TAG = later(
    rf"<(?P<slash>\|?/\|?)?\|?[ ]?(?P<name>{_NAME})(?:[ ][^<>\n]{{0,120}})?(?P<void>[ ]?/)?\|?>"
    r"|\[(?P<bracket>/?)THINK\]|◁(?P<triangle>/?)think▷|<unused(?P<unused>9[45])>(?:thought\b)?"
    r"|(?P<folded><details[^<>\n]{0,200}>\s{0,3}<summary>[^<>\n]{0,20}\b(?:thought|thinking"
    r"|reasoning)\b[^<>\n]{0,60}</summary>)"
    r"|(?P<unfolded></details>)|(?P<begins>\AThinking\.\.\.[ ]?\n)|(?P<done>(?<=\n)\.\.\.done thinking\.)"
    r"|(?P<final>\[BEGIN FINAL RESPONSE\])"
    r"|(?P<answers><\|(?:(?:begin_of|start|assistant)_)?(?:solution|response|answer)\|>)",
    re.IGNORECASE,
)
_ENDS = later(r"(?:\A|[_:-])(?:end|suffix)(?:[_:-]|\Z)", re.IGNORECASE)
_ANSWERS = later(
    r"<\|(?:(?:begin_of|end_of|start|end|assistant)_)?(?:solution|response|answer)\|>|\[END FINAL RESPONSE\]",
    re.IGNORECASE,
)
_FENCE = later(r"(?m)^[ \t]{0,3}(?:```|~~~)")
_CHANNEL = later(r"<\|channel\|>\s{0,3}(\w{1,20})(?:[^<]|<\|constrain\|>){0,80}<\|message\|>|<\|channel>(\w{1,20})\s")
_CHANNEL_END = later(r"<\|(?:end|return|call|start|channel)\|>|<channel\|>")
_SAID = ("final", "response", "answer")
_DROPPED = later(r"\s{0,9}(?:assistant)?\s{0,3}analysis(?=[A-Z\"'*\n])")
_DROPPED_END = later(r"assistant\s{0,3}final(?=\W|[A-Z\d])")
_MARKER = later(
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
    before = text[: first.start()].replace("<|start|>assistant", "") if first else ""
    if before.strip():  # a message that ends there began in the prompt, in a channel of its own
        began = _BEGAN.sub("", before)
        (thoughts if "<|end|>" in before else said).append(began)
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


_BEGAN = later(r"\A\s{0,3}(?:analysis\s{0,3})?<\|message\|>|<\|end\|>\s{0,9}\Z")


def _tags(text: str, opened: bool | None) -> tuple[str | None, str]:
    thoughts: list[str] = []
    said: list[str] = []
    at, since = 0, 0 if opened else -1  # since: where the thought that is open began
    began = bool(opened)
    nested = 0
    tags = _outside_code(text)
    for index, tag in enumerate(tags):
        quoted = text[max(0, tag.start() - 1) : tag.start()] == "`"
        kind = _kind(tag)
        if quoted or kind == "void" or (kind == "end of an open one" and since < 0):
            continue
        if kind == "open":
            own_line = not text[text.rfind("\n", 0, tag.start()) + 1 : tag.start()].strip()
            if since < 0 and (began or own_line):
                said.append(text[at : tag.start()])
                since, began, nested = tag.end(), True, 0
            elif opened and since == 0 and not text[: tag.start()].strip():
                since = tag.end()  # opened by the prompt, and again by the reply
            elif since >= 0:
                nested += 1
        elif since >= 0:
            following = tags[index + 1] if index + 1 < len(tags) else None
            if nested and following is not None and _kind(following) != "open":
                nested -= 1  # `<think>` inside of a thought that is closed twice
                continue
            thoughts.append(text[since : tag.start()])
            at, since = tag.end(), -1
        elif opened is None and not began and not index:
            before = text[: tag.start()].rstrip()
            answers = boxed(before)[0] or labelled(before) or last_line(before)
            if not text[tag.end() :].strip() and (answers or (len(before) <= FEW and english.is_closed(before))):
                return None, before  # nothing stands behind it, and it says its answer: all there is is the reply
            thoughts.append(text[: tag.start()])
            at, began = tag.end(), True
    if since >= 0:
        thoughts.append(text[since:])
    elif not began:
        return None, text
    else:
        said.append(text[at:])
    answer = _ANSWERS.sub("", "".join(said)).lstrip()
    return _joined(thoughts), answer if answer.strip() else ""


def _kind(tag: re.Match[str]) -> Literal["open", "close", "void", "end of an open one"]:
    if tag["void"]:
        return "void"
    if tag["unfolded"] or tag["answers"]:
        return "end of an open one"
    closes = tag["slash"] or tag["bracket"] or tag["triangle"] or tag["done"] or tag["final"] or tag["unused"] == "95"
    return "close" if closes or (tag["name"] and _ENDS.search(tag["name"])) else "open"


def _outside_code(text: str) -> list[re.Match[str]]:
    """The tags, but for those in a closed block of code that other text stands before."""
    tags = list(_TAG.finditer(text))
    if not tags or "```" not in text:
        return tags
    fences = [match.start() for match in _FENCE.finditer(text, 0, tags[0].start())]
    if len(fences) % 2 == 0 or not text[: fences[-1]].strip():
        return tags
    end = _FENCE.search(text, tags[0].start())
    return [tag for tag in tags if end is None or tag.start() > end.start()]
