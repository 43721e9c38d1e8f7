"""Failures of the provider `openai`: which end a run, which are tried again, and what is said of them."""

from __future__ import annotations

import logging
import ssl
import traceback
from pathlib import Path

import pytest

from evalkit.errors import ProviderError
from evalkit.providers import openai as module
from evalkit.types import Limits, ModelSpec
from evalkit.wire.address import Endpoint
from evalkit.wire.complaints import complaint, judge
from tests.arrange import ASKING, inside, write_problems
from tests.openai_help import KEY, ask_for, connected, failure, spec_for
from tests.server import Body, ModelServer, serving

FAILURES: list[tuple[str, str, str]] = [
    ("429", "transient", "answered 429: Slow down, please."),
    ("500", "transient", "answered 500: The server had an error."),
    ("503", "transient", "answered 503"),
    ("html", "transient", "answered 502: an HTML page"),
    ("error_200", "transient", "answered 502: Upstream failed."),
    ("error_finish", "transient", "broke off"),
    ("reset", "transient", "no whole answer"),
    ("reset_inside", "transient", "no whole answer"),
    ("short", "transient", "no whole answer"),
    ("truncated", "transient", "broken text instead of a JSON reply"),
    ("malformed", "transient", "broken text instead of a JSON reply"),
    ("deep", "transient", "broken text instead of a JSON reply"),
    ("empty_body", "transient", "an empty body instead of a JSON reply"),
    ("204", "data", "answered 204: no content"),
    ("html_200", "transient", "an HTML page (is base_url right?) instead of a JSON reply"),
    ("not_an_object", "transient", "no chat completion"),
    ("empty_choices", "transient", "without choices"),
    ("empty_but_billed", "data", "without choices"),
    ("null_but_billed", "data", "without choices"),
    ("wrong_types", "data", "content is no text"),
    ("gzip", "transient", "a compressed reply (gzip)"),
    ("big_header", "transient", "no whole answer"),
    ("huge_500", "transient", "answered 500"),
    ("quota", "fatal", "no credit left"),
    ("402", "fatal", "no credit left"),
    ("401", "fatal", "environment variable COURSE_KEY"),
    ("403", "fatal", "environment variable COURSE_KEY"),
    ("400_key", "fatal", "environment variable COURSE_KEY"),
    ("404", "fatal", "check the model name 'small-1' and base_url http://127.0.0.1:"),
    ("404_plain", "fatal", "404 page not found"),
    ("redirect", "fatal", "answered 307"),
    ("400_parameter", "fatal", "check parameters.top_k"),
    ("400_temperature", "again", "refused temperature"),
    ("400_context", "data", "the prompt is too long for the model"),
    ("400", "data", "The request is odd."),
    ("422_detail", "data", "field required"),
    ("huge", "data", "larger than 8 MiB"),
    ("error_in_choice", "transient", "answered 502: Upstream broke off."),
    ("odd_but_billed", "data", "no chat completion"),
    ("credit_low", "fatal", "no credit left"),
    ("credit_type", "fatal", "no credit left"),
    ("credit_500", "fatal", "no credit left"),
    ("credit_arrears", "fatal", "no credit left"),
    ("credit_spent", "fatal", "no credit left"),
    ("credit_empty", "fatal", "no credit left"),
    ("base_resp", "fatal", "no credit left"),
    ("quota_by_the_minute", "transient", "answered 429"),
]


