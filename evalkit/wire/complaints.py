"""What an error of a server means for this request and for the run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.errors import ProviderError
from evalkit.reading.patterns import later
from evalkit.types import Reply
from evalkit.wire.address import Endpoint

FILTERED = ("content_filter", "content_policy_violation", "data_inspection_failed", "moderation_blocked")
"""Error codes (Azure, OpenAI, DashScope) of a prompt that was refused, not of a request that failed."""
_CODES = later(
    r"\b(?:insufficient|not enough|no|out of|over) (?:user |account |current )?(?:quota|balance|credits?|funds)\b"
    r"|\b(?:quota|balance|credits?|funds) (?:insufficient|not enough|depleted|exhausted)\b"
    r"|\b(?:free )?(?:resource pack(?:age)?|prepaid|free (?:quota|trial)) \w*exhausted\b"
    r"|\barrear(?:s|age)?\b|\boverdue\b|\bpayment required\b|\bcurrent quota\b|\bfree tier only\b"
    r"|\bbilling (?:error|not active|hard limit)|\b(?:spend(?:ing)?|credit) (?:limit|cap)\b"
    r"|(?<!token )(?<!thinking )(?<!reasoning )\bbudget exceeded\b",
    re.IGNORECASE,
)
"""Of error codes, written as words: what servers call an account that has nothing to pay with."""
_MONEY, _GONE = (
    r"(?:credits?|balance|funds|resource pack(?:age)?s?|prepayments?)",
    "exhausted|used up|spent|depleted|overdue",
)
_CREDIT = later(
    rf"\b{_MONEY}\b[^.?!]{{0,40}}\b(?:too low|insufficient|{_GONE}|expired|negative|r[ua]n out)"
    r"|\binsufficient[ _](?:account |user )?(?:balance|credits?|funds|quota)"
    rf"|\b(?:out of|no|no more|not enough|used all|unpaid|{_GONE})\b[^.?!]{{0,30}}\b{_MONEY}\b"
    rf"|(?:\bnot|n't)\b[^.?!]{{0,20}}\b(?:enough|sufficient)\b[^.?!]{{0,20}}\b{_MONEY}\b"
    rf"|\b(?:zero|low) {_MONEY}\b|\b{_MONEY} (?:is|of) (?:now )?(?:zero\b|[$€]? ?0(?:\.0+)?(?![\d.]))"
    r"|\b(?:user|account|team|key) quota\b[^.?!]{0,20}\b(?:not enough|insufficient|exhausted|used up)\b"
    r"|(?<!token )(?<!thinking )(?<!reasoning )\bbudget (?:has been |was |is )?exceeded\b"
    r"|\bexceeded (?:your|their|its|the) (?:(?:monthly|daily|maximum|max|user|team) )?budget\b"
    r"|\bkey (?:limit|budget|quota) (?:has been |was |is )?(?:exceeded|used up|exhausted)\b"
    r"|\bcheck your (?:plan and )?billing details\b|\bbilling (?:account|to be enabled)\b"
    r"|\b(?:can only|cannot|can't|could not) afford\b|\brequires more credits\b"
    r"|\b(?:unpaid|overdue|past[- ]due|outstanding)\b[^.?!]{0,20}\b(?:invoices?|bills?|payments?)\b"
    r"|\b(?:invoices?|bills?|payments?|account)\b[^.?!]{0,20}\b(?:unpaid|overdue|past due|not paid)\b"
    r"|\b(?:top up|recharge) (?:your|the|to continue)|\bplease (?:top up|recharge)\b"
    r"|\b(?:add|buy|purchase) (?:more |some |additional )?(?:credits|funds)\b"
    r"|\badd (?:or update )?(?:your |a )?payment method to continue\b"
    r"|\bin arrears?\b|\barrearage\b|\bpayment required\b"
    r"|\b(?:spend(?:ing)?|billing hard|credit) (?:limit|cap)\b[^.?!]{0,20}\b(?:reached|exceeded)"
    r"|\b(?:reach(?:ed)?|exceed(?:ed|s)?)\b[^.?!]{0,40}\b(?:spend(?:ing)?|credit) (?:limit|cap)\b"
    r"|\bexceeded\b[^.?!]{0,30}\b(?:free trial quota|included credits)\b"
    r"|\bfree (?:tier|trial|quota)\b[^.?!]{0,40}\b(?:exhausted|used up|expired|ended)\b"
    r"|余额(?:不足|已用)|欠费|请充值|额度(?:不足|已用尽)|资源包[^。]{0,12}(?:用尽|不足|耗尽)",
    re.IGNORECASE,
)
_IN_FLIGHT = later(r"\bin[ _]flight\b", re.IGNORECASE)
"""A budget that requests under way have reserved is free again when they end."""
_SUSPENDED = later(
    r"\b(?:account|organi[sz]ation|project|team|workspace)\b[^.?!]{0,30}\b(?:suspended|deactivated|disabled|restricted|locked)\b"
    r"|\bservice has been paused\b",
    re.IGNORECASE,
)
_FLAGGED = later(r"\b(?:flagged|moderation|content polic(?:y|ies)|safety (?:filter|system|polic))", re.IGNORECASE)
_PROMPT = ("messages", "prompt", "input", "content")
"""Parameters that hold what the user asks."""
_JOINED = later(r"(?<=[A-Za-z])[_-]+(?=[A-Za-z])")
"""`CREDIT_BALANCE_TOO_LOW`: a code in the place of a sentence."""
_CODE = later(r"[A-Za-z][A-Za-z0-9]*(?:[_.-][A-Za-z0-9]+)+|[A-Z][a-z]+(?:[A-Z][a-z]+)+")
"""What is one word for a program."""
_WAITS = ("retry_after", "retry-after", "retry_after_ms")
_UNSUPPORTED = later(
    r"unsupported|not supported?|n't support|deprecated|unrecognized|unknown|unexpected|not permitted|only the default"
    r"|instead|must not be (?:set|used|specified|given)|\buse .?max_(?:completion_)?tokens",
    re.IGNORECASE,
)
SUBSTITUTES = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
    "temperature": None,
    "response_format": None,
}
"""Parameters that some models refuse by their mere name: what is tried in their place, None = left out."""


@dataclass(frozen=True)
class Complaint:
    """An error body in the shapes that servers use; empty strings where something is not said."""

    status: int
    text: str = ""
    code: str = ""
    kind: str = ""
    parameter: str = ""
    details: object = ()
    flagged: bool = False
    """It shows which part of the prompt was refused."""

    @property
    def no_credit(self) -> bool:
        """The account has nothing left to pay with. (A quota by the minute says how long to wait.)"""
        named = f"{_as_words(self.code)}, {_as_words(self.kind)}"
        if _IN_FLIGHT.search(named):
            return False
        if self.status == 402 or _CODES.search(named) or _CREDIT.search(named):
            return True
        if self.parameter.startswith(_PROMPT):  # it repeats what the prompt says
            return False
        text = _JOINED.sub(" ", self.text)
        return self.status <= 500 and bool(_CREDIT.search(text))  # 500: some proxies, and errors inside a 200

    @property
    def suspended(self) -> bool:
        """Whoever asks is shut out, whatever the request."""
        return 400 <= self.status < 500 and bool(_SUSPENDED.search(self.text))

    @property
    def about_prompt(self) -> bool:
        """The content of this prompt was refused by a filter in front of the model."""
        if self.code.lower() in FILTERED or self.kind.lower() in FILTERED or self.flagged:
            return True
        return self.status in (400, 403) and bool(_FLAGGED.search(self.text))

    def refused_of(self, sent: Mapping[str, Any]) -> str | None:
        """The parameter of SUBSTITUTES that the model does not know or want, where the error says so."""
        if self.status not in (400, 422) or ("unsupported" not in self.code and not _UNSUPPORTED.search(self.text)):
            return None
        named = [n for n in SUBSTITUTES if n in sent and (n == self.parameter or re.search(rf"\b{n}\b", self.text))]
        return self.parameter if self.parameter in named else next(iter(named), None)


def complaint(status: int, body: object) -> Complaint:
    """Read an error body: JSON of any shape, or text."""
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        text = body if isinstance(body, str) else ""
        return Complaint(status, "an HTML page" if is_html(text[:200]) else text)
    body = _small(body)
    inner = body.get("response")  # Tencent
    body = _small(inner) if isinstance(inner, dict) else body
    error = body.get("error") or body.get("detail") or body.get("base_resp") or body
    fields = _small(error) if isinstance(error, dict) else {"message": _without_input(error), **body}
    text = _word(fields.get("message") or fields.get("status_msg") or fields.get("msg") or fields.get("error_msg"))
    kind, parameter = (_word(fields.get(name)) for name in ("type", "param"))
    code = next((_word(fields[name]) for name in ("code", "error_code", "errorcode") if fields.get(name)), "")
    if isinstance(error, str) and _CODE.fullmatch(error):  # `"error": "insufficient_credits"` beside a message
        code = f"{error} {code}".strip() if code.isdigit() or not code else code
    metadata = fields.get("metadata")
    flagged = isinstance(metadata, dict) and bool({"flagged_input", "reasons"} & metadata.keys())
    details = fields.get("details") or _as_headers(body, fields, metadata)
    return Complaint(status, text, code, kind, parameter, details, flagged)


def _without_input(error: object) -> object:
    """What a validator minds (`loc` and `msg` of each fault), without the input that it repeats."""
    if not isinstance(error, list):
        return error
    faults = [fault for fault in error[:20] if isinstance(fault, dict) and "msg" in fault]
    if not faults:
        return error
    places = [fault.get("loc") for fault in faults]
    named = [".".join(map(str, place)) if isinstance(place, list) else "" for place in places]
    return "; ".join(f"{n}: {f['msg']}".removeprefix(": ") for n, f in zip(named, faults, strict=True))


def _as_headers(*tables: object) -> dict[str, Any]:
    """What a body says of waiting in the words of headers: `retry_after`, and OpenRouter's `metadata.headers`."""
    said: dict[str, Any] = {}
    for table in tables:
        inner = table.get("headers") if isinstance(table, dict) else None
        said |= inner if isinstance(inner, dict) else {}
        said |= {n: v for n, v in table.items() if n in _WAITS} if isinstance(table, dict) else {}
    return said


