"""Models that see images: prompts written by the model's processor, one conversation after the other.

What is drawn is drawn as everywhere (sampling.py, with the request's own random stream); how image tokens are placed
and positions counted is left to the library, whose `generate` calls the model. Asked for by `attachments = "parts"`.

Not covered: several conversations at once, videos, and prompts shared between requests; a PDF goes along as its text.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import jinja2
import torch
import transformers
from torch import Tensor

from evalkit.errors import ProviderError, SpecError
from evalkit.local.prompting import Prompt, Prompts
from evalkit.local.rows import Row
from evalkit.local.sampling import draw
from evalkit.local.settings import Settings
from evalkit.types import Message

MOST_PIXELS = 50_000_000
"""Of one image: it is unpacked in memory, at three bytes each."""
_BREAK = "\u200b"
"""A space of no width breaks what looks like a control token in a message: the processor reads the text as a whole."""


class VisionPrompts(Prompts):
    """Writes prompts with images for one processor."""

    def __init__(self, model: str, processor: Any, chat_template: str | None, arguments: Mapping[str, Any]) -> None:
        """Raises SpecError for a template that is missing, broken, or does not know an argument."""
        tokenizer = processor.tokenizer
        tokenizer.chat_template = processor.chat_template or tokenizer.chat_template
        super().__init__(model, tokenizer, chat_template, arguments)
        self._processor = processor

    def write(self, messages: Sequence[Message], arguments: Mapping[str, Any]) -> Prompt:
        """The tokens of a prompt, and with what the model is called. Raises ProviderError (data)."""
        messages, text = self.rendered(messages, arguments)
        images = [_image(file.content, file.name) for m in messages for file in m.files]
        try:
            made = self._processor(
                text=[self.joined(text, _BREAK)], images=images or None, return_tensors="pt", add_special_tokens=False
            )
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ProviderError(f"the model's processor refuses this conversation: {error}", "data") from None
        return Prompt(made["input_ids"][0].tolist(), self.opens_thought(text), made)

    def _render(self, messages: Sequence[Message], arguments: Mapping[str, Any]) -> str:
        """Some templates take lists of parts alone, some texts alone where there are no images."""
        if not any(m.files for m in messages):
            with suppress(jinja2.TemplateError, TypeError):
                return super()._render(messages, arguments)
        return self.render_of([{"role": m.role, "content": _parts(m)} for m in messages], arguments)


def _parts(message: Message) -> list[dict[str, str]]:
    return [*({"type": "image"} for _ in message.files), {"type": "text", "text": message.content}]


def _image(content: bytes, name: str) -> Any:
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > MOST_PIXELS:
            raise ProviderError(f"{name}: more than {MOST_PIXELS:,} pixels", "data")
        return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ProviderError(f"{name}: cannot be read as an image: {error}", "data") from None


def processor_of(model: str, folder: Path, settings: Settings) -> Any:
    """The processor of a model folder. Raises SpecError where it has none that takes images."""
    try:
        load: Any = transformers.AutoProcessor.from_pretrained
        found = load(folder, trust_remote_code=settings.trust_remote_code)
    except Exception as error:
        told = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise SpecError(f"hf:{model}: the processor cannot be loaded: {told[0][:300]}") from None
    if getattr(found, "image_processor", None) is None or getattr(found, "tokenizer", None) is None:
        raise SpecError(f"hf:{model}: its processor takes no images: leave `attachments` of the model out")
    return found


class OneByOne:
    """A model that answers one conversation after the other, by the library's own `generate`."""

    def __init__(self, model: Any, stopping: Callable[[], bool] = lambda: False) -> None:
        self._model, self._stopping = model, stopping
        plain: Any = transformers.GenerationConfig
        self._config = plain(do_sample=False, pad_token_id=0, use_cache=True)

    @torch.inference_mode()
    def step(self, waiting: deque[Row]) -> list[Row]:
        """Answer the next row."""
        if not waiting or self._stopping():
            return []
        row = waiting.popleft()
        if not row.over:
            # Floats (pixels) take the type of the model; token ids stay whole numbers.
            inputs = row.inputs.to(self._model.device, self._model.dtype)
            self._model.generate(
                **inputs,
                generation_config=self._config,
                max_new_tokens=row.limit,
                logits_processor=[_Drawn(row)],
                stopping_criteria=[_Over(row, self._stopping)],
            )
        return [row] if row.over else []

    def abandon(self) -> list[Row]:
        """Nothing is held between two rows."""
        return []


class _Drawn(transformers.LogitsProcessor):
    """Draws the next token for the row and leaves the library no other choice."""

    def __init__(self, row: Row) -> None:
        self._row = row

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        draw(scores, [self._row])
        forced = torch.full_like(scores, -torch.inf)
        forced[0, self._row.drawn[-1] if self._row.drawn else 0] = 0.0
        return forced


class _Over(transformers.StoppingCriteria):
    """Ends where the row is over, or the run is."""

    def __init__(self, row: Row, stopping: Callable[[], bool]) -> None:
        self._row, self._stopping = row, stopping

    def __call__(self, input_ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        return torch.tensor([self._row.over or self._stopping()], device=input_ids.device)
