"""A short probe of an endpoint or local model: does it do what the parameters say? Servers lie quietly.

Eight short requests: the same greedy prompt twice, the second time beside sampled ones; two samples with one seed and
one with another; a limit of tokens; a stop string; a system message. What was found is stored with the run, warned of
before it begins and printed under its tables. What a server refuses (a temperature, by a reasoning model, say) is told
as such and is no failure. Not covered: whether the model is the one that was asked for, and faults that show
only under load.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from evalkit.asking.connecting import connected, limits_of, named, probed
from evalkit.asking.limits import Limited
from evalkit.errors import EvalkitError, ProviderError, SpecError
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.types import Ask, Attachment, Message, ModelSpec, Reply, Request, Usage, digest

Outcome = Literal["kept", "not kept", "cannot tell"]
COUNT = "Count from one to thirty in words, separated by commas."
STORY = "Write the beginning of a story about a lighthouse."
LIMIT, SHORT = 24, 4
"""Tokens of an answer, and of the one that is to be cut off."""
REQUESTS = 8
MOST = Usage(REQUESTS * 40, REQUESTS * LIMIT)
"""What a whole probe uses, about: its prompts are short, and a server that keeps the limit of tokens writes no more."""
LIMITS = ("max_completion_tokens", "max_tokens")
PREFIX = "probe:"
TAKES = "takes:"
"""Notes that a model takes files of certain types."""


_ABOUT_FILES = re.compile(r"\b(?:images?|files?|attachments?|multi-?modal|content parts?|vision)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """One check of one model."""

    check: str
    outcome: Outcome
    note: str = ""


@dataclass(frozen=True)
class Probe:
    """What a probe found, and what it used."""

    findings: tuple[Finding, ...]
    requests: int
    input_tokens: int
    output_tokens: int
    identity: str
    """Digest of model, endpoint and parameters: another one is probed anew."""


def identity_of(spec: ModelSpec) -> str:
    """Digest of everything that a probe depends on."""
    return digest([spec.id, spec.address or None, dict(spec.parameters)])


def place_of(spec: ModelSpec) -> str:
    """One of several servers of a model: `qwen at gpu1:8000`."""
    return f"{spec.label} at {named(spec)}"


async def probe(ask: Ask, spec: ModelSpec) -> Probe:
    """Ask the eight requests. Raises ProviderError where none is answered; a single refusal is a finding.

    ask: each call stands alone, so that a parameter which the server refuses ends that request and not the run.
    """
    limit = next((name for name in LIMITS if name in spec.parameters), "max_tokens")

    def request(prompt: str, more: Mapping[str, Any], system: str | None = None) -> Request:
        kept = {k: v for k, v in spec.parameters.items() if k not in ("stop", "seed", "temperature", *LIMITS)}
        messages = ((Message("system", system),) if system else ()) + (Message("user", prompt),)
        return Request(spec.id, spec.label, messages, {**kept, limit: LIMIT, **more}, 0)

    greedy = request(COUNT, {"temperature": 0})
    sampled = [request(STORY, {"temperature": 1.0, "seed": seed}) for seed in (11, 11, 12)]
    answers = [
        await _answer(ask, greedy),
        *await asyncio.gather(
            _answer(ask, greedy),
            *(_answer(ask, one) for one in sampled),
            _answer(ask, request(COUNT, {"temperature": 0, limit: SHORT})),
            _answer(ask, request(COUNT, {"temperature": 0, "stop": [","]})),
            _answer(
                ask, request("What is the capital of France?", {"temperature": 0}, "Answer with the word kiwi only.")
            ),
        ),
    ]
    faults = [answer for answer in answers if isinstance(answer, ProviderError)]
    if len(faults) == len(answers):
        raise faults[0]
    replies = [Reply("", "error", error=str(a)) if isinstance(a, ProviderError) else a for a in answers]
    used = [r.usage for r in replies if r.usage]
    tokens = sum(u.input_tokens for u in used), sum(u.output_tokens for u in used)
    return Probe(_findings(replies), len(replies), *tokens, identity_of(spec))


def _findings(replies: Sequence[Reply]) -> tuple[Finding, ...]:
    first, again, one, same, other, short, stopped, system = replies
    return (
        _check("greedy replies repeat", (first, again), first.text == again.text, "the same prompt got two answers"),
        _check("seed kept", (one, same), one.text == same.text, "two samples with one seed differ"),
        _check("seeds differ", (one, other), one.text != other.text, "two seeds gave the same sample at temperature 1"),
        _limit_check(short, first),
        _stop_check(stopped, first),
        _check("usage present", (first,), first.usage is not None, "no token counts: costs cannot be followed"),
        _system_check(system, first),
    )


async def _answer(ask: Ask, request: Request) -> Reply | ProviderError:
    try:
        return await ask(request)
    except ProviderError as error:
        return error


def _check(name: str, replies: Sequence[Reply], kept: bool, otherwise: str) -> Finding:
    failed = next((r.error for r in replies if r.error), None)
    if failed is not None:
        return Finding(name, "cannot tell", " ".join(failed.split())[:200])
    if name not in ("max_tokens kept", "usage present") and not any(r.text.strip() for r in replies):
        return Finding(name, "cannot tell", "the answer has no text within the limit of tokens")
    return Finding(name, "kept") if kept else Finding(name, "not kept", otherwise)


def _stop_check(stopped: Reply, whole: Reply) -> Finding:
    """Whether a comma ended the answer, which has one where nothing stops it."""
    if stopped.error is None and whole.error is None and "," not in whole.text:
        return Finding("stop kept", "cannot tell", "the answer has no comma without a stop string either")
    return _check("stop kept", (stopped,), "," not in stopped.text, "the stop string is in the answer")


def _system_check(system: Reply, greedy: Reply) -> Finding:
    """Whether the model obeyed; a model that does not may have read it: the prompt is then longer than one without."""
    name, obeyed = "system role honoured", "kiwi" in system.text.casefold()
    counted = system.usage and greedy.usage and system.usage.input_tokens > greedy.usage.input_tokens
    if system.error is None and system.text.strip() and not obeyed and counted:
        return Finding(name, "cannot tell", "the message was counted, but the model did not do as it says")
    return _check(name, (system,), obeyed, "the system message had no effect")


def _limit_check(short: Reply, whole: Reply) -> Finding:
    """Whether the limit of tokens was kept: by the server's own count, else by the text. whole: the unlimited answer.

    `finish` proves nothing: a server may say `length` for an answer that it cut later.
    """
    name, counted, words = "max_tokens kept", short.usage.output_tokens if short.usage else 0, len(short.text.split())
    if short.error is None and not counted and words <= SHORT and len(short.text) >= len(whole.text):
        return Finding(name, "cannot tell", "no token counts, and the answer is as short without a limit")
    used = f"{counted} tokens" if counted else f"{words} words"  # a word has at least one token
    return _check(name, (short,), (counted or words) <= SHORT, f"{used} where {SHORT} tokens were allowed")


# ---------------------------------------------------------------- kept with the run


def stored(store: Store, spec: ModelSpec, place: str) -> Probe | None:
    """The probe of this very model, endpoint and parameters, if the run file holds it. place: its label, or
    `place_of` one of its servers."""
    found = store.noted(PREFIX + place, _loaded)
    return found if found is not None and found.identity == identity_of(spec) else None


def keep(store: Store, place: str, found: Probe) -> None:
    """Store a probe under the model's label, or `place_of` one of its servers."""
    store.set_meta(PREFIX + place, json.dumps(asdict(found), sort_keys=True))