SPENT: list[tuple[int, str, bool]] = [
    (429, "Your organisation has no remaining credit", True),
    (429, "You have exhausted your prepaid credits; please add funds", True),
    (429, "Your prepayment credits are depleted.", True),
    (403, "Your account is out of funds. Top up to continue.", True),
    (400, "Account closed due to unpaid invoices", True),
    (403, "The request failed because your account has an overdue balance.", True),
    (429, "您的账户已欠费，请充值后重试。", True),
    (403, "余额不足", True),
    (400, "Please purchase more credits.", True),
    (412, "Account is suspended, possibly due to a failure to pay.", True),
    (403, "This organization has been disabled.", True),
    (429, "You do not have enough credits", True),
    (400, "The account doesn't have sufficient credit for this.", True),
    (403, "Zero balance", True),
    (403, "Your account balance is $0.00", True),
    (500, "user quota is not enough", True),
    (429, "Budget has been exceeded! Current cost: 12.1, Max budget: 12.0", True),
    (400, "ExceededBudget: this user has exceeded their budget", True),
    (429, "This request would exceed your account's monthly spend limit", True),
    (403, "Key limit exceeded (total limit)", True),
    (429, "Your account is not active, please check your billing details on our website.", True),
    (403, "This method requires billing to be enabled for the project", True),
    (400, "The thinking budget exceeded max_tokens", False),
    (400, "The account balance is 0.5 at noon: no such field", False),
    (429, "Your account has reached its limit of concurrent requests", False),
    (
        429,
        "Rate limit reached for m. You can increase your rate limit by adding a payment method to your account.",
        False,
    ),
    (429, "Too many requests. Upgrade at example.com/settings/billing", False),
    (400, "The balance of the equation is off.", False),
    (400, "This feature is disabled for your prompt.", False),
    (503, "The account service is disabled for the moment.", False),
]


LOW = "Your credit balance is too low"
NO_CREDIT: list[tuple[str, int, object, bool]] = [
    ("its type", 400, {"error": {"type": "credit_balance_too_low", "message": "billing problem"}}, True),
    ("its code, in capitals", 400, {"error": {"code": "CREDIT_BALANCE_TOO_LOW", "message": "No."}}, True),
    ("with hyphens", 400, {"error": {"type": "credit-balance-too-low"}}, True),
    ("in camel case", 403, {"error": {"code": "CreditBalanceTooLow"}}, True),
    ("a code for a sentence", 500, {"error": {"message": "CREDIT_BALANCE_TOO_LOW"}}, True),
    ("a code for a body", 500, "CREDIT_BALANCE_TOO_LOW", True),
    ("the error alone, beside a message", 400, {"error": "insufficient_credits", "message": "Not today."}, True),
    ("under another name", 400, {"error": {"error_code": "ACCOUNT_BALANCE_EXHAUSTED", "message": "No."}}, True),
    ("within the words of a gateway", 400, {"error": {"message": f"400 - {{'message': '{LOW}'}}"}}, True),
    ("a gateway that is down", 503, {"error": {"type": "insufficient-quota"}}, True),
    ("a prompt about billing", 400, {"error": {"type": "invalid_request_error", "message": "Cannot parse 'a billing problem'"}}, False),
    ("a prompt that is repeated", 400, {"error": {"param": "messages[0].content", "message": f"Cannot read: {LOW}"}}, False),
    ("a validator that repeats it", 422, {"detail": [{"loc": ["body", "messages", 0], "msg": "no text", "input": LOW}]}, False),
    ("billing, in an ordinary type", 400, {"error": {"type": "billing_address_invalid", "message": "Odd."}}, False),
    ("tokens to think with", 400, {"error": {"code": "thinking_budget_exceeded", "message": "Odd."}}, False),
    ("a balance that is none", 400, {"error": {"code": "unbalanced_brackets", "message": "credit_assignment is odd"}}, False),
    ("a limit by the minute", 429, {"error": {"code": "rate_limit_exceeded", "message": "Slow down."}}, False),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "fatal"), [b[1:] for b in NO_CREDIT], ids=[b[0] for b in NO_CREDIT])
def test_no_credit_is_read_in_whichever_field_and_spelling(status: int, body: object, fatal: bool) -> None:
    said = complaint(status, body)
    assert said.no_credit == fatal
    found = judge(said, Endpoint("http://h/v1", "", "K"), "m", {}, None)
    assert isinstance(found, ProviderError)
    assert (found.fault == "fatal") == fatal


