"""How fast local models answer, and whether every way gives the replies of one prompt at a time.

    python -m tests.benchmarks.local [--rounds 3] [--model DIR] [--threads 1]
    python -m tests.benchmarks.local --peers
    python -m tests.benchmarks.local --device cuda --dtype bfloat16 --width 1024 --layers 24 --rounds 2 --alone 20 --continuous

Same model, same prompts, one process, one run: 200 chat prompts (problems x arms x samples), greedy, replies of random
lengths up to 128 tokens. Prints a Markdown table (tokens a second, best of the rounds) and the delay of the event loop
while `hf:` answers. Without --model a model of 0.9 million random weights is built, or a wider and deeper one.
`--continuous` adds the continuous batching of transformers, `--peers` lm-evaluation-harness and Inspect (see
local_peers.py; their texts keep the token that ended the reply, which is allowed for). In bfloat16 greedy replies may differ where two tokens are
as likely, so the counts of equal replies say less there.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers

from evalkit.providers import hf
from evalkit.types import Message, ModelSpec, Reply, Request
from tests import tiny_models
from tests.benchmarks import local_peers

MOST = 128
ARMS = (
    "",
    " Work step by step.",
    " Hint: begin with the definition.",
    " Do not use the spectral theorem.",
    " Be brief.",
)
WORDS = ("matrix", "gradient", "sum", "trace", "vector", "the", "of", "and", "find", "prove", "solution", "root")


@dataclass
class Setup:
    folder: Path
    tokenizer: Any
    model: Any
    contents: list[str]
    device: str = "cpu"
    dtype: str = "float32"
    alone: int | None = None
    """So many prompts are answered one by one; None: all."""
    delays: list[float] = field(default_factory=list)
    """Seconds by which the event loop was late, while `hf:` answered."""
    with_end: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Replies by their text with the token that ended them."""

    @property
    def ends(self) -> list[int]:
        ends: int | list[int] = self.model.generation_config.eos_token_id
        return [ends] if isinstance(ends, int) else ends

    def prompt(self, content: str) -> str:
        text: str = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
        )
        return text

    def text(self, drawn: Any) -> tuple[str, int]:
        """(reply, its number of tokens) of what was generated, padding included."""
        end = next((i for i, token in enumerate(drawn) if token in self.ends), None)
        kept = drawn if end is None else drawn[:end]
        reply = self.tokenizer.decode(kept, skip_special_tokens=True), len(kept) + (end is not None)
        self.with_end[self.tokenizer.decode(drawn[: reply[1]], skip_special_tokens=True)] = reply
        return reply


Replies = list[tuple[str, int]]


def prompts(problems: int = 20, samples: int = 2) -> list[str]:
    choose = random.Random(0)
    statements = [" ".join(choose.choice(WORDS) for _ in range(choose.randint(20, 90))) for _ in range(problems)]
    return [statement + arm for statement in statements for _ in range(samples) for arm in ARMS]


# ---------------------------------------------------------------- the ways


def batches(setup: Setup, size: int, *, by_length: bool, first: int | None = None) -> Replies:
    """`model.generate` on left-padded batches; only the first prompts where that many are asked for."""
    texts = [setup.prompt(content) for content in setup.contents[:first]]
    lengths = [len(setup.tokenizer(text)["input_ids"]) for text in texts]
    order = sorted(range(len(texts)), key=lambda i: lengths[i]) if by_length else list(range(len(texts)))
    replies: dict[int, tuple[str, int]] = {}
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        inputs = setup.tokenizer(
            [texts[i] for i in chosen], return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False
        )
        inputs = inputs.to(setup.model.device)
        with torch.inference_mode():
            out = setup.model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                do_sample=False,
                max_new_tokens=MOST,
            )
        for i, drawn in zip(chosen, out[:, inputs["input_ids"].shape[1] :].tolist(), strict=True):
            replies[i] = setup.text(drawn)
    return [replies[i] for i in range(len(texts))]


