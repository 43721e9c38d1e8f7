"""Is this the model that the run file knows under this label? Its address may change, its parameters may not."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.specs.plan import Plan
from evalkit.types import ModelSpec, canonical

PREFIX = "model:"
REFUSED = "refused:"
USUAL = (
    "temperature", "top_p", "top_k", "min_p", "max_tokens", "max_completion_tokens", "max_new_tokens", "min_tokens",
    "stop", "seed", "frequency_penalty", "presence_penalty", "repetition_penalty", "logit_bias", "logprobs",
    "top_logprobs", "reasoning_effort", "response_format", "extra_body", "service_tier", "verbosity",
    "do_sample", "num_beams",
)  # fmt: skip
"""Names of parameters that servers and local models share."""
HERE = ("127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - names of this machine, nothing listens


def _identity(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return {"id": str(found["id"]), "parameters": dict(found["parameters"]), "address": str(found["address"])}


def recognised(store: Store, models: list[ModelSpec]) -> list[str]:
    """Note what each label stands for. Returns what a user should know of models whose host is another one by now.

    Raises SpecError where the run file holds replies of the same label with another id or other parameters: tables
    would mix the two without a word.
    """
    faults, told, notes = [], [], []
    for spec in models:
        now: dict[str, Any] = {"id": spec.id, "parameters": spec.parameters, "address": spec.address}
        before = store.noted(PREFIX + spec.label, _identity) or now
        answered = store.answered(spec.label) if before != now else 0
        if answered:
            faults += _differences(spec, before, now)
            hosts = _hosts(before["address"]), _hosts(now["address"])
            if hosts[0] != hosts[1]:
                told.append(
                    f"{spec.label}: {answered} replies of this run file came from {hosts[0]} and are used again; what "
                    f"is missing is asked at {hosts[1]} (to keep the two apart give this one a `name`)"
                )
        notes.append((PREFIX + spec.label, json.dumps(now, sort_keys=True)))
    if faults:
        raise SpecError(*faults)
    for key, value in notes:
        if store.meta(key) != value:
            store.set_meta(key, value)
    return told


def spelled_alike(plan: Plan, store: Store) -> Plan:
    """The plan with parameters written as the run file has them where they say the same: who writes `temperature = 1.0`
    where it was 1 asks nothing new, and the hash of a request is one of its text. Not covered: a judge's parameters."""
    models = []
    for spec in plan.experiment.models:
        before = store.noted(PREFIX + spec.label, _identity)
        if before is not None and before["id"] == spec.id and _same(before["parameters"], spec.parameters):
            spec = spec.model_copy(update={"parameters": before["parameters"]})
        models.append(spec)
    if all(spec is given for spec, given in zip(models, plan.experiment.models, strict=True)):
        return plan  # with all that it has rendered already
    return replace(plan, experiment=plan.experiment.model_copy(update={"models": models}))


def _same(one: object, other: object) -> bool:
    """Whether two values say the same in JSON, where 1 is 1.0 and not true."""
    return canonical(_whole(one)) == canonical(_whole(other))


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list) else value


def refused(store: Store, spec: ModelSpec) -> dict[str, str | None]:
    """What earlier runs sent in place of parameters that this model at this address refuses."""
    found = store.noted(REFUSED + spec.label, _refused)
    return found[1] if found is not None and found[0] == _asked(spec) else {}


def keep_refused(store: Store, spec: ModelSpec, instead: dict[str, str | None]) -> None:
    """The next run begins with what this one has learned."""
    if instead != refused(store, spec):
        store.set_meta(REFUSED + spec.label, json.dumps({"model": _asked(spec), "instead": instead}))


def _asked(spec: ModelSpec) -> list[str]:
    return [spec.id, spec.address]


def _refused(text: str) -> tuple[list[str], dict[str, str | None]]:
    found = json.loads(text)
    instead = {str(name): None if other is None else str(other) for name, other in dict(found["instead"]).items()}
    return list(found["model"]), instead


def copies(spec: ModelSpec, samples: int) -> str | None:
    """What a user should know of several samples of a model that draws none."""
    if samples < 2 or not greedy(spec):
        return None
    return (
        f"{spec.label}: {samples} samples of greedy decoding are copies of one another, and copies count once: ask for "
        "one sample, or set a temperature above 0"
    )


def misspelt(spec: ModelSpec) -> str | None:
    """A parameter that hardly differs from one that is usual: most servers ignore what they do not know."""
    for name in sorted(set(spec.parameters) - {*USUAL}):
        if meant := difflib.get_close_matches(name, USUAL, n=1, cutoff=0.88):
            return (
                f"{spec.label}: parameters.{name}: is {meant[0]} meant? A server that does not know a name ignores it"
            )
    return None


def greedy(spec: ModelSpec) -> bool:
    """Whether the parameters, or what the provider knows of the model, say so. A server's own default is not known."""
    says: Callable[[ModelSpec], bool] | None = getattr(plugins.load("providers", spec.provider), "greedy", None)
    if says is not None:
        return says(spec)
    extra = spec.parameters.get("extra_body")
    parameters = {**spec.parameters, **(extra if isinstance(extra, dict) else {})}
    return parameters.get("temperature") == 0 or parameters.get("top_k") == 1 or parameters.get("do_sample") is False


def _differences(spec: ModelSpec, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    names = {**before["parameters"], **now["parameters"]}
    changed = [
        f"{n} = {_said(now['parameters'], n)} (was {_said(before['parameters'], n)})"
        for n in sorted(names)
        if before["parameters"].get(n, _UNSET) != now["parameters"].get(n, _UNSET)
    ]
    if before["id"] != now["id"]:
        changed.insert(0, f"{now['id']} (was {before['id']})")
    if not changed:
        return []
    return [
        f"{spec.label}: the run file holds replies of this name with other settings: {', '.join(changed)}. Give this "
        f'model another `name` (name = "..." in the experiment, --name on the command line), or another run file'
    ]


_UNSET = object()


def _said(parameters: dict[str, Any], name: str) -> str:
    return json.dumps(parameters[name]) if name in parameters else "not set"


def _hosts(addresses: str) -> str:
    """Of all servers of a model, each host once."""
    return ", ".join(dict.fromkeys(_host(address) for address in addresses.split() or [""]))


def _host(address: str) -> str:
    """The host alone: a port, a path or a slash at the end is the same server."""
    host = urlsplit(address).hostname or "the provider's default address"
    return "localhost" if host in HERE else host
