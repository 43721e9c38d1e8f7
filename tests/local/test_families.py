"""Other families of models, tiny and random: the engine that suits them, and replies as from one prompt at a time."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import pytest
import torch
import transformers

from evalkit.local.rows import Row
from evalkit.local.settings import Sampling
from evalkit.local.slots import Slots
from evalkit.local.static import Static
from evalkit.local.suited import unsuited

ENDS = [2, *range(10, 20)]
PLAIN: dict[str, Any] = {"vocab_size": 300, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
USUAL = {**PLAIN, "intermediate_size": 128, "num_key_value_heads": 2, "max_position_embeddings": 256, "pad_token_id": 0}
LATENT = {"q_lora_rank": 16, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 16}
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 32}
FAMILIES: dict[str, tuple[dict[str, Any], str | None]] = {
    "llama": (USUAL, None),
    "gemma": ({**USUAL, "head_dim": 16}, None),
    "phi3": (USUAL, None),
    "mixtral": ({**USUAL, "num_local_experts": 4}, None),
    "qwen3_moe": ({**USUAL, **EXPERTS, "head_dim": 16, "num_experts": 4}, None),
    "deepseek_v3": (
        {**USUAL, **LATENT, **EXPERTS, "num_key_value_heads": 4, "n_routed_experts": 4, "n_group": 1, "topk_group": 1},
        None,
    ),
    "gpt_neox": ({**PLAIN, "intermediate_size": 128, "max_position_embeddings": 256}, None),
    "opt": ({**PLAIN, "ffn_dim": 128, "word_embed_proj_dim": 64, "max_position_embeddings": 256}, None),
    "falcon": ({**PLAIN, "alibi": False}, None),
    "bloom": ({"vocab_size": 300, "hidden_size": 64, "n_layer": 2, "n_head": 4}, "takes no position ids"),
    "gemma2": ({**USUAL, "head_dim": 16, "sliding_window": 16}, "not plain"),
    "mamba": ({"vocab_size": 300, "hidden_size": 64, "num_hidden_layers": 2, "state_size": 8}, "not plain"),
}


def model_of(kind: str) -> Any:
    """A model of a family with random weights, of which the replies are noise of a random length."""
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(kind, **FAMILIES[kind][0], bos_token_id=0, eos_token_id=2)
    model: Any = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0.0, 1.3 / parameter.shape[-1] ** 0.5)
    model.generation_config = transformers.GenerationConfig(eos_token_id=ENDS, pad_token_id=0)
    return model.eval()


@torch.inference_mode()
def alone(model: Any, prompt: list[int]) -> list[int]:
    ids = torch.tensor([prompt])
    out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=16)
    drawn: list[int] = out[0, len(prompt) :].tolist()
    return drawn


@pytest.mark.parametrize("kind", FAMILIES)
def test_replies_equal_one_by_one(kind: str) -> None:
    choose, model = random.Random(1), model_of(kind)
    common = [[choose.randrange(20, 300) for _ in range(30)] for _ in range(4)]
    prompts = [[*c, *(choose.randrange(20, 300) for _ in range(choose.randint(1, 30)))] for c in common for _ in "123"]
    expected, reason = FAMILIES[kind][1], unsuited(model)
    assert (reason is None) == (expected is None)
    assert (expected or "") in (reason or "")
    engine = Slots(model, 7, 10**6) if reason is None else Static(model, 7, 10**6, padding=kind != "mamba")
    rows = [Row(prompt, Sampling(), 16, frozenset(ENDS), 0) for prompt in prompts]
    waiting = deque(rows)
    for _ in range(500):
        engine.step(waiting)
        if not (waiting or engine.busy):
            break
    assert [row.drawn for row in rows] == [alone(model, prompt) for prompt in prompts]


class Broken:
    """A model whose every pass ends in an error."""

    device = "cpu"

    def __init__(self, words: str) -> None:
        self.words = words

    def generate(self, **_: object) -> None:
        raise RuntimeError(self.words)


def test_where_a_model_is_broken_no_smaller_batch_is_tried(caplog: pytest.LogCaptureFixture) -> None:
    def rows() -> deque[Row]:
        return deque(Row([20, 21], Sampling(), 4, frozenset(ENDS), 0) for _ in "12")

    with pytest.raises(RuntimeError, match="no kernel"):
        Static(Broken("no kernel for this device"), 2, 10**6).step(rows())
    engine, waiting = Static(Broken("CUDA out of memory"), 2, 10**6), rows()
    assert engine.step(waiting) == []
    assert (engine.slots, len(waiting)) == (1, 2)
    assert "out of memory with 2 replies at once; going on with 1" in caplog.text
    (over,) = engine.step(waiting)
    assert "even alone" in (over.error or "")
