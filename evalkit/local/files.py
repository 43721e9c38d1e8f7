"""Where a model's files are, and what can be said of them before anything heavy is imported."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalkit.errors import SpecError
from evalkit.local.settings import Settings

HUB_NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
WEIGHTS = ("*.safetensors", "*.bin")
NEEDED = ("*.json", "*.txt", "*.model", "*.jinja", "*.py", "*.tiktoken")
ELSEWHERE = ("original/*", "onnx/*", "*.onnx", "*.gguf", "*.h5", "*.msgpack", "training_args.bin")
INSTALL = "pip install 'evalkit-tutor[hf]'"


@dataclass(frozen=True)
class Origin:
    """What `hf:` names: a folder, a GGUF file, or a repository on the hub that is fetched when it is first used."""

    name: str
    folder: Path | None
    file: str | None = None
    """The GGUF file in the folder: weights, tokenizer and chat template in one, which transformers unpacks."""
    sees: bool = False
    """Images are given to it."""


def check(model: str, settings: Settings) -> Origin:
    """All that can be known at once. Raises SpecError: extra not installed, no such model, no chat template."""
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise SpecError(f"hf:{model}: local models need the package {package}: {INSTALL}")
    if settings.device_map is not None and find_spec("accelerate") is None:
        raise SpecError(f"hf:{model}: parameters.device_map needs the package accelerate: pip install accelerate")
    if settings.adapter is not None:
        _needs_peft(model)
        if not (Path(settings.adapter).expanduser() / "adapter_config.json").is_file():
            raise SpecError(f"hf:{model}: parameters.adapter: {settings.adapter} is no folder of a LoRA adapter")
    folder = Path(model).expanduser()
    if model.lower().endswith(".gguf"):
        return _gguf(model, folder, settings)
    if not folder.is_dir():
        if model.startswith((".", "/", "~")) or not HUB_NAME.fullmatch(model):
            raise SpecError(f"hf:{model}: no such folder (a model on the hub is named like Qwen/Qwen3-0.6B)")
        return Origin(model, None)
    if settings.revision is not None:
        raise SpecError(f"hf:{model}: parameters.revision: only models on the hub have revisions, this is a folder")
    check_folder(model, folder, settings)
    return Origin(model, folder)


def _gguf(model: str, file: Path, settings: Settings) -> Origin:
    for package in ("gguf", "accelerate"):
        if find_spec(package) is None:
            raise SpecError(f"hf:{model}: GGUF files need the package {package}: pip install {package}")
    if not file.is_file():
        raise SpecError(
            f"hf:{model}: no such file (from the hub: `hf download ORGANISATION/NAME FILE.gguf`, which prints where it "
            "lies)"
        )
    for name in ("revision", "quantization_config"):
        if getattr(settings, name) is not None:
            raise SpecError(
                f"hf:{model}: parameters.{name}: not for a GGUF file, whose weights are unpacked as they are"
            )
    return Origin(model, file.parent, file.name)


def sees(origin: Origin) -> Origin:
    """The same model, given images. Raises SpecError where it is none that sees, as far as its files tell."""
    if find_spec("PIL") is None:
        raise SpecError(f"hf:{origin.name}: images need the package pillow: pip install pillow")
    if origin.file is not None:
        raise SpecError(f"hf:{origin.name}: a GGUF file is read as text alone; name the folder of the model")
    if origin.folder is not None and "vision_config" not in as_json(origin.folder / "config.json"):
        raise SpecError(
            f"hf:{origin.name}: sees no images (its config.json has no vision_config); leave `attachments` of the "
            "model out: it gets the text of PDF files"
        )
    return replace(origin, sees=True)


def check_folder(model: str, folder: Path, settings: Settings) -> None:
    """Whether a folder holds a model that can chat."""
    if (folder / "adapter_config.json").is_file():
        _needs_peft(model)
        return
    if not (folder / "config.json").is_file():
        raise SpecError(f"hf:{model}: the folder {folder} holds no model: config.json is missing")
    if not any(True for pattern in WEIGHTS for _ in folder.glob(pattern)):
        raise SpecError(f"hf:{model}: the folder {folder} holds no weights (*.safetensors)")
    has_template = (folder / "chat_template.jinja").is_file() or (folder / "additional_chat_templates").is_dir()
    tokenizer = as_json(folder / "tokenizer_config.json")
    if not (has_template or tokenizer.get("chat_template") or settings.chat_template):
        raise no_template(model)


def no_template(model: str) -> SpecError:
    return SpecError(
        f"hf:{model}: the model has no chat template, so it is probably a base model that was not trained to answer; "
        "choose its chat variant, or set parameters.chat_template = 'plain' to send it `User: ... Assistant:`"
    )


def _needs_peft(model: str) -> None:
    if find_spec("peft") is None:
        raise SpecError(f"hf:{model}: a LoRA adapter needs the package peft: pip install peft")


def as_json(path: Path) -> dict[str, Any]:
    """A JSON file of the model, an empty table where there is none or it is broken."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def fetch(origin: Origin, settings: Settings) -> Path:
    """The folder with the files, from the hub's cache or the hub itself. Raises SpecError when they cannot be had."""
    if origin.folder is not None:
        return origin.folder
    import huggingface_hub as hub
    from huggingface_hub import errors

    name, wanted = f"hf:{origin.name}", [*NEEDED, "*.safetensors"]
    try:
        folder = Path(
            hub.snapshot_download(
                origin.name, revision=settings.revision, allow_patterns=wanted, ignore_patterns=list(ELSEWHERE)
            )
        )
        if not any(folder.glob("*.safetensors")) and not (folder / "adapter_config.json").is_file():
            hub.snapshot_download(
                origin.name, revision=settings.revision, allow_patterns=["*.bin"], ignore_patterns=list(ELSEWHERE)
            )
    except errors.GatedRepoError:
        raise SpecError(
            f"{name}: the hub asks you to accept this model's terms on its page, then to log in: hf auth login"
        ) from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise SpecError(
            f"{name}: no such folder here and no such model on the hub (or it is private: hf auth login)"
        ) from None
    except errors.RevisionNotFoundError:
        raise SpecError(f"{name}: the model has no revision {settings.revision!r}") from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, ConnectionError):
        raise SpecError(
            f"{name}: the hub cannot be reached and the files are not on this machine; fetch them while online with "
            f"`hf download {origin.name}`, or name a folder: hf:path/to/folder"
        ) from None
    except (errors.HfHubHTTPError, OSError) as error:
        raise SpecError(f"{name}: the files could not be fetched: {str(error).splitlines()[0][:300]}") from None
    check_folder(origin.name, folder, settings)
    return folder
