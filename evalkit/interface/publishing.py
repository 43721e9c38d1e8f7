"""A run as a data set that others load: shards of Parquet and a card that says what they are and how they were made.

Not covered: sending it to a hub; that is one command of the hub's own client (docs/scale.md).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.runfile import exchange, outputs, parquet
from evalkit.runfile.exchange import What
from evalkit.runfile.store import Store
from evalkit.showing.card import Facts, card, checked_licence
from evalkit.showing.report.names import arms_told
from evalkit.specs.experiment import Experiment


def export_hub(store: Store, what: What, target: Path, licence: str | None, *, force: bool = False) -> int:
    """Write a folder that `datasets.load_dataset` reads; returns the number of rows. Raises StoreError, SpecError.

    licence: as hubs name it; None: not stated. A folder that holds anything but such a data set is never replaced.
    """
    stated = checked_licence(licence)
    parquet.library()
    outputs.check(target, exchange.is_export, force=force)
    facts = _facts(store, what)
    with outputs.written(target) as part:
        part.unlink()
        part.mkdir()
        written = parquet.write_shards(exchange.rows_to(store, what), what, part / "data")
        if not sum(written):  # the library refuses to load a data set without rows
            raise SpecError(f"{store.path}: holds no {what} to make a data set of")
        whole = replace(facts, rows=sum(written), shards=len(written), licence=stated)
        (part / "README.md").write_text(card(whole), encoding="utf-8", errors="replace")
    return sum(written)


def _facts(store: Store, what: What) -> Facts:
    described = store.noted("experiment", Experiment.model_validate_json)
    held = store.held()
    arms = sorted({arm for arm, *_ in held})
    sets = Counter(problem.rpartition("/")[0] for problem in store.problems())
    hashes = {arm: (store.meta(f"template:{arm}.j2") or "")[:16] for arm in arms}
    facts = Facts(
        what, store.path.stem, rows=0, shards=0,
        columns=parquet.told(what),
        held=held, problems=sorted(sets.items()), failed=store.failed_count(),
        arms=arms_told([store], arms), hashes={arm: found for arm, found in hashes.items() if found},
        models=[(model, "", "") for model in sorted({model for _, model, _ in held})],
        packages=store.noted("packages", lambda text: {str(k): str(v) for k, v in json.loads(text).items()}) or {},
        scorers=sorted({(name, version.partition("-")[0]) for name, version in store.scorer_versions()}),
        labellers=len(store.labellers()), imported=described is None,
    )  # fmt: skip
    if described is None:
        return facts
    return replace(
        facts, title=described.title, note=described.note,
        models=[(m.label, m.id, json.dumps(m.parameters, sort_keys=True)) for m in described.models],
        design=f"{described.samples} samples of each problem, template and model; seed {described.seed}.",
    )  # fmt: skip
