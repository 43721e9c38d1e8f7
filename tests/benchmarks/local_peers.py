"""The same prompts through lm-evaluation-harness and Inspect, for `python -m tests.benchmarks.local --peers`.

Both must be installed beside evalkit, in an environment of their own: `pip install 'lm-eval[hf]' inspect-ai`. Each is
used as its own evaluations use it, with the model loaded before the clock starts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

MOST = 128


class Peer:
    """Texts of all prompts, and the seconds of wall and CPU time they took."""

    def __init__(self, answer: Callable[[], list[str]]) -> None:
        self._answer = answer
        self.seconds = (0.0, 0.0)

    def __call__(self) -> list[str]:
        begun, begun_cpu = time.perf_counter(), time.process_time()
        texts = self._answer()
        self.seconds = (time.perf_counter() - begun, time.process_time() - begun_cpu)
        return texts


def harness(folder: Path, prompts: Sequence[str], device: str, dtype: str, size: int) -> Peer:
    """lm-evaluation-harness, model type `hf`: sorts by length, static batches. prompts: chat template applied."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model = HFLM(pretrained=str(folder), device=device, dtype=dtype, batch_size=size)
    asked = {"until": [], "max_gen_toks": MOST, "do_sample": False}
    requests = [Instance("generate_until", {}, (prompt, asked), i) for i, prompt in enumerate(prompts)]
    return Peer(lambda: list(model.generate_until(requests, disable_tqdm=True)))


def inspect(folder: Path, contents: Sequence[str], device: str, dtype: str, size: int) -> Peer:
    """Inspect, provider `hf/`: batches of what waits. contents: user messages."""
    from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model

    more = {"model_path": str(folder), "device": device, "dtype": dtype, "do_sample": False}
    model = get_model("hf/local", memoize=False, config=GenerateConfig(max_tokens=MOST, max_connections=size), **more)

    async def answer() -> list[str]:
        replies = await asyncio.gather(*(model.generate([ChatMessageUser(content=content)]) for content in contents))
        return [reply.completion for reply in replies]

    return Peer(lambda: asyncio.run(answer()))
