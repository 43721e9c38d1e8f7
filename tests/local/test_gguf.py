"""GGUF files: the same replies as the folder they were made from, and clear errors for what cannot be read."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from evalkit.errors import SpecError
from evalkit.local import files, loading
from evalkit.providers import hf
from tests import tiny_models
from tests.local.ask import GREEDY, WARM, ask_all, failure, prompts, request, spec_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.random_model(tmp_path_factory.mktemp("folder"), "rotary", ends=0)


@pytest.fixture(scope="module")
def file(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.as_gguf(folder, tmp_path_factory.mktemp("packed") / "tiny.gguf")


async def test_a_file_answers_as_its_folder_does(folder: Path, file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    questions = prompts(12)
    spec = spec_of(file)
    packed = await ask_all(spec, [request(spec, q, system="Be brief.", **GREEDY) for q in questions])
    assert not capfd.readouterr().err, "no progress bar of the library in ours"
    spec = spec_of(folder)
    unpacked = await ask_all(spec, [request(spec, q, system="Be brief.", **GREEDY) for q in questions])
    assert [(r.text, r.usage, r.finish) for r in packed] == [(r.text, r.usage, r.finish) for r in unpacked]
    assert len({r.text for r in packed}) > 6
    assert all(r.served_by and "tiny.gguf" in r.served_by for r in packed)


async def test_samples_differ_and_repeat(file: Path) -> None:
    spec = spec_of(file)
    asked = [request(spec, "find the trace", sample, **WARM) for sample in (0, 1, 0)]
    first, other, again = await ask_all(spec, asked)
    assert first.text == again.text != other.text


async def test_a_generation_config_beside_the_file_is_another_models(folder: Path, file: Path) -> None:
    (file.parent / "generation_config.json").write_text('{"do_sample": true, "max_new_tokens": 1}', encoding="utf-8")
    spec = spec_of(file, max_tokens=5)
    (reply,) = await ask_all(spec, [request(spec, "find")])
    assert reply.usage is not None
    assert reply.usage.output_tokens == 5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"revision": "main"}, "revision"), ({"quantization_config": {"load_in_4bit": True}}, "quantization_config")],
    ids=["revision", "quantised again"],
)
async def test_what_a_file_cannot_have(file: Path, parameters: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=f"parameters.{message}: not for a GGUF file"):
        await hf.connect(spec_of(file, **parameters))


async def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"no such file \(from the hub: `hf download"):
        await hf.connect(spec_of(tmp_path / "none.gguf"))


@pytest.mark.parametrize("package", ["gguf", "accelerate"])
async def test_a_missing_package_is_named(file: Path, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None if name == package else find_spec(name))
    with pytest.raises(SpecError, match=f"GGUF files need the package {package}: pip install {package}"):
        await hf.connect(spec_of(file))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda whole: b"", "cannot be loaded"),
        (lambda whole: b"no GGUF file at all", "cannot be loaded"),
        (lambda whole: whole[:3000], "cannot be loaded"),
        (lambda whole: whole[:-5000], "cannot be loaded"),
        (lambda whole: whole.replace(b"qwen2", b"qwenx"), "qwenx"),
    ],
    ids=["empty", "something else", "cut in its head", "cut in its weights", "unknown architecture"],
)
async def test_a_file_that_cannot_be_read_is_one_clear_error(
    file: Path, tmp_path: Path, made: object, message: str
) -> None:
    assert callable(made)
    broken = tmp_path / "broken.gguf"
    whole = file.read_bytes()  # noqa: ASYNC240 - a tiny file
    broken.write_bytes(made(whole))
    error = await failure(broken)
    assert error.fault == "fatal"
    assert message in str(error)


async def test_a_file_without_a_chat_template(tmp_path: Path) -> None:
    bare = tiny_models.random_model(tmp_path / "bare", "rotary", "none", ends=0)
    file = tiny_models.as_gguf(bare, tmp_path / "bare.gguf")
    assert "no chat template" in str(await failure(file))
    spec = spec_of(file, chat_template="plain", **GREEDY)
    (reply,) = await ask_all(spec, [request(spec, "find")])
    assert reply.error is None


async def test_the_unpacked_weights_must_fit(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "free_bytes", lambda _: 10_000)
    assert "not enough memory" in str(await failure(file))