def _loaded(text: str) -> Probe:
    return TypeAdapter(Probe).validate_json(text)


def warnings(label: str, found: Probe) -> list[str]:
    """What a user should know before the run begins."""
    return [f"{label}: {f.check}: no, {f.note}" for f in found.findings if f.outcome == "not kept"]


def short(found: Probe) -> str:
    """What is wrong, in one line."""
    return ", ".join(f"{f.check}: no" for f in found.findings if f.outcome == "not kept")


def wrong(store: Store) -> list[str]:
    """One line for each probed model or server where something was not kept, for whoever looks at the run later."""
    found = {key.removeprefix(PREFIX): store.noted(key, _loaded) for key, _ in store.metas(PREFIX)}
    return [said for place, probe in sorted(found.items()) if probe is not None and (said := told(place, probe))]


def told(place: str, found: Probe) -> str:
    """What is wrong, in one line; the empty string where nothing is."""
    return f"{place}: the conformance probe found: {short(found)}" if short(found) else ""


def lines(store: Store | Runs) -> list[str]:
    """One line for each probed model, for the foot of tables and reports."""
    out = []
    for key in sorted({key for key, _ in store.metas(PREFIX)}):
        found = store.noted(key, _loaded)
        assert found is not None  # noqa: S101 - the key was just seen
        told = [f"{f.check}: {f.outcome}" + (f" ({f.note})" if f.note else "") for f in found.findings]
        out.append(f"Conformance of {key.removeprefix(PREFIX)}: {'; '.join(told)}.")
    return out


async def examine(spec: ModelSpec) -> Probe | str:
    """Connect to a model and probe it; a message where it does not answer."""
    try:
        async with connected(spec) as provider, asyncio.timeout(limits_of(spec).timeout):
            if not probed(spec):  # its file was read, and it answers no new questions
                return Probe((), 0, 0, 0, identity_of(spec))
            limited = Limited(provider.ask, limits_of(spec))
            await limited(Request(spec.id, spec.label, (Message("user", "Hello."),), _short(spec), 0))
            return await probe(lambda request: Limited(provider.ask, limits_of(spec))(request), spec)
    except TimeoutError:
        return f"no answer within {spec.limits.timeout:g} s"
    except EvalkitError as error:
        return str(error)


async def attachments(ask: Ask, spec: ModelSpec, files: Sequence[Attachment]) -> Usage | None:
    """Whether the server takes such files: the smallest of each type goes along with a short question.

    files: the smallest first. Raises SpecError with the server's words where it refuses one; what it used, else.
    """
    smallest = {file.type: file for file in reversed(files) if file.text is None}
    if not smallest:
        return None
    message = Message("user", "Is a file attached? Answer with one word.", attachments=tuple(smallest.values()))
    try:
        reply = await ask(Request(spec.id, spec.label, (message,), _short(spec), 0))
    except ProviderError as error:
        if error.fault != "data" and not _ABOUT_FILES.search(str(error)):
            raise
        named = ", ".join(f"{file.name} ({file.type})" for file in smallest.values())
        raise SpecError(
            f"{spec.label}: the server refuses attachments, so nothing was asked: {error}. It was given {named}. "
            'Ask a model that takes such files, send their text (attachments = "text" of the model), or leave '
            "`attachments` out of the problems"
        ) from None
    return reply.usage


def _short(spec: ModelSpec) -> dict[str, object]:
    limit = next((name for name in LIMITS if name in spec.parameters), "max_tokens")
    return {**spec.parameters, limit: 16}
