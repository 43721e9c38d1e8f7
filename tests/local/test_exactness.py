"""Exactness above all: replies are those of one prompt at a time, whoever the neighbours are."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from evalkit.errors import ProviderError
from evalkit.local.worker import seed_of
from evalkit.providers import hf
from evalkit.types import Message, Reply, Request
from tests import tiny_models
from tests.local.ask import GREEDY, WARM, ask_all, one_by_one, prompts, request, spec_of, tokenizer_of


@pytest.mark.parametrize(
    ("kind", "count", "engine"),
    [("rotary", 100, "slots"), ("absolute", 100, "slots"), ("sliding", 40, "static batches")],
)
async def test_greedy_replies_equal_one_by_one(folders: dict[str, Path], kind: str, count: int, engine: str) -> None:
    contents = prompts(count)
    spec = spec_of(folders[kind], **GREEDY)
    replies = await ask_all(spec, [request(spec, c) for c in contents])
    assert f" {engine}," in (replies[0].served_by or "")
    assert [r.text for r in replies] == one_by_one(folders[kind], contents, 24)
    assert {r.finish for r in replies} == {"stop", "length"}


@pytest.mark.parametrize("kind", ["rotary", "absolute", "sliding"])
async def test_sampled_replies_depend_on_the_request_alone(folders: dict[str, Path], kind: str) -> None:
    """Alone, and among others: other batch sizes, another order, neighbours with other settings."""
    contents = prompts(12)
    alone_spec, crowd_spec = spec_of(folders[kind], 1, **WARM), spec_of(folders[kind], 17, **WARM)
    mine = [request(alone_spec, c, sample) for c in contents for sample in range(3)]
    others = [request(crowd_spec, c, temperature=t, top_p=0.8) for c in prompts(20, 9) for t in (0, 1.5)]
    crowd = [*mine, *others]
    random.Random(3).shuffle(crowd)
    alone = await ask_all(alone_spec, mine)
    among = dict(zip([r.key for r in crowd], await ask_all(crowd_spec, crowd), strict=True))
    assert [among[r.key].text for r in mine] == [r.text for r in alone]
    assert len({r.text for r in alone}) > len(contents)


async def test_neighbours_keep_their_own_settings(folders: dict[str, Path]) -> None:
    """The first request's settings must not become everyone's."""
    spec = spec_of(folders["rotary"], **GREEDY)
    contents = prompts(8)
    wild = [request(spec, c, temperature=1.5) for c in contents]
    top = [request(spec, c, temperature=1.5, top_k=1) for c in contents]
    short = [request(spec, c, max_tokens=2) for c in contents]
    greedy = [request(spec, c) for c in contents]
    replies = await ask_all(spec, [*wild, *top, *short, *greedy])
    texts = [[r.text for r in replies[i : i + 8]] for i in range(0, 32, 8)]
    assert texts[3] == texts[1] == one_by_one(folders["rotary"], contents, 24)
    assert texts[0] != texts[3]
    assert all(r.usage and r.usage.output_tokens <= 2 for r in replies[16:24])


async def test_samples_differ_and_seeds_matter(folders: dict[str, Path]) -> None:
    spec = spec_of(folders["rotary"], temperature=1.0, max_tokens=12)
    samples = await ask_all(spec, [request(spec, "solve", sample) for sample in range(8)])
    seeds = await ask_all(spec, [request(spec, "solve", 0, seed=seed) for seed in range(8)])
    for replies in (samples, seeds):  # a sample may end at once, so one pair of them may be alike
        assert len({r.text for r in replies}) >= 4


def test_seed_is_that_of_the_request() -> None:
    request_ = Request("hf:x", "", (Message("user", "1"),), {}, 0)
    assert seed_of(request_) == seed_of(Request("hf:x", "", (Message("user", "1"),), {}, 0))
    assert seed_of(request_) != seed_of(Request("hf:x", "", (Message("user", "1"),), {}, 1))


async def test_stop_strings_cut_the_reply(folders: dict[str, Path]) -> None:
    contents = prompts(40)
    whole = one_by_one(folders["rotary"], contents, 24)
    chosen = [(c, text, text[len(text) // 2 :][:3]) for c, text in zip(contents, whole, strict=True) if len(text) > 12]
    spec = spec_of(folders["rotary"], **GREEDY)
    replies = await ask_all(spec, [request(spec, c, stop=["never there", stop]) for c, _, stop in chosen])
    for reply, (_, text, stop) in zip(replies, chosen, strict=True):
        assert reply.text == text[: text.find(stop)]
        assert reply.finish == "stop"
    assert len(chosen) > 10


async def test_max_tokens_and_real_token_counts(folders: dict[str, Path]) -> None:
    spec = spec_of(folders["rotary"], temperature=0)
    contents = [c for c in prompts(40) if len(c) > 40]
    replies = await ask_all(spec, [request(spec, c, max_tokens=3) for c in contents])
    cut = [r for r in replies if r.finish == "length"]
    assert cut
    assert all(r.usage and r.usage.output_tokens == 3 for r in cut)
    assert all(r.unjudged == "cut off" for r in cut)
    tokenizer = tokenizer_of(folders["rotary"])
    counts = [
        len(tokenizer.apply_chat_template([{"role": "user", "content": c}], add_generation_prompt=True)["input_ids"])
        for c in contents
    ]
    assert [r.usage.input_tokens for r in replies if r.usage] == counts


async def test_a_prompt_beyond_the_context_is_a_fault_of_its_own(folders: dict[str, Path]) -> None:
    spec = spec_of(folders["rotary"], temperature=0)
    provider = await hf.connect(spec)
    long, good = await asyncio.gather(
        provider.ask(request(spec, "matrix " * 3000)), provider.ask(request(spec, "matrix")), return_exceptions=True
    )
    await provider.close()
    assert isinstance(long, ProviderError)
    assert (long.fault, "at most 512" in str(long)) == ("data", True)
    assert isinstance(good, Reply)


async def test_a_reply_ends_with_the_context(folders: dict[str, Path]) -> None:
    spec = spec_of(folders["rotary"], temperature=0, max_tokens=500)
    tokenizer = tokenizer_of(folders["rotary"])
    content = "matrix"
    while len(tokenizer(content)["input_ids"]) < 494:
        content += " matrix"
    reply = (await ask_all(spec, [request(spec, content)]))[0]
    assert reply.usage is not None
    assert reply.usage.input_tokens + reply.usage.output_tokens <= 512
    assert reply.usage.output_tokens < 20


async def test_a_taught_model_knows_its_exchanges(tmp_path: Path) -> None:
    few = tiny_models.EXCHANGES[:3]
    right, of = tiny_models.teaching_model(tmp_path / "taught", few, seconds=60)
    assert (right, of) == (3, 3)
    spec = spec_of(tmp_path / "taught", temperature=0)
    replies = await ask_all(spec, [request(spec, e.question) for e in few])
    assert [r.text for r in replies] == [e.answer for e in few]
