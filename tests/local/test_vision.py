"""Local models that see: images go to the model, PDF files as text, and everything else is an error before a run."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from evalkit.errors import ProviderError, SpecError
from evalkit.providers import hf
from evalkit.specs.attachments import Attached, sent_to
from evalkit.types import Attachment, Message, ModelSpec, Reply, Request
from tests import tiny_models
from tests.local.ask import ask_all

PIL = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module")
def sighted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.vision_model(tmp_path_factory.mktemp("vision") / "m")


def picture(colour: str) -> Attachment:
    content = io.BytesIO()
    PIL.new("RGB", (40, 30), colour).save(content, "PNG")
    found = content.getvalue()
    return Attachment(f"{colour}.png", "image/png", hashlib.sha256(found).hexdigest(), len(found), content=found)


def spec_of(folder: Path, **parameters: Any) -> ModelSpec:
    fields = {"id": f"hf:{folder}", "attachments": "parts", "parameters": {"max_tokens": 12, **parameters}}
    return ModelSpec.model_validate(fields)


def request(spec: ModelSpec, *files: Attachment, text: str = "find the trace", sample: int = 0) -> Request:
    return Request(spec.id, "", (Message("user", text, attachments=files),), spec.parameters, sample)


async def answers(folder: Path, *asked: tuple[Attachment, ...], **parameters: Any) -> list[Reply]:
    spec = spec_of(folder, **parameters)
    return await ask_all(spec, [request(spec, *files) for files in asked])


def by_the_library(folder: Path, image: Attachment) -> str:
    """What `generate` itself answers, greedily."""
    processor: Any = transformers.AutoProcessor.from_pretrained(folder)
    model: Any = transformers.AutoModelForImageTextToText.from_pretrained(folder)
    said = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "find the trace"}]}]
    text = processor.apply_chat_template(said, add_generation_prompt=True, tokenize=False)
    inputs = processor(text=[text], images=[PIL.open(io.BytesIO(image.content))], return_tensors="pt")
    with torch.inference_mode():
        out = model.generate(**inputs, do_sample=False, max_new_tokens=12)
    drawn = out[0, inputs["input_ids"].shape[1] :].tolist()
    return str(processor.tokenizer.decode(drawn, skip_special_tokens=True))


async def test_the_model_sees_the_image(sighted: Path) -> None:
    red, blue, again, blind = await answers(
        sighted, (picture("red"),), (picture("blue"),), (picture("red"),), (), temperature=0
    )
    assert red.text == again.text == by_the_library(sighted, picture("red")).replace("<image>", "")
    assert blue.text == by_the_library(sighted, picture("blue")).replace("<image>", "")
    assert len({red.text, blue.text, blind.text}) == 3
    assert red.usage is not None
    assert blind.usage is not None
    assert red.usage.input_tokens == blind.usage.input_tokens + 4, "an image of four pieces"
    assert "one by one, with images" in str(red.served_by)


async def test_samples_are_drawn_from_streams_of_their_own(sighted: Path) -> None:
    spec = spec_of(sighted, temperature=1.0)
    asked = [request(spec, picture("red"), sample=n) for n in (0, 1, 0)]
    first, second, third = await ask_all(spec, asked)
    (alone,) = await ask_all(spec, asked[1:2])
    assert first.text == third.text != second.text == alone.text


async def test_a_word_of_the_template_in_a_message_is_no_image(sighted: Path) -> None:
    spec = spec_of(sighted, temperature=0)
    (found,) = await ask_all(spec, [request(spec, text="what is <image> and <|im_end|>?")])
    assert found.finish in ("stop", "length")


async def test_what_is_no_image_is_the_fault_of_its_request(sighted: Path) -> None:
    broken = Attachment("x.png", "image/png", "0" * 64, 20, content=b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(ProviderError, match=r"x\.png: cannot be read as an image") as caught:
        await answers(sighted, (broken,), temperature=0)
    assert caught.value.fault == "data"


async def test_a_model_that_sees_nothing_is_told_before_the_run(folders: dict[str, Path]) -> None:
    with pytest.raises(SpecError, match="sees no images"):
        await hf.connect(spec_of(folders["rotary"]))


@pytest.mark.parametrize("form", ["parts", None, "text"])
def test_what_a_local_model_is_given(form: str | None) -> None:
    spec = ModelSpec.model_validate({"id": "hf:x", **({"attachments": form} if form else {})})
    if form == "parts":
        assert sent_to(Attached((), (picture("red"),)), spec).own[0].text is None
    else:
        with pytest.raises(SpecError, match="is an image"):
            sent_to(Attached((), (picture("red"),)), spec)
