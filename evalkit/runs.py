"""Several run files read as one: models that were asked on different days, matched by problem and sample.

Problems and templates of the same name must be the same text in all files, else pairs would compare different
questions; `allow_mismatch` lets them through. A trial must stand in one file only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from evalkit.errors import SpecError
from evalkit.store import Outline, Store
from evalkit.types import Trial


class Runs:
    """What comparisons, steering measures and reports read of one or several open run files."""

    def __init__(self, stores: Sequence[Store], *, allow_mismatch: bool = False) -> None:
        """Raises SpecError for a trial in two files, or (unless allowed) for specs that differ."""
        self.stores = tuple(stores)
        self.path = stores[0].path
        faults = self._twice() + ([] if allow_mismatch else self._mismatches())
        if faults:
            raise SpecError(faults[0], *faults[1:])

    def _twice(self) -> list[str]:
        seen: dict[Trial, Path] = {}
        faults: list[str] = []
        for store in self.stores:
            for trial in store.outlines():
                if trial in seen and len(faults) < 5:
                    where = f"{trial.problem} {trial.template} {trial.model} sample {trial.sample}"
                    faults.append(f"{store.path}: {where} stands in {seen[trial]} as well; give one of the files")
                seen[trial] = store.path
        return faults

    def _mismatches(self) -> list[str]:
        faults = []
        for kind in ("problem", "template"):
            for name in sorted({n for store in self.stores for n in store.spec_names(kind)}):
                have = {store.path: store.meta(f"{kind}:{name}") for store in self.stores}
                known = {path: key for path, key in have.items() if key}
                if len(set(known.values())) > 1:
                    shown = ", ".join(f"{path}: {key[:12]}" for path, key in known.items())
                    faults.append(
                        f"{kind} {name!r} differs between the run files ({shown}); compare them one by one, or with "
                        "--allow-mismatch"
                    )
        return faults

    def meta(self, key: str) -> str | None:
        """The first file's entry, else the next one's."""
        return next((value for store in self.stores if (value := store.meta(key)) is not None), None)

    def metas(self, prefix: str) -> list[tuple[str, str]]:
        return sorted({pair for store in self.stores for pair in store.metas(prefix)})

    def spec(self, kind: str, name: str) -> str | None:
        return next((text for store in self.stores if (text := store.spec(kind, name)) is not None), None)

    def problems(self) -> list[str]:
        return sorted({name for store in self.stores for name in store.problems()})

    def outlines(self) -> dict[Trial, Outline]:
        merged = {trial: o for store in self.stores for trial, o in store.outlines().items()}
        return dict(sorted(merged.items())) if len(self.stores) > 1 else merged

    def scorer_versions(self) -> list[tuple[str, str]]:
        return sorted({pair for store in self.stores for pair in store.scorer_versions()})

    def values(self) -> Iterator[tuple[Any, ...]]:
        for store in self.stores:
            yield from store.values()

    def answers(self) -> Iterator[tuple[Any, ...]]:
        for store in self.stores:
            yield from store.answers()


@contextmanager
def opened(paths: Sequence[Path], *, allow_mismatch: bool = False) -> Iterator[Runs]:
    """Open run files for reading, each once."""
    with ExitStack() as stack:
        unique = list(dict.fromkeys(path.absolute() for path in paths))
        names = {path.absolute(): path for path in paths}
        stores = [stack.enter_context(Store(names[path])) for path in unique]
        yield Runs(stores, allow_mismatch=allow_mismatch)
