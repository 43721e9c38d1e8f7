"""The comparison of run files, with its tables, figures and text."""

from __future__ import annotations

import gc
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.asking import probe
from evalkit.comparing import demands
from evalkit.comparing.comparison import Comparison
from evalkit.comparing.demands import Demand as Demand
from evalkit.comparing.demands import demand_of as demand_of
from evalkit.comparing.results import Results, results, versions
from evalkit.comparing.results import Selection as Selection
from evalkit.comparing.results import deltas_of as deltas_of
from evalkit.comparing.results import turn_of as turn_of
from evalkit.comparing.served import differing
from evalkit.comparing.steering import Steering, steering
from evalkit.comparing.variants import drawn_lines
from evalkit.errors import SpecError
from evalkit.interface import given
from evalkit.interface.shown import Shown
from evalkit.judging import asked
from evalkit.judging.scoring import score_run
from evalkit.runfile import runs
from evalkit.runfile.store import Store
from evalkit.showing import outcome, tables
from evalkit.showing.methods import methods
from evalkit.showing.tables.ladder import ladder_data
from evalkit.showing.tables.steering import steering_data
from evalkit.showing.tables.wording import data
from evalkit.specs import problems
from evalkit.specs.experiment import Experiment
from evalkit.specs.recorded import RECORDED
from evalkit.specs.toml import suggestion

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return file.getvalue()


KINDS = ("forest", "problems", "models", "heatmap", "levels", "flips")
"""How the names of figures begin."""
_WHEN = {
    "models": "it needs two models that were asked the same arm; ",
    "heatmap": "use levels alone have it; ",
    "levels": "use levels alone have it; ",
    "flips": "right answers and use levels have it, where an arm has two turns; ",
}


class NoFigureError(SpecError, KeyError):
    """No figure has this name; a KeyError too, as mappings have it, which would tell its text in quotes."""

    __str__ = Exception.__str__


class Figures(Mapping[str, "Figure"]):
    """Figures by name, each drawn when it is asked for."""

    def __init__(self, draw: Mapping[str, Callable[[], Figure]]) -> None:
        self._draw = draw

    def __getitem__(self, name: str) -> Figure:
        from evalkit.showing.figures.style import style

        if name not in self._draw:
            raise NoFigureError(f"figure {name!r}{suggestion(str(name), list(self._draw))}")
        with style():
            figure = self._draw[name]()
        figure.__dict__["_repr_png_"] = partial(_png, figure)  # notebooks show figures by themselves only after pyplot
        return figure

    def __iter__(self) -> Iterator[str]:
        return iter(self._draw)

    def __len__(self) -> int:
        return len(self._draw)

    def __repr__(self) -> str:
        return "\n".join(["<Figures>", *self._draw])


@dataclass(frozen=True, repr=False)
class Comparisons(Shown):
    """What was found. `rows` are the contrasts, `found` and `steering` all that the tables are made of."""

    found: Results
    steering: Steering
    choice: Selection
    foot: tuple[str, ...]
    """What the scores depend on."""
    shown: outcome.Outcome
    """The answer in words, and the tables as `evalkit compare` prints them."""
    paths: tuple[Path, ...]
    doubts: tuple[str, ...] = ()
    """Of `foot` what casts doubt on the comparison."""

    @property
    def rows(self) -> list[Comparison]:
        """One for each metric, model and contrast; then changes since the first turn, and effects between models."""
        return self.found.rows

    def frame(self) -> pd.DataFrame:
        """One row for each of `rows`: metric, model, arm, baseline, pairs, problems, mean_arm, mean_baseline,
        both readings as these_difference, these_low, these_high, these_p, these_p_adjusted, these_verdict, like_...

        Differences are arm - baseline in the unit of the metric, limits those of 95 % intervals; None: it cannot tell.
        """
        import pandas as pd

        return pd.DataFrame([_flat(data(row)) for row in self.rows])

    def tables(self) -> Sequence[tables.Table]:
        return self.shown.tables

    def lines(self) -> Sequence[str]:
        reading = tables.footer(self.shown.comparisons, exploratory=self.found.exploratory)
        return [*self.shown.words, *filter(None, [reading]), *self.foot]

    def _written(self, layout: str) -> str:
        if layout == "csv":
            return "".join(tables.write(self.rows, "csv"))
        if layout == "json":
            more = [*steering_data(self.steering), *ladder_data(self.found.ladders)]
            return "".join(tables.write(self.rows, "json", more=more))
        return super()._written(layout)

    def figures(self) -> Figures:
        """Every figure of the report by name, as matplotlib figures: forests of differences, problem by problem, ..."""
        from evalkit.showing import figures

        assert self.found.scores is not None  # noqa: S101 - `results` refuses a run without scores
        charts = figures.charts(self.found.comparisons, self.found.scores.frame, self.steering, self.found.arms)
        return Figures({chart.name: chart.draw for chart in charts})

    def figure(self, kind: str, metric: str | None = None, model: str | None = None) -> Figure:
        """One figure: `forest`, `problems` (problem by problem), `models`, `heatmap`, `levels` (turn by turn), `flips`.

        metric: by default the first that has such a figure; model: all models together where several were asked, else
        the one. Raises SpecError where there is none, with the names that there are.
        """
        from evalkit.showing.figures import file_name

        given.needed(kind=kind)
        given.check(metric=metric, model=model)
        if kind not in KINDS:
            raise NoFigureError(f"kind={kind!r}{suggestion(kind, KINDS)}")
        figures = self.figures()
        split = {name: name.split("-") for name in figures}
        mine = [name for name, parts in split.items() if parts[0] == kind]
        mine = [name for name in mine if metric is None or split[name][1] == file_name(metric)]
        mine = [name for name in mine if model is None or split[name][2:] == [file_name(model)]]
        if not mine:
            metrics, models = {row.metric for row in self.rows}, {row.model for row in self.rows}
            for what, said, known in (("metric", metric, metrics), ("model", model, models)):
                if said is not None and said not in known:
                    raise NoFigureError(f"{what}={said!r}{suggestion(said, known)}")
            there = [name for name, parts in split.items() if parts[0] == kind]
            names = ", ".join(there) or "none"
            raise NoFigureError(f"no such figure of kind {kind!r}; {_WHEN.get(kind, '')}there are: {names}")
        return figures[[name for name in mine if split[name][1] == split[mine[0]][1]][-1]]

    def failures(self, *wanted: str | Demand) -> list[str]:
        """Which of these demands on means are broken: `"ban_approach approach.level < 1.5"` fails where it is so."""
        for one in wanted:
            if not isinstance(one, str | Demand):
                raise SpecError(f"demand {one!r:.60}: expected is a text such as 'ban_approach approach.level < 1.5'")
        asked = [demand_of(text) if isinstance(text, str) else text for text in wanted]
        return demands.broken(asked, self.found.comparisons)

    def methods(self) -> str:
        """A paragraph for a paper: what was really done."""
        return methods(self.found, self.foot)

    def everything(self) -> Comparisons:
        """The same with the tables of all metrics, not only those of the primary outcome."""
        return comparisons(self.paths, replace(self.choice, secondary=True))

    def simultaneous(self) -> Comparisons:
        """The same with intervals that hold all at once, over the rows of a table."""
        return comparisons(self.paths, replace(self.choice, simultaneous=True))

    def __repr__(self) -> str:
        metrics = sorted({row.metric for row in self.rows})
        return f"<Comparisons: {len(self.rows)} rows, {len(metrics)} metrics; print() shows the tables>"


