"""From a model's files to a model that is ready, or one clear error."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers

from evalkit.errors import SpecError
from evalkit.local.files import Origin, as_json, fetch, no_template
from evalkit.local.memory import GIB, free_bytes, is_out_of_memory
from evalkit.local.prompting import Prompts
from evalkit.local.settings import Settings
from evalkit.local.slots import Slots
from evalkit.local.static import Static
from evalkit.local.suited import unsuited
from evalkit.local.vision import OneByOne, VisionPrompts, processor_of

log = logging.getLogger("evalkit.local")
LONGEST_UNKNOWN = 2048
"""Context in tokens where the model's configuration does not say."""
KEPT_FREE = 0.25
"""Share of the free memory that the cache leaves to everything else."""
FALLBACK_TOKENS = 32_768
SIZES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8}


@dataclass
class Loaded:
    """A model that is ready."""

    prompts: Prompts
    engine: Slots | Static | OneByOne
    context: int
    """Tokens of prompt and reply together, at most."""
    ends: frozenset[int]
    generation: Mapping[str, Any]
    """The model's generation_config.json."""
    label: str
    """What is recorded with every reply: name, commit, dtype, device, engine, version."""


def load(origin: Origin, settings: Settings, slots: int, stopping: Callable[[], bool]) -> Loaded:
    """Load a model, logging what is going on. Raises SpecError for everything a user can put right."""
    begun = time.monotonic()
    if origin.folder is None:
        log.info("hf:%s: fetching its files, unless they are on this machine", origin.name)
    folder = fetch(origin, settings)
    name, (base, adapter) = f"hf:{origin.name}", _base_of(origin, folder, settings)
    device = _device(settings)
    if device.type == "cpu":
        torch.set_num_threads(settings.threads or _threads())
    packed = {} if origin.file is None else {"gguf_file": origin.file}
    own = packed or _has_tokenizer(folder)
    prompts = _prompts(origin, folder if own else base, settings, packed)
    dtype = settings.dtype or ("float32" if device.type == "cpu" else "auto")
    if not (packed or settings.allow_pickle):
        _refuse_pickles(name, base, adapter)
    _check_memory(name, base / (origin.file or ""), dtype, device, settings)
    log.info("%s: loading on %s, %s", name, settings.device_map or device, dtype)
    kind = transformers.AutoModelForImageTextToText if origin.sees else transformers.AutoModelForCausalLM
    model = _model(name, (kind, base), adapter, device, settings, {"dtype": dtype, **packed})
    _make_interruptible(model, stopping)
    engine = OneByOne(model, stopping) if origin.sees else _engine(name, model, slots, stopping)
    generation = {} if packed else as_json(base / "generation_config.json")
    dtype_is = str(model.dtype).removeprefix("torch.")
    which = origin.name + _commit(folder) + ("" if base == folder else f" on {_repository(base)}{_commit(base)}")
    ways: dict[type, str] = {Slots: "slots", Static: "static batches", OneByOne: "one by one, with images"}
    way = ways[type(engine)]
    label = f"{which} {dtype_is} {model.device} {way}, transformers {transformers.__version__}"
    log.info("%s: ready after %.0f s: %s; %s", name, time.monotonic() - begun, label, prompts.policy)
    return Loaded(prompts, engine, _context(model, prompts), _ends(model, prompts, generation), generation, label)


# ---------------------------------------------------------------- files to objects


def _base_of(origin: Origin, folder: Path, settings: Settings) -> tuple[Path, str | None]:
    """(folder of the model, folder of the adapter or None): an adapter's folder names its base model."""
    if origin.file is not None or not (folder / "adapter_config.json").is_file():
        return folder, str(Path(settings.adapter).expanduser()) if settings.adapter else None
    base = as_json(folder / "adapter_config.json").get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise SpecError(f"hf:{origin.name}: adapter_config.json names no base_model_name_or_path")
    local = Path(base).expanduser()
    try:
        return fetch(Origin(base, local if local.is_dir() else None), settings), str(folder)
    except SpecError as error:
        raise SpecError(
            f"hf:{origin.name}: the adapter's base model cannot be had: {error}. Where it is elsewhere, name it as the "
            "model and the adapter as parameters.adapter"
        ) from None


