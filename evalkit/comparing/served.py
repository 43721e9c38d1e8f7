"""Were all arms answered by the same model? A label may hide that a server changed it between two requests."""

from __future__ import annotations

from collections import defaultdict

from evalkit.runfile.runs import Runs


def differing(store: Runs) -> list[str]:
    """One warning for each model label whose arms were not served by the same models, as far as servers say which."""
    served: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for part in store.stores:
        for template, model, name in part.served():
            served[model][template].add(name)
    told = []
    for model, arms in sorted(served.items()):
        if len({frozenset(names) for names in arms.values()}) < 2:
            continue
        shown = "; ".join(f"{arm}: {', '.join(sorted(names))}" for arm, names in sorted(arms.items()))
        told.append(f"Mind that the arms of {model} were not served by the same model ({shown}).")
    return told
