"""Metrics of every reply that need no scorer: what was recorded with it.

They are compared where somebody asks for them (`--metric reply.tokens`, `primary`), and are no part of the tables
otherwise. Not covered: the cost of a whole conversation (that of one reply is counted, its request included).
"""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.types import Metric

TOKENS, COST, WORDS = "reply.tokens", "reply.cost", "reply.words"
_MOST = 1e7
RECORDED: Mapping[str, Metric] = {
    TOKENS: Metric("output tokens of the reply, as the server counted them", 0, _MOST, full=None, better="neither"),
    COST: Metric("money for the reply and its request, by the prices of the experiment", 0, _MOST, None, "lower"),
    WORDS: Metric("words of the reply, as a word processor counts", 0, _MOST, full=None, better="neither"),
}
