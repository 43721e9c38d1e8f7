"""What an error of a server means for this request and for the run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.errors import ProviderError
from evalkit.types import Reply
from evalkit.wire.address import Endpoint

FILTERED = ("content_filter", "content_policy_violation", "data_inspection_failed", "moderation_blocked")
"""Error codes (Azure, OpenAI, DashScope) of a prompt that was refused, not of a request that failed."""
NO_CREDIT = (
    "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error", "insufficient_balance",
    "insufficient_credits", "insufficient_funds", "arrearage", "exceeded_current_quota_error", "payment_required",
)  # fmt: skip
_MONEY, _GONE = r"(?:credits?|balance|funds)", "exhausted|used up|spent|depleted|overdue"
_CREDIT = re.compile(
    rf"\b{_MONEY}\b[^.?!]{{0,40}}\b(?:too low|insufficient|{_GONE}|negative|r[ua]n out)"
    r"|\binsufficient[ _](?:account )?(?:balance|credits?|funds)"
    rf"|\b(?:out of|no|no more|not enough|used all|unpaid|{_GONE})\b[^.?!]{{0,30}}\b{_MONEY}\b"
    r"|\b(?:unpaid|overdue|past[- ]due|outstanding)\b[^.?!]{0,20}\b(?:invoices?|bills?|payments?)\b"
    r"|\b(?:invoices?|bills?|payments?|account)\b[^.?!]{0,20}\b(?:unpaid|overdue|past due|not paid)\b"
    r"|\b(?:top up|recharge) (?:your|the|to continue)"
    r"|\b(?:add|buy|purchase) (?:more |some |additional )?(?:credits|funds)\b"
    r"|\bin arrears?\b|\barrearage\b|\bpayment required\b"
    r"|\b(?:spending|billing hard) limit\b[^.?!]{0,20}\breached|\breached\b[^.?!]{0,40}\bspending limit"
    r"|余额不足|欠费|请充值",
    re.IGNORECASE,
)
_SUSPENDED = re.compile(
    r"\b(?:account|organi[sz]ation|project|team|workspace)\b[^.?!]{0,30}\b(?:suspended|deactivated|disabled|restricted)\b",
    re.IGNORECASE,
)
_FLAGGED = re.compile(r"\b(?:flagged|moderation|content polic(?:y|ies)|safety (?:filter|system|polic))", re.IGNORECASE)
_UNSUPPORTED = re.compile(
    r"unsupported|not supported?|n't support|deprecated|unrecognized|unknown|unexpected|not permitted|only the default"
    r"|instead",
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
        named = {self.code.lower(), self.kind.lower()} & {*NO_CREDIT}
        return self.status == 402 or bool(named) or (self.status < 500 and bool(_CREDIT.search(self.text)))

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
    error = body.get("error") or body.get("detail") or body
    fields: Mapping[Any, Any] = error if isinstance(error, dict) else {"message": error, **body}
    text, code, kind, parameter = (_word(fields.get(name)) for name in ("message", "code", "type", "param"))
    metadata = fields.get("metadata")
    flagged = isinstance(metadata, dict) and bool({"flagged_input", "reasons"} & metadata.keys())
    return Complaint(status, text, code, kind, parameter, fields.get("details"), flagged)


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