def pipeline(setup: Setup, size: int) -> Replies:
    setup.tokenizer.padding_side = "left"
    pipe = transformers.pipeline("text-generation", model=setup.model, tokenizer=setup.tokenizer)
    out = pipe(
        [setup.prompt(c) for c in setup.contents],
        batch_size=size, do_sample=False, max_new_tokens=MOST, return_tensors=True,
    )  # fmt: skip
    replies = []
    for content, one in zip(setup.contents, out, strict=True):
        drawn = one[0]["generated_token_ids"]
        prompt = setup.tokenizer(setup.prompt(content))["input_ids"]
        while drawn[: len(prompt)] != prompt and len(drawn) > len(prompt):
            drawn = drawn[1:]  # padding on the left
        replies.append(setup.text(drawn[len(prompt) :]))
    return replies


def peer(setup: Setup, one: local_peers.Peer) -> Callable[[], Replies]:
    """A tool that gives texts: where one is no known reply, its tokens are counted."""

    def run() -> Replies:
        texts = one()
        run.seconds = one.seconds  # type: ignore[attr-defined]
        return [setup.with_end.get(text) or (text, len(setup.tokenizer(text)["input_ids"])) for text in texts]

    return run


def continuous(setup: Setup) -> Replies:
    """Continuous batching of transformers, with its own choice of sizes."""
    prompts = [setup.tokenizer(setup.prompt(c))["input_ids"] for c in setup.contents]
    config: Any = transformers.GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=MOST, do_sample=False, eos_token_id=setup.ends, pad_token_id=0
    )
    out = setup.model.generate_batch(prompts, generation_config=config, progress_bar=False)
    return [setup.text(out[key].generated_tokens) for key in sorted(out, key=lambda k: int(k.rsplit("_", 1)[-1]))]


def ours(setup: Setup, in_flight: int) -> Callable[[], Replies]:
    """`hf:` as a run uses it. The model is loaded before the clock starts."""
    loop = asyncio.new_event_loop()
    parameters = {"temperature": 0, "max_tokens": MOST, "device": setup.device, "dtype": setup.dtype}
    spec = ModelSpec.model_validate(
        {"id": f"hf:{setup.folder}", "parameters": parameters, "limits": {"in_flight": in_flight}}
    )

    def request(content: str, sample: int) -> Request:
        return Request(spec.id, "", (Message("user", content),), parameters, sample)

    async def answer() -> Replies:
        provider = await hf.connect(spec)
        await provider.ask(request("warm up", -1))
        begun, begun_cpu = time.perf_counter(), time.process_time()
        watching = asyncio.create_task(watch(setup.delays))
        replies: list[Reply] = await asyncio.gather(
            *(provider.ask(request(content, i)) for i, content in enumerate(setup.contents))
        )
        watching.cancel()
        answer.seconds = (time.perf_counter() - begun, time.process_time() - begun_cpu)  # type: ignore[attr-defined]
        await provider.close()
        return [(r.text, r.usage.output_tokens if r.usage else 0) for r in replies]

    def run() -> Replies:
        replies = loop.run_until_complete(answer())
        run.seconds = answer.seconds  # type: ignore[attr-defined]
        return replies

    return run


