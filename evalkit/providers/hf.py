"""`hf:MODEL`: a Hugging Face model in this process: `hf:Qwen/Qwen3-0.6B` from the hub, `hf:path/to/folder`,
or `hf:path/to/file.gguf`, which transformers unpacks (in memory it is as large as the model it was made from).

Needs the extra `hf` (torch, transformers). The model is loaded when the first question is asked, so a run whose replies
are all stored loads nothing. `limits.in_flight` is the number of replies written at once, as far as memory allows.
Parameters are listed in evalkit/local/settings.py; what is left out comes from the model's generation_config.json. A
reply depends on its request alone, not on its neighbours: each has a random stream of its own, seeded by the SHA-256 of
the request (which holds `seed` and the sample).

Not covered: several conversations of a model with images at once, tools, log-probabilities, several processes, and
replies equal to the last token between different machines or, in half precision, between different numbers of rows.
docs/local-models.md tells when to use a server.
"""

from __future__ import annotations

from pathlib import Path

from evalkit.errors import ProviderError, SpecError
from evalkit.local import files, settings
from evalkit.local.worker import Worker
from evalkit.types import ModelSpec, Provider, Reply, Request

ATTACHMENTS = "text"
IMAGES = True
"""With `attachments = "parts"` the model gets images as they are, of PDF files the text."""
PATIENT = True
"""A reply may take hours on a slow machine, and loading the model is part of the first one."""


async def connect(spec: ModelSpec) -> Provider:
    """A local model, not loaded yet.

    Raises SpecError for an unknown parameter, a missing extra, and a folder without model or chat template. What shows
    only when the files are fetched and loaded is a ProviderError (fatal) of the first request, with the same words.
    """
    chosen = settings.read(spec.parameters, spec.id)
    if spec.base_url is not None:
        raise SpecError(f"{spec.id}: base_url: a local model has none; for a server use openai:{spec.model}")
    origin = files.check(spec.model, chosen)
    return HuggingFace(spec, chosen, files.sees(origin) if spec.attachments == "parts" else origin)


def on_nodes(spec: ModelSpec, gpus: bool) -> tuple[float, float]:
    """(CPUs, GPUs) that one copy takes on a Ray cluster. Raises SpecError where only the user can know."""
    chosen, limits = settings.read(spec.parameters, spec.id), spec.limits
    uses_gpus = gpus and chosen.device != "cpu"
    if uses_gpus and limits.gpus is None and chosen.device_map is not None:
        raise SpecError(f"{spec.id}: limits.gpus: device_map spreads a copy over several GPUs; say over how many")
    of_gpus = limits.gpus if limits.gpus is not None else 1.0 if uses_gpus else 0.0
    usual = 0.0 if of_gpus else float(chosen.threads or 1)
    return limits.cpus if limits.cpus is not None else usual, of_gpus


def greedy(spec: ModelSpec) -> bool:
    """Whether replies are drawn without chance, as far as files on this machine tell: so it is where neither the
    parameters nor the model's generation_config.json say otherwise, and no file of a hub model is asked for here."""
    chosen = settings.read(spec.parameters, spec.id)
    folder = Path(spec.model).expanduser()
    if not folder.exists():
        return chosen.temperature == 0 or chosen.top_k == 1
    drawn = settings.sampling(chosen, files.as_json(folder / "generation_config.json"))
    return drawn.greedy or drawn.top_k == 1


class HuggingFace:
    """A local model."""

    def __init__(self, spec: ModelSpec, chosen: settings.Settings, origin: files.Origin) -> None:
        self._worker = Worker(origin, chosen, spec.limits.in_flight)
        self._read: dict[str, settings.Settings] = {repr(spec.parameters): chosen}

    async def ask(self, request: Request) -> Reply:
        """The reply to one request. Raises ProviderError: `data` for a prompt that is too long, else `fatal`."""
        return await self._worker.ask(request, self._settings_of(request))

    async def close(self) -> None:
        """Stop within a second, whatever is under way."""
        await self._worker.close()

    def _settings_of(self, request: Request) -> settings.Settings:
        key = repr(request.parameters)
        if key not in self._read:
            try:
                self._read[key] = settings.read(request.parameters, request.model)
            except SpecError as error:
                raise ProviderError(str(error), "fatal") from None
        return self._read[key]