def comparisons(paths: Sequence[Path], choice: Selection) -> Comparisons:
    """Compare one or several run files. Raises SpecError where nothing is scored."""
    with _uncollected(), runs.opened(paths, allow_mismatch=choice.allow_mismatch) as store:
        found, doubts = results(store, choice), tuple(differing(store))
        foot = (*doubts, *probe.lines(store), *drawn_lines(store), *asked.lines(store), versions(store))
        moved, means = steering(store, found.arms), outcome.means_of(store, found, choice.metrics)
        shown = outcome.outcome(found, moved, means, narrowed=bool(choice.metrics), everything=choice.secondary)
        return Comparisons(found, moved, choice, foot, shown, tuple(paths), doubts)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for circles of garbage meanwhile: a big run file is a million objects, and none of them is one."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@contextmanager
def scored_so_far(
    paths: Sequence[Path], choice: Selection, warn: Callable[[str], None]
) -> Iterator[tuple[list[Path], Selection]]:
    """Copies of runs that are going on, scored on the primary outcome alone, and the choice that names it.

    The primary outcome: the metrics that were asked for, else those that stand first on the first screen.
    """
    trials, copies = 0, []
    with tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
        for i, path in enumerate(paths):
            copies.append(Path(folder) / str(i) / path.name)
            copies[-1].parent.mkdir()
            with Store(path) as store:
                store.copy_to(copies[-1])
            with Store(copies[-1], write=True) as store:
                choice = replace(choice, metrics=choice.metrics or primary_metrics(store))
                names = {m.partition(".")[0] for m in choice.metrics or () if m not in RECORDED}
                trials += score_run(store, None, only=sorted(names), warn=warn).transcripts
        if not trials:
            raise SpecError(f"{paths[0]}: no conversation is over yet; look again later")
        warn(
            f"{trials} trials so far. Who ends an experiment because of what it shows just now cannot rely on these "
            "intervals; what [stop] names may be looked at as often as one likes"
        )
        yield copies, choice


def primary_metrics(store: Store) -> list[str]:
    """The primary outcome of the experiment, else the first metrics of the first screen. Raises SpecError."""
    described = store.noted("experiment", Experiment.model_validate_json)
    if described is not None and described.primary:
        return [described.primary]
    if not store.problems():
        raise SpecError("no trial is stored yet")
    places: dict[str, int] = {}
    for identifier in store.problems():
        text = store.spec("problem", identifier) or ""
        for name, scorer in problems.stored(text, identifier).scorers.items():
            places |= {f"{name}.{metric}": about.headline for metric, about in scorer.metrics.items() if about.headline}
    if not places:
        raise SpecError("no scorer of these problems has a metric of the first screen: name one with --metric")
    return sorted(metric for metric, place in places.items() if place == min(places.values()))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    inner = {f"{name}_{k}": v for name in ("these", "like") for k, v in row[name].items()}
    return {k: v for k, v in row.items() if k not in ("these", "like")} | inner
