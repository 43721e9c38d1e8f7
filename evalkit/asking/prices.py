"""What a reply costs: the prices of the experiment, else those of a kept list (genai-prices), which is read offline.

The list is of the day that its release was made (`basis` names the release); prices in the experiment override it.
Local models and recorded replies cost nothing. Not covered: prices by the number of tokens in one prompt (the first
tier is taken), by the time of day, and of tools. A request in a batch costs `prices.batch` of all
that, by default half.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from evalkit.types import Attachment, Message, ModelSpec, Prices, Reply, Request, Usage
from evalkit.wire.address import is_local

FREE = ("hf", "replay")
CHARACTERS_PER_TOKEN = 4
DEFAULT_OUTPUT_TOKENS = 800
"""Guess for one reply where the parameters name no maximum and nothing has been answered yet."""


def prices_of(spec: ModelSpec) -> Prices | None:
    """The prices of a model, None where nobody knows them."""
    if spec.prices is not None:
        return spec.prices
    return Prices() if spec.provider in FREE else _listed(spec.model, spec.servers[0].base_url)


def basis(spec: ModelSpec) -> str:
    """Where the prices come from, in words."""
    if spec.prices is not None:
        return "prices of the experiment"
    if spec.provider in FREE:
        return "nothing is paid for"
    return f"prices of genai-prices {version('genai-prices')}, in dollars" if prices_of(spec) else "no known price"


def cost_of(spec: ModelSpec, usage: Usage) -> float | None:
    """Money for so many tokens; None where no price is known."""
    prices = prices_of(spec)
    if prices is None:
        return None
    cached = prices.input if prices.cached_input is None else prices.cached_input
    written = prices.input if prices.cache_write is None else prices.cache_write
    plain = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    money = max(plain, 0) * prices.input + usage.cached_tokens * cached + usage.cache_write_tokens * written
    return (money + usage.output_tokens * prices.output) / 1e6


def batch_share(spec: ModelSpec) -> float:
    """What a request in a batch costs, as a share of the price."""
    return (spec.prices or Prices()).batch


def usage_or_guess(request: Request, reply: Reply) -> Usage:
    """As the server counted, else by the length of the texts: no count is not no cost."""
    if reply.usage is not None:
        return reply.usage
    written = len(reply.text) + len(reply.reasoning or "")
    return Usage(guessed_input(request), round(written / CHARACTERS_PER_TOKEN))


def guessed_input(request: Request) -> int:
    """Tokens of a request, those of its files included."""
    return round(sum(map(guessed_tokens, request.messages)))


IMAGE_TOKENS, PAGE_TOKENS = 1000, 1500
"""What servers count for an image of usual size, and for a page of a PDF that they read as text and as an image."""
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")


def guessed_tokens(message: Message) -> float:
    """Tokens of a message: characters / 4, 4 for itself, and what its files may count as."""
    return len(message.content) / CHARACTERS_PER_TOKEN + 4 + sum(map(_file_tokens, message.files))


@lru_cache(maxsize=256)
def _file_tokens(file: Attachment) -> int:
    if file.type.startswith("image/"):
        return IMAGE_TOKENS
    return PAGE_TOKENS * max(1, len(_PAGE.findall(file.content)))  # of a packed PDF the pages do not show: one


def most_output(spec: ModelSpec) -> int:
    """Tokens of a reply as far as the parameters bound it, else a guess."""
    most = spec.parameters.get("max_completion_tokens") or spec.parameters.get("max_tokens")
    return most if isinstance(most, int) else DEFAULT_OUTPUT_TOKENS


@lru_cache
def _listed(model: str, url: str | None) -> Prices | None:
    """From the list, by model name and address. No local server is looked up: the list costs 9 MiB, and 70 the first
    time, where it has not been compiled when it was installed."""
    if url is not None and is_local(url):
        return None
    import genai_prices

    where: dict[str, Any] = {"provider_id": "openai"} if url is None else {"provider_api_url": url}
    try:
        found = genai_prices.calc_price(genai_prices.Usage(input_tokens=0, output_tokens=0), model, **where).model_price
    except (LookupError, ValueError):
        return None
    cost = {
        name: _first_tier(getattr(found, f"{name}_mtok", None))
        for name in ("input", "output", "cache_read", "cache_write")
    }
    if cost["input"] is None or cost["output"] is None:
        return None
    return Prices(
        input=cost["input"], output=cost["output"], cached_input=cost["cache_read"], cache_write=cost["cache_write"]
    )


def _first_tier(price: Any) -> float | None:
    return None if price is None else float(getattr(price, "base", price))
