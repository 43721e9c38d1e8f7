"""What runs in an actor on a node: one copy of a model, connected there as this machine would connect it.

Requests and replies travel as tables of texts and numbers, and are checked at either end.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from evalkit import plugins
from evalkit.errors import EvalkitError, ProviderError
from evalkit.types import ModelSpec, Provider, Reply, Request
from evalkit.version import VERSION

REQUEST, REPLY = TypeAdapter(Request), TypeAdapter(Reply)


class Holder:
    """One copy of a model."""

    def __init__(self, spec: str, project: tuple[plugins.State, str], folder: str) -> None:
        """project: state and fingerprint of the driver's plugins. folder: where the driver works, since paths of models
        are meant from there."""
        self._spec, self._project = spec, project
        self._provider: Provider | None = None
        with suppress(OSError):  # a node without that folder finds models by full paths and names
            os.chdir(folder)

    async def ready(self) -> tuple[str, str, bool]:
        """(id of the node, its version of evalkit, whether it finds the project's plugins)."""
        import ray

        return ray.get_runtime_context().get_node_id(), VERSION, plugins.found_here(*self._project)

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The reply, or what kind of fault it is, as plain data: no exception of ours has to travel."""
        try:
            if self._provider is None:
                spec = ModelSpec.model_validate_json(self._spec)
                self._provider = await plugins.load("providers", spec.provider).connect(spec)
            assert self._provider is not None  # noqa: S101
            reply = await self._provider.ask(REQUEST.validate_python(request))
        except ProviderError as error:
            return {"fault": error.fault, "said": str(error)}
        except EvalkitError as error:
            return {"fault": "fatal", "said": str(error)}
        except Exception as error:
            return {"fault": "data", "said": f"{type(error).__name__}: {error}"}
        return {"reply": asdict(reply)}
