"""The body of an answer, read as leniently as a paid reply deserves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

from evalkit.errors import ProviderError
from evalkit.reading import thoughts
from evalkit.types import Reply, Usage
from evalkit.wire.address import Endpoint
from evalkit.wire.complaints import is_html

_Fields = Mapping[Any, Any]
FINISHES = {
    "max_tokens": "length", "model_length": "length", "end_turn": "stop", "eos": "stop", "eos_token": "stop",
    "stop_sequence": "stop", "safety": "content_filter", "blocklist": "content_filter",
    "prohibited_content": "content_filter", "recitation": "content_filter", "sensitive": "content_filter",
}  # fmt: skip
"""What some servers say instead of OpenAI's words."""
_HALF = re.compile("[\ud800-\udfff]")
MOST_TOKENS = 10**9


def parsed(body: bytes) -> Any:
    """JSON, or None where it is none. Of duplicate keys the last one counts, as with most readers.

    What only a strict reader minds costs no reply: half a surrogate pair (half of 𝔸, what a limit of tokens leaves),
    bytes that are no UTF-8, raw control characters in a string, NaN in a field nobody reads, a byte-order mark.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8", "replace").removeprefix("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None


def kind(body: bytes) -> str:
    """What a body is that is no JSON."""
    start = body[:200].decode("utf-8", "replace")
    if not start.strip():
        return "an empty body"
    return "an HTML page (is base_url right?)" if is_html(start) else "broken text"


def status_of(error: object) -> int:
    """The status that an error inside a 200 stands for."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 500


def read(choice: _Fields, rest: _Fields, at: Endpoint) -> Reply | ProviderError:
    """The reply of the first choice. What was billed and cannot be read is `data`: asking again would bill it again."""
    message, used = choice.get("message"), usage(rest.get("usage"))
    finish = choice.get("finish_reason")
    finish = at.clean(finish, 40).lower() if isinstance(finish, str) and finish else "unknown"
    finish = FINISHES.get(finish, finish)
    if finish == "error":
        return ProviderError(f"{at.host} broke off its reply with an error")
    if not isinstance(message, dict):
        if finish == "content_filter":  # Azure leaves the message out
            return Reply("", finish, None, used)
        return ProviderError(f"{at.host} sent JSON that is no chat completion", "data" if used else "transient")
    text, refusal = _text(message.get("content")), message.get("refusal")
    if text is None:
        return ProviderError(f"{at.host} sent a message whose content is no text", "data")
    reasoning, text = thoughts.split(text)
    for name in ("reasoning_content", "reasoning"):
        if isinstance(message.get(name), str) and message[name]:
            reasoning = "\n\n".join(part for part in (message[name], reasoning) if part)
            break
    if isinstance(refusal, str) and refusal:
        text, finish = text or refusal, "refusal"
    served = rest.get("model")
    return Reply(
        whole(at.blank(text)),
        finish,
        whole(at.blank(reasoning)) if reasoning else None,
        used,
        served_by=at.clean(served, 200) if isinstance(served, str) else None,
    )


def whole(text: str) -> str:
    """Half of a surrogate pair is no character; U+FFFD stands for it."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def _text(content: object) -> str | None:
    """The text of a message: a string, or the text parts of a list. None where there is neither."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        texts = [part for part in parts if isinstance(part, str)]
        return "".join(texts) if texts or not content else None
    return None


def usage(given: object) -> Usage | None:
    """Tokens as the server counted them; None where it did not say how many it wrote.

    Some count the reasoning outside `completion_tokens` (Grok, Gemini): the total tells. Cached input is part of the
    input, reasoning of the output. Some gateways pass on other names: `input_tokens`, of which Anthropic leaves out
    what is read from a cache and written to it.
    """
    if not isinstance(given, dict):
        return None
    if "prompt_tokens" not in given and "completion_tokens" not in given:
        given = _renamed(given)
    asked, written, total = (_count(given.get(n)) for n in ("prompt_tokens", "completion_tokens", "total_tokens"))
    inner = _part(given, "completion_tokens_details")
    thought = _count(inner.get("reasoning_tokens")) or _count(given.get("reasoning_tokens")) or 0
    if written is None:
        written = total - asked if total is not None and asked is not None and total >= asked else None
    if written is None:
        return None
    if asked is None:
        asked = max(0, total - written) if total is not None else 0
    elif total is not None and total > asked + written:
        written = total - asked
    elif total is None and thought > written:
        written += thought
    outer = _part(given, "prompt_tokens_details")
    hits = ("prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens")
    cached = _first(outer.get("cached_tokens"), *(given.get(name) for name in hits))
    stored = _first(outer.get("cache_write_tokens"), given.get("cache_creation_input_tokens"))
    return Usage(asked, written, min(cached, asked), min(thought, written), min(stored, asked))


def _renamed(given: _Fields) -> _Fields:
    """Usage with the names of Anthropic, or of OpenAI's other interface, under those of chat completions."""
    ours = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
    ours |= {f"{theirs}_details": f"{name}_details" for theirs, name in ours.items()}
    found = {ours.get(name, name): value for name, value in given.items()}
    beside = [_count(given.get(name)) for name in ("cache_read_input_tokens", "cache_creation_input_tokens")]
    asked = _count(found.get("prompt_tokens"))
    return found if asked is None else {**found, "prompt_tokens": asked + sum(filter(None, beside))}


def of_model(listed: object, name: str) -> dict[str, str]:
    """What a list of models says of one (vLLM, SGLang, llama.cpp say more than the name), to compare servers by."""
    data = listed.get("data") if isinstance(listed, dict) else None
    models = [m for m in data if isinstance(m, dict)] if isinstance(data, list) else []
    mine = next((m for m in models if m.get("id") == name), models[0] if len(models) == 1 else None)
    if mine is None:
        return {}
    inner = _part(mine, "meta")
    said = {
        "served model": mine.get("root") or (mine.get("id") if len(models) == 1 else None),
        "context length": mine.get("max_model_len") or inner.get("n_ctx") or inner.get("n_ctx_train"),
        "number of weights": inner.get("n_params"),
    }
    return {what: str(value)[:200] for what, value in said.items() if isinstance(value, str | int) and value}


def _part(given: _Fields, name: str) -> _Fields:
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def _first(*values: object) -> int:
    return next((n for v in values if (n := _count(v)) is not None), 0)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= MOST_TOKENS else None  # what is no number is in no range
