"""The comparison of run files, with its tables, figures and text."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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
from evalkit.errors import SpecError
from evalkit.interface.project import AnyPath
from evalkit.interface.shown import Shown
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


LAYOUTS = ("markdown", "latex", "csv", "json")


class Figures(Mapping[str, "Figure"]):
    """Figures by name, each drawn when it is asked for."""

    def __init__(self, draw: Mapping[str, Callable[[], Figure]]) -> None:
        self._draw = draw

    def __getitem__(self, name: str) -> Figure:
        from evalkit.showing.figures.style import style

        if name not in self._draw:
            raise KeyError(f"{name!r}; there are: {', '.join(self._draw)}")
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

    def write(self, layout: Literal["markdown", "latex", "csv", "json"], target: AnyPath | None = None) -> str:
        """The tables as text, as `evalkit compare --format` prints them; `target`: also into a new file.

        Raises SpecError for a file that exists already.
        """
        if layout not in LAYOUTS:
            raise SpecError(f"layout {layout!r}{suggestion(layout, LAYOUTS)}")
        if layout in ("json", "csv"):
            more = [*steering_data(self.steering), *ladder_data(self.found.ladders)]
            text = "".join(tables.write(self.rows, layout, more=more))
        else:
            text = "".join(tables.write([], layout, extra=self.shown.tables))
        if target is not None:
            try:
                with Path(target).open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError:
                raise SpecError(f"{target}: exists already; nothing is overwritten") from None
        return text

    def figures(self) -> Figures:
        """Every figure of the report by name, as matplotlib figures: forests of differences, problem by problem, ..."""
        from evalkit.showing import figures

        assert self.found.scores is not None  # noqa: S101 - `results` refuses a run without scores
        charts = figures.charts(self.found.comparisons, self.found.scores, self.steering, self.found.arms)
        return Figures({chart.name: chart.draw for chart in charts})

    def failures(self, *wanted: str | Demand) -> list[str]:
        """Which of these demands on means are broken: `"ban_approach approach.level < 1.5"` fails where it is so."""
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
    with runs.opened(paths, allow_mismatch=choice.allow_mismatch) as store:
        found, foot = results(store, choice), (*differing(store), *probe.lines(store), versions(store))
        moved, means = steering(store, found.arms), outcome.means_of(store, found, choice.metrics)
        shown = outcome.outcome(found, moved, means, narrowed=bool(choice.metrics), everything=choice.secondary)
        return Comparisons(found, moved, choice, foot, shown, tuple(paths))


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
        for name, scorer in problems.parse(text, identifier, "run file").scorers.items():
            places |= {f"{name}.{metric}": about.headline for metric, about in scorer.metrics.items() if about.headline}
    if not places:
        raise SpecError("no scorer of these problems has a metric of the first screen: name one with --metric")
    return sorted(metric for metric, place in places.items() if place == min(places.values()))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    inner = {f"{name}_{k}": v for name in ("these", "like") for k, v in row[name].items()}
    return {k: v for k, v in row.items() if k not in ("these", "like")} | inner