def _refuse_pickles(name: str, base: Path, adapter: str | None) -> None:
    """Raises SpecError where weights lie in pickles only: such a file can run code while it is read."""
    for folder in (base, *([Path(adapter)] if adapter else [])):
        if any(folder.glob("*.bin")) and not any(folder.glob("*.safetensors")):
            raise SpecError(
                f"{name}: the weights in {folder} are pickles (.bin), which can carry code; take the model's "
                "safetensors, or, if you trust it, say so on the command line: --set allow_pickle=true"
            )


def _commit(folder: Path) -> str:
    """`@` and the commit of a folder in the hub's cache."""
    return f"@{folder.name[:12]}" if folder.parent.name == "snapshots" else ""


def _repository(folder: Path) -> str:
    """The name of a model's folder, `models--ORGANISATION--NAME` in the hub's cache."""
    return folder.parent.parent.name if folder.parent.name == "snapshots" else folder.name


def _has_tokenizer(folder: Path) -> bool:
    return (folder / "tokenizer_config.json").is_file()


def _prompts(origin: Origin, folder: Path, settings: Settings, packed: Mapping[str, str]) -> Prompts:
    model = origin.name
    if origin.sees:
        processor = processor_of(model, folder, settings)
        if not (processor.chat_template or processor.tokenizer.chat_template or settings.chat_template):
            raise no_template(model)
        return VisionPrompts(model, processor, settings.chat_template, settings.template_arguments)
    options: dict[str, Any] = {"trust_remote_code": settings.trust_remote_code, **packed}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **options)
    except Exception as error:  # a damaged GGUF file raises whatever its reader stumbles over
        raise SpecError(f"hf:{model}: the tokenizer cannot be loaded: {_line(error)}") from None
    if not (tokenizer.chat_template or settings.chat_template):
        raise no_template(model)
    return Prompts(model, tokenizer, settings.chat_template, settings.template_arguments)


def _model(
    name: str,
    of: tuple[Any, Path],
    adapter: str | None,
    device: torch.device,
    settings: Settings,
    more: Mapping[str, str],
) -> Any:
    """of: the library's class for this kind of model, and the folder."""
    kind, folder = of
    options: dict[str, Any] = {"trust_remote_code": settings.trust_remote_code, **more}
    if not (settings.allow_pickle or "gguf_file" in more):
        options["use_safetensors"] = True
    for key in ("device_map", "attn_implementation", "quantization_config"):
        if getattr(settings, key) is not None:
            options[key] = getattr(settings, key)
    if settings.quantization_config is not None and settings.device_map is None:
        options["device_map"] = {"": str(device)}
    _quiet()
    try:
        model = kind.from_pretrained(folder, **options)
        if adapter is not None:
            model.load_adapter(adapter)
        if "device_map" not in options:
            model = model.to(device)
    except Exception as error:
        if is_out_of_memory(error):
            raise _too_little(name, device) from None
        raise SpecError(f"{name}: cannot be loaded: {type(error).__name__}: {_line(error)}") from None
    model.eval()
    return model


def _make_interruptible(model: Any, stopping: Callable[[], bool]) -> None:
    """Let a call of the model end early with InterruptedError: one call may take many seconds on a CPU."""

    def check(*_: Any) -> None:
        if stopping():
            raise InterruptedError

    for module in model.modules():
        if isinstance(module, torch.nn.ModuleList):
            for layer in module:
                layer.register_forward_pre_hook(check)


def _quiet() -> None:
    """The library's own progress bars would break into ours."""
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    from transformers import modeling_gguf_pytorch_utils as unpacking

    # This one bar does not ask whether it is wanted.
    setattr(unpacking, "tqdm", lambda tensors, **_: tensors)  # noqa: B010 - the library does not export it


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:400] or type(error).__name__


