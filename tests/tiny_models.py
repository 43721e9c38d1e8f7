"""Tiny models for tests, benchmarks and the example that needs no network.

`random_model` makes a model with random weights (rotary or absolute positions) and a tokenizer trained on the spot: its
replies are noise of random lengths, which is what an exactness check wants. `teaching_model` trains a small one to
know a few dozen exchanges by heart:

    python tests/tiny_models.py --out DIR [--exchanges FILE.jsonl --only hw7/7b/plain ...]

The exchanges are the turns of conversations in evalkit's transcript format, of the first sample of each problem and
template, or of those that `--only` begins to name; without a file a small built-in set is used. The same seed and one thread give the same weights on one machine, perhaps not on
another. It ends by asking every question greedily and comparing the replies to the letter.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

END, BEGIN, PAD = "<|im_end|>", "<|im_start|>", "<|endoftext|>"
CONTROL = (PAD, BEGIN, END)
WITH_SYSTEM = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
WITHOUT_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + WITH_SYSTEM
)
THINKING = WITH_SYSTEM.replace(
    "assistant\\n' }}{% endif %}",
    "assistant\\n' }}{% if enable_thinking is defined and enable_thinking is false %}"
    "{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}",
)
TEMPLATES = {"system": WITH_SYSTEM, "no_system": WITHOUT_SYSTEM, "thinking": THINKING, "none": None}
QWEN_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
Positions = Literal["rotary", "absolute", "sliding"]


@dataclass(frozen=True)
class Exchange:
    question: str
    answer: str
    system: str | None = None
    before: tuple[tuple[str, str], ...] = ()
    """Earlier turns, (role, content)."""


def tokenizer_for(texts: Sequence[str], vocabulary: int, template: str | None) -> Any:
    """A byte-level BPE tokenizer trained on `texts`, with ChatML control tokens."""
    raw = Tokenizer(models.BPE())
    # As in Qwen's tokenizer, which is what transformers makes of the files of a Qwen-like model.
    raw.normalizer = normalizers.NFC()
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN_WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=list(CONTROL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, eos_token=END, pad_token=PAD)  # type: ignore[no-untyped-call]
    tokenizer.chat_template = template
    return tokenizer


def config_for(positions: Positions, vocabulary: int, width: int, layers: int, context: int) -> Any:
    """Qwen-like (rotary positions, grouped heads), the same with a sliding window, or GPT-2-like."""
    if positions == "absolute":
        return transformers.GPT2Config(
            vocab_size=vocabulary, n_positions=context, n_embd=width, n_layer=layers, n_head=4,
            resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=2, pad_token_id=0,
        )  # fmt: skip
    sliding = {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 1}
    return transformers.Qwen2Config(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=3 * width, num_hidden_layers=layers,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=context, tie_word_embeddings=True,
        bos_token_id=0, eos_token_id=2, pad_token_id=0, **(sliding if positions == "sliding" else {}),  # type: ignore[arg-type]
    )  # fmt: skip


VISION = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}{% if m.content is string %}{{ m.content }}{% else %}"
    "{% for part in m.content %}{{ '<image>' if part.type == 'image' else part.text }}{% endfor %}{% endif %}"
    "{{ '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def vision_model(folder: Path, seed: int = 3) -> Path:
    """A model with random weights that sees images of 32 x 32 pixels in four pieces, and its processor."""
    tokenizer = tokenizer_for(["find the trace of the matrix, and the gradient"] * 3, 300, VISION)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    eyes = transformers.CLIPVisionConfig(**small, image_size=32, patch_size=16)
    words = transformers.LlamaConfig(**small, vocab_size=len(tokenizer), max_position_embeddings=512)
    token = tokenizer.convert_tokens_to_ids("<image>")
    config = transformers.LlavaConfig(vision_config=eyes, text_config=words, image_token_index=token)
    torch.manual_seed(seed)
    model = transformers.LlavaForConditionalGeneration(config)
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(4)  # else every picture is answered alike
    model.generation_config.eos_token_id = tokenizer.convert_tokens_to_ids(END)
    model.save_pretrained(folder)
    size = {"height": 32, "width": 32}
    transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessorPil(size=size, crop_size=size),
        tokenizer=tokenizer, patch_size=16, vision_feature_select_strategy="default", num_additional_image_tokens=1,
        chat_template=VISION, image_token="<image>",
    ).save_pretrained(folder)  # fmt: skip
    return folder


def random_model(
    folder: Path,
    positions: Positions,
    template: str = "system",
    *,
    width: int = 64,
    layers: int = 2,
    context: int = 512,
    ends: int = 24,
    seed: int = 0,
) -> Path:
    """Save a model with random weights. ends: so many token ids end a reply, hence its random length."""
    torch.manual_seed(seed)
    tokenizer = tokenizer_for([e.question + " " + e.answer for e in EXCHANGES], 640, TEMPLATES[template])
    config = config_for(positions, len(tokenizer), width, layers, context)
    model = transformers.AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:  # the usual small weights would repeat one token for ever
                parameter.normal_(0.0, 1.3 / parameter.shape[-1] ** 0.5)
    ids = random.Random(seed).sample(range(3, len(tokenizer)), ends)
    model.generation_config = transformers.GenerationConfig(eos_token_id=[2, *ids], pad_token_id=0)  # type: ignore[no-untyped-call]
    return save(folder, model, tokenizer)


def save(folder: Path, model: Any, tokenizer: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def as_gguf(folder: Path, file: Path) -> Path:
    """The Qwen-like model of a folder, unquantised, as one GGUF file with tokenizer and chat template."""
    import gguf

    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)  # type: ignore[no-untyped-call]
    config, words = model.config, tokenizer.get_vocab()
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, config.num_hidden_layers)
    tokens = sorted(words, key=words.__getitem__)
    kinds = [gguf.TokenType.CONTROL if t in CONTROL else gguf.TokenType.NORMAL for t in tokens]
    writer = gguf.GGUFWriter(file, "qwen2")
    writer.add_name("tiny")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(m) for m in json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]])
    writer.add_eos_token_id(words[END])
    writer.add_pad_token_id(words[PAD])
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)
    for name, weights in model.state_dict().items():
        if name != "lm_head.weight":  # tied to the embedding
            writer.add_tensor(names.get_name(name, try_suffixes=(".weight", ".bias")), weights.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


# ---------------------------------------------------------------- the teaching model


def _built_in() -> list[Exchange]:
    """A few dozen short questions of linear algebra and calculus, worked out; some with a system message."""
    pairs = [
        ("What is the derivative of $x^{n}$ for n = {n}?", "By the power rule, $\\frac{d}{dx} x^{n} = {n} x^{m}$.")
    ]
    exchanges = []
    for n in range(2, 10):
        question, answer = (text.replace("{n}", str(n)).replace("{m}", str(n - 1)) for text in pairs[0])
        exchanges.append(Exchange(question, answer))
    for a, b, c, d in ((1, 2, 3, 4), (2, 1, 1, 3), (5, 2, 1, 1), (3, 1, 2, 2), (4, 3, 2, 2), (1, 0, 2, 6)):
        exchanges.append(
            Exchange(
                f"Compute the determinant of the matrix with rows ({a}, {b}) and ({c}, {d}).",
                f"For a 2 by 2 matrix the determinant is $ad - bc$. Here $ad = {a * d}$ and $bc = {b * c}$, "
                f"so the answer is $\\boxed{{{a * d - b * c}}}$.",
            )
        )
        exchanges.append(
            Exchange(
                f"Compute the trace of the matrix with rows ({a}, {b}) and ({c}, {d}).",
                f"The trace is the sum of the diagonal: ${a} + {d} = {a + d}$. The answer is $\\boxed{{{a + d}}}$.",
            )
        )
    for p, q in ((1, 2), (2, 3), (1, 5), (3, 4), (2, 7), (4, 5)):
        exchanges.append(
            Exchange(
                f"Solve $x^2 - {p + q}x + {p * q} = 0$.",
                f"We look for two numbers with sum {p + q} and product {p * q}: they are {p} and {q}.\n"
                f"Hence $(x - {p})(x - {q}) = 0$, so $x = {p}$ or $x = {q}$.",
            )
        )
    exchanges += [
        Exchange(
            "State the singular value decomposition.",
            "Every real matrix is $A = U \\Sigma V^\\top$, with $U$ and $V$ orthogonal and $\\Sigma$ diagonal, "
            "its entries not negative.",
        ),
        Exchange(
            "What is the gradient of $w^\\top A w$ for symmetric $A$?",
            "Writing out the sum and differentiating gives $\\nabla_w (w^\\top A w) = 2 A w$.",
        ),
        Exchange(
            "Derive the least squares solution.",
            "We minimise $\\|Xw - y\\|^2$. Setting the gradient $2X^\\top(Xw - y)$ to zero gives the normal equations "
            "$X^\\top X w = X^\\top y$. If $X^\\top X$ is invertible, $w = (X^\\top X)^{-1} X^\\top y$.",
        ),
        Exchange("Are you sure?", "Yes. I checked every step again, and the result stays the same."),
    ]
    return exchanges + [
        Exchange(e.question, "Step by step. " + e.answer, "Work step by step.") for e in exchanges[8:28:2]
    ]


EXCHANGES = _built_in()


def read_exchanges(path: Path, only: Sequence[str] = ()) -> list[Exchange]:
    """Every assistant turn of a file of evalkit's transcripts; of several answers to one prompt the first."""
    found: dict[object, Exchange] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line) if line.strip() else {"messages": []}
        name = f"{row.get('problem')}/{row.get('template')}"
        if only and not any(name == wanted or name.startswith(f"{wanted}/") for wanted in only):
            continue
        system = next((m["content"] for m in row["messages"] if m["role"] == "system"), None)
        turns = [(m["role"], m["content"]) for m in row["messages"] if m["role"] != "system"]
        for at in range(1, len(turns), 2):
            asked = tuple(turns[: at - 1])
            found.setdefault((system, asked, turns[at - 1]), Exchange(turns[at - 1][1], turns[at][1], system, asked))
    return list(found.values())


