"""What `score`, `compare`, `report` and `show` do: they read a run file and print."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rich.text import Text

from evalkit.asking import probe as conformance
from evalkit.cli.console import err, out, safe, warn
from evalkit.comparing import contrasts as comparison
from evalkit.comparing import early_stop as looks
from evalkit.comparing.changes import changes
from evalkit.comparing.contrasts import Design, Turn
from evalkit.comparing.steering import steering
from evalkit.errors import SpecError
from evalkit.judging.scoring import ScoringProgress, score_run
from evalkit.runfile import runs
from evalkit.runfile.records import Outline
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.showing import tables
from evalkit.showing.tables.steering import steering_tables
from evalkit.specs import problems
from evalkit.specs.experiment import Experiment
from evalkit.specs.toml import suggestion
from evalkit.types import Trial, digest

if TYPE_CHECKING:
    import pandas as pd


def score(run: Path, folder: Path, scorers: Sequence[str] | None, processes: int, as_json: bool) -> None:
    """Judge a run file again."""
    Store(run).close()  # a name that is mistyped must not become an empty run file
    library = problems.Library(folder) if folder.is_dir() else None
    with Store(run, write=True) as store:
        progress = score_run(store, library, only=scorers, processes=processes, warn=warn)
    if as_json:
        out.print_json(json.dumps(asdict(progress)))
    say_scored(progress)


@dataclass(frozen=True)
class Selection:
    """What `compare` and `report` show."""

    baseline: str | None = None
    arms: Sequence[str] | None = None
    metrics: Sequence[str] | None = None
    turn: Turn = "scored"
    allow_mismatch: bool = False
    """Compare run files although their problems or templates differ."""
    exploratory: bool = False
    """All pairs of arms instead of the planned contrasts."""


def turn_of(text: str) -> Turn:
    """`scored`, `first`, `last`, `all` or a number from 1."""
    if text in ("scored", "first", "last", "all"):
        return cast("Turn", text)
    if text.isdigit() and int(text) >= 1:
        return int(text)
    raise SpecError(f"--turn {text!r}: allowed are scored, first, last, all or a number from 1")


@dataclass(frozen=True)
class Results:
    """Everything that `compare` and `report` print of one run file."""

    described: Experiment | None
    comparisons: list[comparison.Comparison]
    answers: list[comparison.Answered] = field(default_factory=list)
    arms: Sequence[str] = ()
    scores: pd.DataFrame | None = None
    """What was compared, of the last turn where there are several."""
    changes: list[comparison.Comparison] = field(default_factory=list)
    """The judged turn of each arm against its first one."""


def results(store: Runs, choice: Selection) -> Results:
    """The comparisons of a run file. Raises SpecError when nothing is scored."""
    text = store.meta("experiment")
    described = Experiment.model_validate_json(text) if text else None
    outlines = store.outlines()
    present = list(dict.fromkeys(t.template for t in outlines))
    named = [t for t in (described.template_names if described else ()) if t in present]
    arms = choice.arms or [*named, *(t for t in present if t not in named)]
    baseline = choice.baseline or (described.baseline if described else "plain")
    contrasts = [(arm, baseline) for arm in arms if arm != baseline]
    squares: list[comparison.Square] = []
    if described and not choice.arms and not choice.baseline:
        contrasts += [c for c in described.contrasts if c not in contrasts and set(c) <= set(present)]
        squares = [s for s in described.interactions if set(s) <= set(present)]
    if choice.exploratory:
        contrasts, squares = [(b, a) for i, a in enumerate(arms) for b in arms[i + 1 :]], []
    clusters = {p: _cluster(store, p) for p in store.problems()}
    design = Design(
        contrasts,
        squares,
        clusters,
        [trial for trial, outline in outlines.items() if outline.answers == 0],
        described.delta if described else {},
        described.seed if described else 0,
        choice.exploratory,
    )
    found = []
    scores = None
    for turn in _turns(choice.turn, outlines):
        scores = comparison.frame(store, turn)
        if scores.empty:
            raise SpecError(f"{store.path}: nothing is scored yet; evalkit score {store.path}")
        reached = {arm for arm in arms if _reaches(arm, turn, choice.turn, outlines)}
        here = replace(
            design,
            contrasts=[c for c in contrasts if c[0] in reached],
            interactions=[s for s in squares if s[3] in reached],
        )
        compared = comparison.compare(scores, here, metrics=choice.metrics)
        found += [replace(c, turn=str(turn)) for c in compared]
    found.sort(key=lambda c: (c.metric, c.model == comparison.ALL_MODELS, c.model))
    if looks.stopped(store):
        found = [stopped_early(c) for c in found]
    answers = [a for a in comparison.answers_given(store) if not choice.metrics or a.metric in choice.metrics]
    told = choice.metrics or comparison.headline_metrics([c.metric for c in found])
    changed = changes(store, arms, told, clusters) if choice.turn == "scored" else []
    return Results(described, found, answers, arms, scores, changed)


def stopped_early(c: comparison.Comparison) -> comparison.Comparison:
    """With several pairs a problem, looking along the way makes a p value for other problems worthless."""
    told = c.like.verdict.split(",")[0] in ("better", "worse", "higher", "lower")
    if told and c.pairs > c.problems:
        note = "asking ended at a look, with several samples a problem"
        return replace(c, stopped_early=True, like=replace(c.like, verdict="cannot tell", note=note))
    return replace(c, stopped_early=True)


def _turns(turn: Turn, outlines: Mapping[Trial, Outline]) -> list[Turn]:
    """`all` is one turn after the other."""
    return [*range(1, max(o.answers for o in outlines.values()) + 1)] if turn == "all" else [turn]


def _reaches(arm: str, turn: Turn, asked: Turn, outlines: Mapping[Trial, Outline]) -> bool:
    """With `all`, an arm is compared in the turns that it has."""
    return asked != "all" or any(o.answers >= int(turn) for t, o in outlines.items() if t.template == arm)


def _cluster(store: Runs, identifier: str) -> str:
    text = store.spec("problem", identifier)
    return problems.parse(text, identifier, "run file").group if text else identifier


def compare(paths: Sequence[Path], choice: Selection, layout: tables.Format) -> None:
    """Print the comparison of one or several run files."""
    with runs.opened(paths, allow_mismatch=choice.allow_mismatch) as store:
        found, foot = results(store, choice), [*conformance.lines(store), versions(store)]
        moved = steering(store, found.arms)
    given = [tables.answered_table(found.answers)] if found.answers else []
    if not choice.metrics:
        given = [*steering_tables(moved), *given]
    if layout != "terminal":
        for piece in tables.write([*found.comparisons, *found.changes], layout, extra=given):
            out.file.write(piece)
        return
    if found.described and found.described.title:
        out.print(Text(found.described.title, style="bold"))
    if found.described and found.described.note:
        out.print(Text(found.described.note))
    for table in (*tables.comparison_tables([*found.comparisons, *found.changes]), *given):
        out.print(tables.terminal(table))
    out.print(Text(tables.READING, style="dim"))
    for line in foot:
        out.print(Text(safe(line), style="dim"))


def versions(store: Runs) -> str:
    """What the scores depend on: versions of the scorers, and one hash over all problems and templates."""
    scorers = sorted({f"{name} {version.partition('-')[0]}" for name, version in store.scorer_versions()})
    texts = [*store.metas("problem:"), *store.metas("template:")]
    return f"Scorers: {', '.join(scorers)}. Problems and templates: {len(texts)}, hash {digest(texts)[:12]}."


def write_report(
    paths: Sequence[Path], target: Path | None, baseline: str | None, pictures: Path | None = None
) -> None:
    """Write the HTML report, and every figure as files into the folder `pictures`."""
    from evalkit.showing import figures
    from evalkit.showing.report import Content, render

    target = target or paths[0].with_suffix(".html")
    with runs.opened(paths) as store:
        found = results(store, Selection(baseline=baseline))
        described = found.described
        bases = {c.baseline for c in found.comparisons if c.kind == "contrast"}
        present = sorted({t.template for t in store.outlines()}, key=lambda arm: (arm not in bases, arm))
        arms = described.template_names if described else present
        moved = steering(store, arms)
        scores = found.scores
        assert scores is not None  # noqa: S101 - `results` refuses a run without scores
        first = comparison.headline_metrics([c.metric for c in found.comparisons])
        drawn = figures.charts([c for c in found.comparisons if c.metric in first], scores, moved, arms)
        title, note = (described.title, described.note) if described else ("", "")
        content = Content(
            title,
            note,
            arms,
            found.comparisons,
            found.answers,
            moved,
            list(drawn),
            conformance.lines(store),
            found.changes,
        )
        size = render(store.stores, content, target)
    err.print(f"report: {target} ({size / 1e6:.1f} MB)")
    if pictures is not None:
        written = figures.write(list(figures.charts(found.comparisons, scores, moved, arms)), pictures)
        err.print(f"figures: {len(written)} files in {pictures}")


def say_scored(scored: ScoringProgress) -> None:
    """One line on what was judged."""
    broken = f", {scored.broken} ran out of time or crashed" if scored.broken else ""
    err.print(f"scored {scored.transcripts} transcripts: {scored.judged} new verdicts, {scored.kept} kept{broken}")


def show_trial(run: Path, wanted: tuple[str, str, str | None, int]) -> None:
    """Print one stored conversation with the scores of each assistant turn and their reasons."""
    problem, template, model, sample = wanted
    with Store(run) as store:
        stored = {s.transcript.trial: s.transcript for s in store.transcripts(problem)}
        scores = list(store.scores(problem))
    trials = [t for t in stored if (t.template, t.sample) == (template, sample) and model in (None, t.model)]
    if not trials:
        known = sorted({f"{t.problem} {t.template} {t.model} {t.sample}" for t in stored})
        raise SpecError(f"{run}: no such trial{suggestion(' '.join(map(str, wanted)), known[:40])}")
    for trial in trials:
        out.print(Text(f"{trial.problem} · {trial.template} · {trial.model} · sample {trial.sample}", style="bold"))
        turn = 0
        for message in stored[trial].turns:
            out.print(Text(f"[{message.role}]", style="bold cyan"))
            out.print(Text(safe(message.content)))
            if message.role != "assistant":
                continue
            turn += 1
            for s in scores:
                if s.trial == trial and s.turn == turn:
                    value = "None" if s.score.value is None else f"{s.score.value:g}"
                    out.print(Text(f"  {s.scorer}.{s.score.metric} = {value}  {safe(s.score.reason)}", style="green"))