# ---------------------------------------------------------------- device and memory


def _device(settings: Settings) -> torch.device:
    if settings.device is not None:
        device = torch.device(settings.device)
        kind = getattr(torch, device.type, None) if device.type != "mps" else torch.backends.mps
        if device.type != "cpu" and not (kind is not None and kind.is_available()):
            raise SpecError(f"parameters.device: this machine has no {settings.device!r} that torch can use")
        return device
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _threads() -> int:
    """One, unless OMP_NUM_THREADS says otherwise: on a shared machine more threads are often slower."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdecimal() and int(given) > 0 else 1


def _check_memory(name: str, where: Path, dtype: str, device: torch.device, settings: Settings) -> None:
    """The weights must fit, before minutes are spent on loading them."""
    if settings.quantization_config is not None or settings.device_map is not None:
        return
    config = as_json(where / "config.json")
    if where.is_file():
        needed = _unpacked(where) * SIZES.get(dtype, 4)
    else:
        on_disk = sum(path.stat().st_size for path in where.glob("*.safetensors"))
        stored = str(config.get("dtype") or config.get("torch_dtype") or "float32")
        needed = on_disk * SIZES.get(dtype, SIZES.get(stored, 4)) // SIZES.get(stored, 4)
    free = free_bytes(device)
    if "quantization_config" not in config and free is not None and needed > free:
        raise _too_little(name, device, needed, free)


def _unpacked(file: Path) -> int:
    """How many weights a GGUF file holds: on the disk they take a few bits, in memory a whole number each."""
    import gguf

    return int(sum(tensor.n_elements for tensor in gguf.GGUFReader(file).tensors))


def _too_little(name: str, device: torch.device, needed: int = 0, free: int = 0) -> SpecError:
    figures = f": its weights take {needed / GIB:.1f} GiB, {free / GIB:.1f} GiB are free" if needed else ""
    return SpecError(
        f"{name}: not enough memory on {device}{figures}; take a smaller model, parameters.dtype = 'bfloat16', "
        "parameters.device_map = 'auto' or parameters.quantization_config"
    )


def _engine(name: str, model: Any, slots: int, stopping: Callable[[], bool]) -> Slots | Static:
    reason = unsuited(model)
    tokens = _budget(model)
    if reason is None:
        return Slots(model, slots, tokens, stopping)
    log.info("%s: static batches instead of slots, since %s", name, reason)
    kinds = {type(layer).__name__ for layer in transformers.DynamicCache(config=model.config).layers}
    attends = kinds <= {"DynamicLayer", "DynamicSlidingWindowLayer"}  # others carry padding along in their state
    return Static(model, slots, tokens, stopping, padding=attends)


def _budget(model: Any) -> int:
    """Tokens for which the free memory has room: keys, values, and as much again for what is computed with them."""
    config = model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    each = 2 * config.num_hidden_layers * heads * size * model.dtype.itemsize
    free = free_bytes(model.device)
    return FALLBACK_TOKENS if free is None else max(1, int(free * (1 - KEPT_FREE)) // (2 * each))


# ---------------------------------------------------------------- what the model says of itself


def _context(model: Any, prompts: Prompts) -> int:
    config = model.config.get_text_config()
    context = int(getattr(config, "max_position_embeddings", None) or LONGEST_UNKNOWN)
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") in ("dynamic", "longrope"):
        # Beyond its original length such a model turns all positions differently, for all rows of a batch at once.
        original = rope.get("original_max_position_embeddings")
        context = min(context, int(original or getattr(config, "original_max_position_embeddings", None) or context))
    return min(context, prompts.longest)


def _ends(model: Any, prompts: Prompts, generation: Mapping[str, Any]) -> frozenset[int]:
    ends: set[int] = set()
    for said in (generation.get("eos_token_id"), model.generation_config.eos_token_id, prompts.end):
        ends.update([said] if isinstance(said, int) else said or [])
    return frozenset(ends)
