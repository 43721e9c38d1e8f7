"""What `compare` does: the comparison of run files, printed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.padding import Padding
from rich.text import Text

from evalkit.asking import probe
from evalkit.cli.console import err, out, safe, warn
from evalkit.comparing.demands import Demand, broken
from evalkit.comparing.results import Results, Selection, results, versions
from evalkit.comparing.served import differing
from evalkit.comparing.steering import Steering, steering
from evalkit.errors import SpecError
from evalkit.judging.scoring import score_run
from evalkit.runfile import runs
from evalkit.runfile.store import Store
from evalkit.showing import outcome, tables
from evalkit.showing.methods import methods
from evalkit.showing.tables.ladder import ladder_data
from evalkit.showing.tables.steering import steering_data
from evalkit.specs import problems


def compare(
    paths: Sequence[Path],
    choice: Selection,
    layout: tables.Format,
    demands: Sequence[Demand] = (),
    *,
    only_methods: bool = False,
) -> int:
    """Print the comparison of one or several run files, or only how it was made; returns 1 where a demand is broken.

    The answer in words and the tables of the primary outcome; `choice.secondary`: the tables of all metrics.
    """
    with runs.opened(paths, allow_mismatch=choice.allow_mismatch) as store:
        found = results(store, choice)
        foot = [*differing(store), *probe.lines(store), versions(store)]
        moved = steering(store, found.arms)
        means = outcome.means_of(store, found, choice.metrics)
    failures = broken(demands, found.comparisons)
    shown = outcome.outcome(found, moved, means, narrowed=bool(choice.metrics), everything=choice.secondary)
    if only_methods:
        out.print(Text(safe(methods(found, foot))))
    else:
        _print(found, moved, shown, layout, foot)
        if layout == "terminal" and shown.left:
            named = " ".join(map(str, paths))
            more = f"{shown.left} more table{'s' if shown.left > 1 else ''}: evalkit compare {named} --all"
            out.print(Text(safe(f"{more}    conversations and figures: evalkit report {paths[0]}")), soft_wrap=True)
    for failure in failures:
        err.print(Text(safe(f"fails: {failure}")))
    return 1 if failures else 0


def compare_so_far(
    paths: Sequence[Path], choice: Selection, layout: tables.Format, demands: Sequence[Demand] = ()
) -> int:
    """As `compare`, of runs that are going on: copies of their files are scored first, on the primary outcome alone.

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
                choice = replace(choice, metrics=choice.metrics or _primary(store))
                names = {metric.partition(".")[0] for metric in choice.metrics or ()}
                trials += score_run(store, None, only=sorted(names), warn=warn).transcripts
        warn(
            f"{trials} trials so far. Who ends an experiment because of what it shows just now cannot rely on these "
            "intervals; what [stop] names may be looked at as often as one likes"
        )
        return compare(copies, choice, layout, demands)


def _primary(store: Store) -> list[str]:
    if not store.problems():
        raise SpecError("no trial is stored yet")
    places: dict[str, int] = {}
    for identifier in store.problems():
        for name, scorer in problems.parse(
            store.spec("problem", identifier) or "", identifier, "run file"
        ).scorers.items():
            places |= {f"{name}.{metric}": about.headline for metric, about in scorer.metrics.items() if about.headline}
    if not places:
        raise SpecError("no scorer of these problems has a metric of the first screen: name one with --metric")
    return sorted(metric for metric, place in places.items() if place == min(places.values()))


def _print(found: Results, moved: Steering, shown: outcome.Outcome, layout: tables.Format, foot: Sequence[str]) -> None:
    if layout in ("json", "csv"):
        more = [*steering_data(moved), *ladder_data(found.ladders)]
        out.file.writelines(map(safe, tables.write(found.rows, layout, more=more)))
        return
    if layout != "terminal":
        out.file.writelines(map(safe, tables.write([], layout, extra=shown.tables)))
        return
    if found.described and found.described.title:
        out.print(Text(found.described.title, style="bold"))
    if found.described and found.described.note:
        out.print(Text(found.described.note))
    out.print()
    for sentence in shown.words:
        out.print(Padding(Text(sentence), (0, 0, 0, 2)))
    out.print()
    for table in shown.tables:
        out.print(tables.terminal(table))
    out.print(Text(tables.footer(shown.comparisons), style="dim"))
    for line in foot:
        out.print(Text(safe(line), style="dim"))
