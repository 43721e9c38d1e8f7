"""The scores of a run in columns: what comparisons are computed from, without pandas, which `evalkit run` would only
load to say how it went. `Scores.frame` gives the same as a table to those who want one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalkit.comparing.pairing import FAILED, Rows
from evalkit.runfile.columns import Words
from evalkit.types import Trial

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Where = NDArray[np.int64] | NDArray[np.bool_] | slice


@dataclass(frozen=True)
class Texts:
    """A column of texts: the place of each in `names`, which holds every text once. codes: shape (rows,)."""

    codes: Codes
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str], *, ordered: bool = False) -> Texts:
        """Names in the order in which they appear; ordered: by the alphabet."""
        found = dict.fromkeys(values)
        place = {name: i for i, name in enumerate(sorted(found) if ordered else found)}
        return cls(np.fromiter(map(place.__getitem__, values), np.int32, len(values)), tuple(map(str, place)))

    @classmethod
    def of_words(cls, words: Words) -> Texts:
        """Those that occur, by the alphabet."""
        found = cls(words.code, tuple(words.names))
        here = sorted(found.present())
        if here == [*found.names]:  # as they often are: nothing is copied
            return found
        place = {name: i for i, name in enumerate(here)}
        table = np.array([place.get(name, 0) for name in found.names], dtype=np.int32)
        return cls(table[words.code], tuple(here))

    def take(self, at: Where) -> Texts:
        return replace(self, codes=self.codes[at])

    def present(self) -> list[str]:
        """The texts that do occur, in the order of `names`."""
        return [self.names[i] for i in np.flatnonzero(np.bincount(self.codes, minlength=len(self.names)))]

    def is_(self, name: str) -> NDArray[np.bool_]:
        """Where it stands."""
        return self.among([name])

    def among(self, wanted: Iterable[str]) -> NDArray[np.bool_]:
        """Where one of these stands."""
        chosen = set(wanted)
        mask = np.fromiter((name in chosen for name in self.names), np.bool_, len(self.names))
        found: NDArray[np.bool_] = mask[self.codes]
        return found

    def texts(self) -> NDArray[np.object_]:
        """Written out, shape (rows,)."""
        names = np.empty(len(self.names), dtype=object)
        names[:] = self.names
        return names[self.codes]

    def more(self, values: Sequence[str]) -> Texts:
        """With these at the end."""
        place = {name: i for i, name in enumerate(dict.fromkeys([*self.names, *values]))}
        added = np.fromiter((place[v] for v in values), np.int32, len(values))
        return Texts(np.concatenate([self.codes, added]), tuple(place))


@dataclass(frozen=True)
class Scores:
    """One entry a trial, metric (and turn), in the order of the trials; see `frame.frame` for what the columns are."""

    problem: Texts
    template: Texts
    model: Texts
    sample: Ints
    turn: Ints
    metric: Texts
    value: NDArray[np.float64]
    reason: Texts
    opening: Ints
    prompts: Codes
    text: Ints
    long: NDArray[np.bool_]
    chat: Ints
    variant: Ints

    @classmethod
    def of(cls, table: Scores | pd.DataFrame) -> Scores:
        """Of a table with these columns; `chat` and `variant` may be missing."""
        if isinstance(table, Scores):
            return table
        table = table.assign(**{name: -1 for name in ("chat", "variant") if name not in table})
        return cls(**{name: _column(table[name], name) for name in _names(cls)})

    def __len__(self) -> int:
        return len(self.value)

    def take(self, at: Where) -> Scores:
        taken: dict[str, Any] = {}
        for name in _names(self):
            column = getattr(self, name)
            taken[name] = column.take(at) if isinstance(column, Texts) else column[at]
        return Scores(**taken)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """As a table; texts are categories."""
        import pandas as pd

        columns: dict[str, Any] = {name: getattr(self, name) for name in _names(self)}
        for name, column in columns.items():
            if isinstance(column, Texts):
                columns[name] = pd.Categorical.from_codes(column.codes, pd.Index(np.array(column.names, dtype=object)))
        return pd.DataFrame(columns)

    def with_failed(self, failed: Sequence[Trial]) -> Scores:
        """With a row for every metric of a trial that ended without any answer: unjudged, like a cut one."""
        if not failed:
            return self
        metrics: dict[str, list[str]] = {}
        for pair in _in_order(self.problem.codes.astype(np.int64) * len(self.metric.names) + self.metric.codes):
            problem, metric = divmod(int(pair), len(self.metric.names))
            metrics.setdefault(self.problem.names[problem], []).append(self.metric.names[metric])
        rows = [(t, metric) for t in failed for metric in metrics.get(t.problem, ())]
        if not rows:
            return self
        marks = -2 - np.arange(len(rows))
        more: dict[str, Any] = {
            "problem": [t.problem for t, _ in rows],
            "template": [t.template for t, _ in rows],
            "model": [t.model for t, _ in rows],
            "sample": [t.sample for t, _ in rows],
            "metric": [metric for _, metric in rows],
            "reason": [FAILED] * len(rows),
            "opening": marks, "prompts": marks, "text": marks,
        }  # fmt: skip
        same = {"turn": 0, "value": np.nan, "long": False, "chat": -1, "variant": -1}
        more |= {name: np.full(len(rows), value) for name, value in same.items()}
        return Scores(**{name: _joined(getattr(self, name), more[name]) for name in _names(self)})


def _names(scores: Scores | type[Scores]) -> list[str]:
    return [f.name for f in fields(scores)]


def _column(column: pd.Series[Any], name: str) -> Any:
    kinds = {"value": np.float64, "long": np.bool_, "prompts": np.int32}
    if name not in ("problem", "template", "model", "metric", "reason"):
        return column.to_numpy(dtype=kinds.get(name, np.int64))
    return Texts.of(column.astype(str).tolist(), ordered=name in ("metric", "reason"))


def _joined(column: Any, more: Sequence[Any]) -> Any:
    return column.more(more) if isinstance(column, Texts) else np.concatenate([column, np.asarray(more, column.dtype)])


def _in_order(codes: Ints | Codes) -> Ints:
    """Each code (from 0, of few) once, in the order in which they appear."""
    first = np.full(int(codes.max(initial=-1)) + 1, len(codes))
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)  # of equal ones the last assignment stays: the first row
    present = np.flatnonzero(first < len(codes))
    return present[np.argsort(first[present])]


def rising(values: Ints | Codes) -> bool:
    """Whether none is less than the one before it."""
    return bool((values[1:] >= values[:-1]).all())


def numbers(values: Ints | Codes) -> Ints:
    """The values by number, in the order in which they appear."""
    if not len(values):
        return values.astype(np.int64)
    if rising(values):  # as they often are; the rest takes several times the memory
        ascending = np.zeros(len(values), dtype=np.int64)
        np.cumsum(values[1:] != values[:-1], out=ascending[1:])
        return ascending
    if not 0 <= int(values.min()) <= int(values.max()) <= 4 * len(values) + 1000:  # no table of that size
        values = np.unique(values, return_inverse=True)[1]
    rank = np.empty(int(values.max()) + 1, dtype=np.int64)
    found = _in_order(values)
    rank[found] = np.arange(len(found))
    numbered: Ints = rank[values]
    return numbered


def none_of(count: int) -> Ints:
    """-1 so many times, for reading alone: they take no room."""
    return np.broadcast_to(np.int64(-1), count)


def _within_variants(unit: Ints, variant: Ints) -> Ints:
    """Arms of one sample share what was drawn, so that nothing changes; where one was asked under another seed, its
    reply answers another question and is paired with none of these. variant: -1 where nothing was drawn."""
    known = variant >= 0
    if not known.any():
        return unit
    count = int(unit.max()) + 1
    least, most = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(least, unit[known], variant[known])
    np.maximum.at(most, unit[known], variant[known])
    mixed = (least < most)[unit]
    if not mixed.any():
        return unit
    own = np.where(mixed, variant + 1, 0)
    return numbers(unit * (int(own.max()) + 1) + own)


@dataclass(frozen=True)
class Numbered:
    """Scores with numbers for what the statistics group by, all of shape (rows,). unit: what two arms are paired by,
    the problem, model and sample, and what was drawn; cluster: -1 where every problem is its own."""

    scores: Scores
    unit: Ints
    problem: Ints
    model: Ints
    cluster: Ints

    @classmethod
    def of(cls, scores: Scores, clusters: Mapping[str, str]) -> Numbered:
        problem, model = numbers(scores.problem.codes), numbers(scores.model.codes)
        names = [scores.problem.names[i] for i in _in_order(scores.problem.codes)]
        shared = Texts.of([clusters.get(name, name) for name in names])
        own = len(shared.names) == len(names)
        cluster = none_of(len(scores)) if own else shared.codes.astype(np.int64)[problem]
        sample = numbers(scores.sample)
        most = int(sample.max(initial=0)) + 1
        unit = numbers((problem * (int(model.max(initial=0)) + 1) + model) * most + sample)
        unit = _within_variants(unit, scores.variant)
        return cls(scores, unit, problem, model, cluster)

    @property
    def problem_names(self) -> list[str]:
        """By number."""
        return [self.scores.problem.names[i] for i in _in_order(self.scores.problem.codes)]

    @property
    def model_names(self) -> list[str]:
        """By number."""
        return [self.scores.model.names[i] for i in _in_order(self.scores.model.codes)]

    @cached_property
    def cells(self) -> dict[str, dict[str, Rows]]:
        """Metric -> arm -> its rows ordered by unit, both sorted."""
        (metric, metrics), (arm, arms) = (_sorted(texts) for texts in (self.scores.metric, self.scores.template))
        cell = metric * len(arms) + arm
        same, later = cell[1:] == cell[:-1], cell[1:] > cell[:-1]
        # What stands in order, as one metric of one arm often does, is not copied: a dozen columns.
        in_order = (later | (same & (self.unit[1:] >= self.unit[:-1]))).all()
        order = slice(None) if in_order else np.lexsort((self.unit, cell))
        s = self.scores
        # Only what is asked for: of a million rows every column that is put in order costs as much as a test.
        rows = Rows(
            self.unit[order], s.value[order], Words(s.reason.codes[order], s.reason.names), s.opening[order],
            s.prompts[order], s.text[order], s.long[order], self.problem[order], self.model[order],
            self.cluster[order], s.sample[order], s.chat[order],
        )  # fmt: skip
        cell = cell[order]
        starts = np.flatnonzero(np.diff(cell, prepend=-1))
        found: dict[str, dict[str, Rows]] = {}
        for start, end in zip(starts, [*starts[1:], len(cell)][: len(starts)], strict=True):
            name, mine = divmod(int(cell[start]), len(arms))
            found.setdefault(metrics[name], {})[arms[mine]] = rows.take(slice(start, end))
        return found


def _sorted(texts: Texts) -> tuple[Codes, list[str]]:
    """Numbers of the names by the alphabet, and the names."""
    names = sorted(texts.names)
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[name] for name in texts.names], dtype=np.int32)[texts.codes], names