def _small(fields: Mapping[Any, Any]) -> dict[Any, Any]:
    """With names in small letters: some write `Code` and `Message`."""
    return {str(name).lower(): value for name, value in fields.items()}


def _as_words(code: str) -> str:
    """`OperationDenied.ServiceOverdue` and `insufficient_quota` as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", " ", code)


def _word(value: object) -> str:
    return str(value) if value else ""


def is_html(start: str) -> bool:
    return start.lstrip().lower().startswith(("<!doctype", "<html"))


def judge(
    said: Complaint, at: Endpoint, model: str, parameters: Mapping[str, Any], seconds: float | None
) -> Reply | ProviderError:
    """What a status of 300 and above means. seconds: how long the server asks to wait, where it does."""
    status, text = said.status, said.text
    if said.about_prompt:
        return Reply("", "content_filter")
    words = f"{at.host} answered {status}" + (f": {at.clean(text)}" if text else "")
    if status == 402 and not said.no_credit:
        return ProviderError(words, "transient", seconds, throttled=True)
    if said.no_credit and seconds is None:
        return ProviderError(f"{words} (the account has no credit left)", "fatal")
    if said.suspended and seconds is None:
        return ProviderError(f"{words} (the account is shut out)", "fatal")
    if status in (401, 403) or (status == 400 and "api key" in text.lower()):
        return ProviderError(f"{words} ({at.key_hint})", "fatal")
    if status in (404, 405) or status < 400:
        return ProviderError(f"{words} (check the model name {model!r} and base_url {at.url})", "fatal")
    if status == 429:
        return ProviderError(words, "transient", seconds, throttled=True)
    if status in (408, 409, 425) or status >= 500:
        return ProviderError(words, "transient", seconds)
    if said.code == "context_length_exceeded" or "context" in text.lower():
        return ProviderError(f"{words} (the prompt is too long for the model)", "data")
    name = said.parameter.partition(".")[0]
    if name in parameters:
        # The same for all requests of the run, unlike their messages.
        return ProviderError(f"{words} (check parameters.{name})", "fatal")
    return ProviderError(words, "data")