async def watch(delays: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        delays.append(time.perf_counter() - begun - 0.005)


# ---------------------------------------------------------------- the table


@dataclass
class Best:
    """The best of several rounds of one way."""

    replies: Replies
    wall: float
    cpu: float
    """Seconds."""

    def per_second(self, seconds: float) -> float:
        return sum(count for _, count in self.replies) / seconds


def ways_of(setup: Setup, more: bool, peers: bool) -> dict[str, Callable[[], Replies]]:
    """All ways by name. more: continuous batching as well."""
    ways: dict[str, Callable[[], Replies]] = {
        "one by one": lambda: batches(setup, 1, by_length=False, first=setup.alone),
        "text-generation pipeline, batch 32": lambda: pipeline(setup, 32),
        "static batches, 32": lambda: batches(setup, 32, by_length=False),
        "static batches by length, 32": lambda: batches(setup, 32, by_length=True),
        "static batches by length, 64": lambda: batches(setup, 64, by_length=True),
        "evalkit `hf:`, 32 in flight": ours(setup, 32),
        "evalkit `hf:`, 64 in flight": ours(setup, 64),
    }
    if setup.device != "cpu":
        ways["evalkit `hf:`, 200 in flight"] = ours(setup, 200)
        ways["static batches by length, 200"] = lambda: batches(setup, 200, by_length=True)
    if more:
        ways["continuous batching of transformers"] = lambda: continuous(setup)
    if peers:
        common = setup.device, setup.dtype
        written = [setup.prompt(content) for content in setup.contents]
        for size in (32, 64):
            ways[f"lm-evaluation-harness `hf`, {size}"] = peer(
                setup, local_peers.harness(setup.folder, written, *common, size)
            )
        ways["Inspect `hf/`, 32"] = peer(setup, local_peers.inspect(setup.folder, setup.contents, *common, 32))
    return ways


def measure(ways: dict[str, Callable[[], Replies]], rounds: int) -> dict[str, Best]:
    """The best time of each way; the ways take turns."""
    best: dict[str, Best] = {}
    for round_ in range(rounds):
        for name, way in ways.items():
            if name == "one by one" and round_:
                continue
            begun, begun_cpu = time.perf_counter(), time.process_time()
            replies = way()
            spent = (time.perf_counter() - begun, time.process_time() - begun_cpu)
            wall, cpu = getattr(way, "seconds", spent)
            before = best.setdefault(name, Best(replies, wall, cpu))
            before.wall, before.cpu = min(before.wall, wall), min(before.cpu, cpu)
            print(f"round {round_ + 1}: {name}: {before.per_second(wall):.0f} tokens/s", flush=True)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", type=Path, help="a folder; without it a random model is built")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--alone", type=int, help="answer only so many prompts one by one (slow on a GPU)")
    parser.add_argument("--continuous", action="store_true", help="continuous batching of transformers as well")
    parser.add_argument("--peers", action="store_true", help="lm-evaluation-harness and Inspect as well")
    parser.add_argument("--ends", type=int, default=16, help="more of them make shorter replies")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.model or tiny_models.random_model(
            Path(scratch), "rotary", width=options.width, layers=options.layers, context=1024, ends=options.ends
        )
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=options.dtype)
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
        setup = Setup(
            folder, tokenizer, model.eval().to(options.device), prompts(), options.device, options.dtype, options.alone
        )
        best = measure(ways_of(setup, options.continuous, options.peers), options.rounds)
    size = sum(p.numel() for p in model.parameters()) / 1e6
    print(
        f"\n{len(setup.contents)} prompts, {size:.2f} M weights, {options.dtype} on {options.device}, "
        f"{options.threads} thread(s), torch {torch.__version__}, "
    )
    print(f"transformers {transformers.__version__}; best of {options.rounds} (one by one: of 1)\n")
    report(best, setup.delays)


def report(best: dict[str, Best], delays: Sequence[float]) -> None:
    reference = [text for text, _ in best["one by one"].replies]
    print("| way | tokens/s | tokens per CPU second | equal to one by one | tokens |\n|---|---|---|---|---|")
    for name, one in best.items():
        equal = sum(text == wanted for (text, _), wanted in zip(one.replies, reference, strict=False))
        tokens = sum(count for _, count in one.replies)
        speeds = f"{one.per_second(one.wall):,.0f} | {one.per_second(one.cpu):,.0f}"
        print(f"| {name} | {speeds} | {equal}/{len(reference)} | {tokens:,} |")
    late = sorted(delays)
    at = [late[int(share * (len(late) - 1))] * 1000 for share in (0.5, 0.99, 1.0)]
    print(f"\nevent loop late by: median {at[0]:.1f} ms, p99 {at[1]:.1f} ms, longest {at[2]:.1f} ms")


if __name__ == "__main__":
    main()