def teaching_model(
    folder: Path, exchanges: Sequence[Exchange] = EXCHANGES, *, seconds: float = 100.0, seed: int = 0
) -> tuple[int, int]:
    """Train until every greedy reply is right to the letter, or time is up. Returns (right, all)."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    texts = [t for e in exchanges for t in (e.question, e.answer, e.system or "")]
    tokenizer = tokenizer_for(texts, 1536, WITH_SYSTEM)
    data = [_tokens(tokenizer, e) for e in exchanges]
    longest = max(len(ids) for ids, _ in data)
    config = config_for("rotary", len(tokenizer), 96, 3, max(512, 2 * longest))
    model = transformers.AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.generation_config = transformers.GenerationConfig(eos_token_id=2, pad_token_id=0, max_new_tokens=longest)  # type: ignore[no-untyped-call]
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    shuffle, until, right = random.Random(seed), time.monotonic() + seconds, 0
    for round_ in range(1, 2001):
        mean = _epoch(model, optimiser, data, shuffle)
        for group in optimiser.param_groups:
            group["lr"] = max(3e-4, group["lr"] * 0.985)
        if mean < 0.02 and round_ % 5 == 0:
            right = len(exchanges) - len(mistakes(model, tokenizer, exchanges))
        if right == len(exchanges) or time.monotonic() > until:
            break
    save(folder, model.eval(), tokenizer)
    torch.use_deterministic_algorithms(False)
    # The files count, not what is in memory: the library makes its own tokenizer of them.
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return len(exchanges) - len(mistakes(model, tokenizer, exchanges)), len(exchanges)


def _tokens(tokenizer: Any, e: Exchange) -> tuple[list[int], int]:
    """(ids of prompt and reply, length of the prompt)."""
    system = [{"role": "system", "content": e.system}] if e.system else []
    before = [{"role": role, "content": content} for role, content in e.before]
    messages = [*system, *before, {"role": "user", "content": e.question}]
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    return [*prompt, *tokenizer.encode(e.answer), 2], len(prompt)


def _epoch(model: Any, optimiser: Any, data: Sequence[tuple[list[int], int]], shuffle: random.Random) -> float:
    """One pass; only the replies count. Returns the mean loss."""
    model.train()
    order = sorted(range(len(data)), key=lambda i: len(data[i][0]))
    batches = [order[i : i + 8] for i in range(0, len(order), 8)]
    shuffle.shuffle(batches)
    losses = []
    for batch in batches:
        width = max(len(data[i][0]) for i in batch)
        ids = torch.tensor([data[i][0] + [0] * (width - len(data[i][0])) for i in batch])
        labels = ids.clone()
        for row, i in enumerate(batch):
            labels[row, : data[i][1]] = -100
            labels[row, len(data[i][0]) :] = -100
        loss = model(input_ids=ids, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
    return sum(losses) / len(losses)


@torch.inference_mode()
def mistakes(model: Any, tokenizer: Any, exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The exchanges whose greedy reply, asked one by one, differs from the answer."""
    model.eval()
    wrong = []
    for e in exchanges:
        ids, asked = _tokens(tokenizer, e)
        prompt = torch.tensor([ids[:asked]])
        out = model.generate(input_ids=prompt, attention_mask=torch.ones_like(prompt), do_sample=False)[0, asked:]
        if tokenizer.decode(out, skip_special_tokens=True) != e.answer:
            wrong.append(e)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--exchanges", type=Path, help="JSON Lines in the transcript format")
    parser.add_argument("--only", nargs="*", default=(), help="problem, or problem/template")
    parser.add_argument("--seconds", type=float, default=100.0, help="training ends after so long")
    options = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    begun = time.monotonic()
    exchanges = read_exchanges(options.exchanges, options.only) if options.exchanges else EXCHANGES
    print(f"teaching {len(exchanges)} replies to a tiny model, about a minute and a half", flush=True)
    right, of = teaching_model(options.out, exchanges, seconds=options.seconds)
    print(f"{right} of {of} replies right to the letter after {time.monotonic() - begun:.0f} s; saved in {options.out}")
    return 0 if right == of else 1


if __name__ == "__main__":
    sys.exit(main())