@pytest.mark.parametrize(("status", "text", "fatal"), SPENT, ids=[case[1][:40] for case in SPENT])
def test_an_account_that_cannot_pay_is_told_in_many_ways(status: int, text: str, fatal: bool) -> None:
    said = complaint(status, {"error": {"message": text}})
    assert (said.no_credit or said.suspended) == fatal
    found = judge(said, Endpoint("http://h/v1", "", "K"), "m", {}, None)
    assert isinstance(found, ProviderError)
    assert (found.fault == "fatal") == (fatal or status == 403)


BODIES: list[tuple[str, int, object, str]] = [
    ("OpenAI", 429, {"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota"}}, "fatal"),
    ("OpenAI hard limit", 400, {"error": {"message": "Limit.", "code": "billing_hard_limit_reached"}}, "fatal"),
    ("OpenAI not active", 429, {"error": {"message": "Not active.", "type": "billing_not_active"}}, "fatal"),
    ("Anthropic", 400, {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API."}}, "fatal"),
    ("Anthropic 402", 402, {"type": "error", "error": {"type": "billing_error", "message": "Payment."}}, "fatal"),
    ("OpenRouter", 402, {"error": {"code": 402, "message": "This request requires more credits, or fewer max_tokens."}}, "fatal"),
    ("OpenRouter afford", 400, {"error": {"code": 400, "message": "You asked for 600 tokens, but can only afford 12."}}, "fatal"),
    ("OpenRouter in flight", 402, {"error": {"code": "in_flight_budget_exhausted", "message": "Budget reserved."}}, "transient"),
    ("DeepSeek", 402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}}, "fatal"),
    ("DeepSeek by a proxy", 400, {"error": {"message": "Insufficient Balance", "type": "unknown_error"}}, "fatal"),
    ("Together", 429, {"error": {"message": "Credit limit exceeded, please check your plan.", "type": "credit_limit"}}, "fatal"),
    ("xAI", 429, {"code": "Some resource has been exhausted", "error": "Your team has either used all available credits or reached its monthly spending limit."}, "fatal"),
    ("Cohere", 402, {"message": "please add or update your payment method to continue"}, "fatal"),
    ("Hugging Face", 402, {"error": "You have exceeded your monthly included credits."}, "fatal"),
    ("Gemini cap", 429, {"error": {"code": 429, "message": "Your project has exceeded its monthly spending cap.", "status": "RESOURCE_EXHAUSTED"}}, "fatal"),
    ("Gemini by the minute", 429, {"error": {"code": 429, "message": "Resource has been exhausted (e.g. check quota).", "status": "RESOURCE_EXHAUSTED"}}, "transient"),
    ("Azure", 429, {"error": {"code": "429", "message": "Requests have exceeded the call rate limit of your current pricing tier."}}, "transient"),
    ("Mistral by the minute", 429, {"object": "error", "message": "Requests rate limit exceeded", "type": "rate_limited", "code": "1300"}, "transient"),
    ("Aliyun", 400, {"error": {"message": "Access denied, please make sure your account is in good standing.", "code": "Arrearage"}}, "fatal"),
    ("Aliyun native", 400, {"code": "Arrearage", "message": "Access denied.", "request_id": "1"}, "fatal"),
    ("Aliyun free tier", 429, {"error": {"message": "Not on a paid basis.", "code": "AllocationQuota.FreeTierOnly"}}, "fatal"),
    ("Aliyun by the minute", 429, {"error": {"message": "You exceeded your allocation.", "code": "Throttling.AllocationQuota"}}, "transient"),
    ("Volcengine", 429, {"error": {"code": "AccountOverdueError", "message": "Denied.", "type": "Forbidden"}}, "fatal"),
    ("Volcengine service", 400, {"error": {"code": "OperationDenied.ServiceOverdue", "message": "Denied."}}, "fatal"),
    ("Volcengine paused", 429, {"error": {"code": "SetLimitExceeded", "message": "Your account has reached the set inference limit, and the model service has been paused.", "type": "TooManyRequests"}}, "fatal"),
    ("Volcengine by the minute", 429, {"error": {"code": "RateLimitExceeded.EndpointRPMExceeded", "message": "The Requests Per Minute (RPM) limit has been exceeded."}}, "transient"),
    ("Zhipu", 429, {"error": {"code": "1113", "message": "Your account is in arrears, please recharge and try again"}}, "fatal"),
    ("Zhipu Chinese", 429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}, "fatal"),
    ("Zhipu locked", 429, {"error": {"code": "1112", "message": "Your account has been locked, please contact customer service to unlock"}}, "fatal"),
    ("Zhipu busy", 429, {"error": {"code": "1302", "message": "High concurrency usage of this API, please reduce concurrency"}}, "transient"),
    ("Moonshot", 429, {"error": {"type": "exceeded_current_quota_error", "message": "Check your plan."}}, "fatal"),
    ("Tencent", 400, {"Response": {"Error": {"Code": "FailedOperation.ResourcePackExhausted", "Message": "Used."}, "RequestId": "1"}}, "fatal"),
    ("Tencent free", 429, {"error": {"code": "FailedOperation.FreeResourcePackExhausted", "message": "Used."}}, "fatal"),
    ("Tencent in words", 400, {"error": {"message": "The resource package is exhausted.", "code": "2003"}}, "fatal"),
    ("Tencent Chinese", 400, {"error": {"message": "资源包余量已用尽，请购买资源包或开通后付费", "code": "2003"}}, "fatal"),
    ("Tencent stopped", 400, {"error": {"message": "Stopped.", "code": "FailedOperation.ServiceStopArrears"}}, "fatal"),
    ("SiliconFlow", 400, {"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None}, "fatal"),
    ("new-api", 429, {"error": {"message": "用户额度不足", "type": "new_api_error", "code": "insufficient_user_quota"}}, "fatal"),
    ("MiniMax", 500, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "fatal"),
    ("MiniMax busy", 500, {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, "transient"),
    ("a proxy's text", 400, "Your credits have expired.", "fatal"),
    ("a quota of requests", 429, {"error": {"message": "Quota exceeded for requests per minute", "code": "quota_exceeded"}}, "transient"),
    ("a context of a model", 400, {"error": {"message": "Not enough room in the context window", "code": "bad_request"}}, "data"),
    ("a word problem", 400, {"error": {"message": "messages[0]: 'How much is left of the balance?' is no string", "code": "bad_request"}}, "data"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "fault"), [b[1:] for b in BODIES], ids=[b[0] for b in BODIES])
def test_what_servers_say_of_an_account_without_money(status: int, body: object, fault: str) -> None:
    found = judge(complaint(status, body), Endpoint("http://h/v1", "", "K"), "m", {}, None)
    assert isinstance(found, ProviderError)
    assert found.fault == fault


@pytest.mark.parametrize(("fault", "kind", "words"), FAILURES, ids=[case[0] for case in FAILURES])
async def test_failures(
    fault: str, kind: str, words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("COURSE_KEY", KEY)
    async with ModelServer(faults=[fault]) as server:
        error = await failure(server, api_key_env="COURSE_KEY", parameters={"temperature": 1, "top_k": 7})
        assert server.stats["requests"] == 1
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert error.fault == kind
    assert words in str(error)
    assert len(str(error)) < 600
    assert str(error).isprintable()
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
    assert KEY not in shown


async def test_one_client_survives_all_faults() -> None:
    faults = [case[0] for case in FAILURES]
    async with ModelServer(faults=faults) as server:
        spec = spec_for(server)
        async with connected(spec) as provider:
            for _ in faults:
                with pytest.raises(ProviderError):
                    await provider.ask(ask_for(spec))
            assert (await provider.ask(ask_for(spec))).finish == "stop"


BROKEN_OFF = [
    (["truncated"] * 4, ["transient"] * 4, "elsewhere each time"),
    (["truncated_here"] * 2, ["transient", "data"], "at the same place"),
    (["malformed"] * 2, ["transient", "data"], "never whole"),
    (["truncated_here", "500", "truncated_here"], ["transient", "transient", "data"], "another fault in between"),
    (["truncated_here", "truncated", "truncated_here"], ["transient"] * 3, "another text in between"),
    (["html"] * 3, ["transient"] * 3, "a page of a proxy that is down"),
    (["html_200"] * 2, ["transient", "fatal"], "a page, and never a reply: another address"),
    (["html_200", "500", "html_200"], ["transient", "transient", "fatal"], "a page, a fault, a page"),
    (["error_in_choice"] * 2, ["transient", "data"], "an error after the same words"),
    (["error_in_choice", "500", "error_in_choice"], ["transient", "transient", "data"], "and after them later"),
    (["error_at_once"] * 3, ["transient"] * 3, "an error before any word"),
    (["empty_body"] * 3, ["transient"] * 3, "nothing at all"),
]


@pytest.mark.parametrize(("faults", "expected"), [b[:2] for b in BROKEN_OFF], ids=[b[2] for b in BROKEN_OFF])
async def test_a_text_that_breaks_off_alike_twice_would_do_so_again(faults: list[str], expected: list[str]) -> None:
    async with ModelServer(faults=faults) as server:
        spec, found = spec_for(server), list[str]()
        async with connected(spec) as provider:
            for _ in faults:
                with pytest.raises(ProviderError) as caught:
                    await provider.ask(ask_for(spec))
                found.append(caught.value.fault)
    assert found == expected


@pytest.mark.parametrize(
    ("first", "most", "code"), [(8, 9, 1), (2, 12, 2), (1, 4, 2)], ids=["one prompt", "from then on", "everywhere"]
)
def test_a_page_in_the_place_of_a_reply_is_asked_for_twice_at_the_most(
    first: int, most: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where replies came before it costs a trial, until there are many."""
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 8)

    def fault(body: Body, _times: int) -> str | None:
        return "html_200" if int(str(body["messages"][0]["content"]).rpartition(" ")[2]) >= first else None

    with serving(ModelServer(fault_of=fault)) as server:
        done = inside(*ASKING, "--base-url", server.url, "--in-flight", "1", "--run", "x.sqlite")
    assert done.returncode == code, done.stderr
    assert "an HTML page (is base_url right?)" in done.stderr
    assert max(server.asked.values()) == 2
    assert server.stats["requests"] <= most


async def test_what_breaks_off_for_one_request_says_nothing_of_another() -> None:
    async with ModelServer(faults=["truncated_here"] * 2) as server:
        spec = spec_for(server)
        async with connected(spec) as provider:
            for question in ("one", "two"):
                with pytest.raises(ProviderError, match="broken text") as caught:
                    await provider.ask(ask_for(spec, question))
                assert caught.value.fault == "transient"


async def test_a_dead_port_says_where_nobody_answered() -> None:
    async with ModelServer() as server:
        spec = spec_for(server)
    async with connected(spec) as provider:
        with pytest.raises(
            ProviderError, match=r"no whole answer from 127.0.0.1:\d+: ConnectionRefusedError"
        ) as caught:
            await provider.ask(ask_for(spec))
    assert caught.value.fault == "transient"


async def test_a_certificate_that_is_not_trusted_stops_the_run() -> None:
    provider = await module.connect(ModelSpec(id="openai:m", base_url="https://localhost:1/v1"))
    outer = OSError("cannot connect")
    outer.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    error = provider._broken(outer, 0.0)  # type: ignore[attr-defined]
    await provider.close()
    assert (error.fault, str(error)) == ("fatal", "localhost:1 is not trusted: ('self-signed certificate',)")


@pytest.mark.parametrize("fault", ["hang", "hang_inside"])
async def test_a_silent_server_is_left(fault: str) -> None:
    async with ModelServer(faults=[fault]) as server:
        error = await failure(server, limits=Limits(first_byte_timeout=0.1))
    assert error.fault == "transient"
    assert "imeout" in str(error)
