"""Everything that `compare` and `report` say of a run file: which contrasts, in which turns, with what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from evalkit.comparing import early_stop
from evalkit.comparing.calibration import calibrated
from evalkit.comparing.changes import changes
from evalkit.comparing.comparison import ALL_MODELS, Answered, Caveat, Comparison, Design, Square, Verdict
from evalkit.comparing.contrasts import answers_given, compare, headline_metrics, metric_info, numbered
from evalkit.comparing.frame import Turn, clusters, read
from evalkit.comparing.ladder import Ladder, ladders
from evalkit.comparing.mixed import refuse_mixed
from evalkit.comparing.models import by_model
from evalkit.comparing.recorded import asked_for
from evalkit.comparing.scores import Scores
from evalkit.comparing.wordings import worded
from evalkit.errors import SpecError, typed
from evalkit.runfile.runs import Runs
from evalkit.runfile.trials import Trials
from evalkit.specs import problems
from evalkit.specs.experiment import Experiment
from evalkit.specs.toml import suggestion
from evalkit.types import digest


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
    delta: Mapping[str, float] = field(default_factory=dict)
    """Metric -> the difference that still counts as none, beside those of the experiment."""
    simultaneous: bool = False
    """Intervals that hold all at once, over the rows of a table."""
    secondary: bool = False
    """Print the tables of secondary metrics too, where the experiment has a primary one."""


def turn_of(text: str) -> Turn:
    """`scored`, `first`, `last`, `all` or a number from 1."""
    if text in ("scored", "first", "last", "all"):
        return cast("Turn", text)
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= 1:
        return int(text)
    raise SpecError(f"--turn {text!r}: allowed are scored, first, last, all or a number from 1")


def deltas_of(texts: Sequence[str]) -> dict[str, float]:
    """`metric=0.1`, as often as wanted."""
    found = {}
    for text in texts:
        metric, _, value = text.partition("=")
        try:
            found[metric.strip()] = float(value)
        except ValueError:
            found[metric.strip()] = 0.0
        if not (metric.strip() and 0 < found[metric.strip()] < float("inf")):
            raise SpecError(f"--delta {text!r}: write it as metric=difference, such as SCORER.METRIC=0.1")
    return found


@dataclass(frozen=True)
class Results:
    """Everything that `compare` and `report` print of one run file."""

    described: Experiment | None
    comparisons: list[Comparison]
    answers: list[Answered] = field(default_factory=list)
    arms: Sequence[str] = ()
    scores: Scores | None = None
    """What was compared, of the last turn where there are several."""
    changes: list[Comparison] = field(default_factory=list)
    """The judged turn of each arm against its first one."""
    models: list[Comparison] = field(default_factory=list)
    """Effects in one model against those in others, of the metrics of the first screen or those asked for."""

    focus: Sequence[str] = ()
    """The metrics that are looked into problem by problem in `compare`."""

    ladders: list[Ladder] = field(default_factory=list)
    """Arms of three assistant turns or more."""
    primary: str = ""
    """The metric that the experiment asks about, where it says so."""
    exploratory: bool = False

    @property
    def rows(self) -> list[Comparison]:
        """Everything that was tested, as data."""
        return [*self.comparisons, *self.changes, *self.models]


def results(store: Runs, choice: Selection) -> Results:
    """The comparisons of a run file. Raises SpecError when nothing is scored."""
    described = store.noted("experiment", Experiment.model_validate_json)
    for part in store.stores:
        refuse_mixed(part)
    trials = store.trials()
    present = trials.templates
    named = [t for t in (described.template_names if described else ()) if t in present]
    everything = [*named, *(t for t in present if t not in named)]
    arms = choice.arms or everything
    # What is shown may be fewer arms than were planned; p values stay adjusted over all that were.
    everything += [arm for arm in arms if arm not in everything]
    baseline = choice.baseline or (described.baseline if described else "plain")
    contrasts = [(arm, baseline) for arm in everything if arm != baseline]
    squares: list[Square] = []
    if described and not choice.baseline:
        contrasts += [c for c in described.contrasts if c not in contrasts and set(c) <= set(present)]
        squares = [s for s in described.interactions if set(s) <= set(present)]
    if choice.exploratory:
        contrasts, squares = [(b, a) for i, a in enumerate(everything) for b in everything[i + 1 :]], []
    primary = (described.primary if described else None) or ""
    design = Design(
        contrasts,
        squares,
        clusters(store),
        trials.failed,
        {**(described.delta if described else {}), **choice.delta},
        described.seed if described else 0,
        choice.exploratory,
        primary,
        choice.simultaneous,
    )
    found = []
    scores, rows = None, None
    for turn in _turns(choice.turn, trials):
        scores = read(store, turn, recorded=asked_for(*(choice.metrics or ()), primary))
        if not len(scores):
            raise SpecError(f"{store.path}: {_why_nothing(store, trials)}")
        unknown = sorted({*choice.delta} - {*scores.metric.present()})
        if unknown:
            known = sorted(scores.metric.present())
            raise SpecError(
                f"{store.path}: delta of {unknown[0]!r}, which has no scores{suggestion(unknown[0], known)}"
            )
        reached = {arm for arm in everything if _reaches(arm, turn, choice.turn, trials)}
        here = replace(
            design,
            contrasts=[c for c in contrasts if c[0] in reached],
            interactions=[s for s in squares if s[3] in reached],
        )
        rows = numbered(scores, design)  # of contrasts and of models: the same cells
        compared = worded(store, scores, compare(rows, here, metrics=choice.metrics), described)
        found += [replace(c, turn=str(turn)) for c in calibrated(store, scores, compared, design.clusters)]
    found = _shown(found, choice, baseline, squares)
    found.sort(key=lambda c: (c.metric != primary, c.metric, c.model == ALL_MODELS, c.model))
    if primary:
        found = [replace(c, outcome="primary" if c.metric == primary else "secondary") for c in found]
    if early_stop.stopped(store):
        found = [stopped_early(c) for c in found]
    answers = [a for a in answers_given(store) if not choice.metrics or a.metric in choice.metrics]
    told = choice.metrics or _told(found, primary)
    changed = changes(store, everything, told, design) if choice.turn == "scored" else []
    changed = [c for c in changed if c.arm in arms]
    reacting = [] if rows is None or choice.turn == "all" else by_model(rows, design, told)
    reacting = _shown(reacting, choice, baseline, squares)
    asked = [primary] if primary in told else [m for m in told if metric_info(m).role in ("answer", "use level")]
    focus = choice.metrics or asked
    climbed = ladders(store, arms, design) if choice.turn == "scored" and not choice.metrics else []
    return Results(
        described, found, answers, arms, scores, changed, reacting, focus, climbed, primary, choice.exploratory
    )


def _told(found: Sequence[Comparison], primary: str) -> list[str]:
    """The metrics of the first screen, the primary one first."""
    metrics = [c.metric for c in found]
    first = [primary] if primary in metrics else []
    return [*first, *(m for m in headline_metrics(metrics) if m != primary)]


def _why_nothing(store: Runs, trials: Trials) -> str:
    """Why there is no score, with what helps."""
    if not trials:
        return "no conversation is stored yet; `evalkit run` asks, and `evalkit import` takes chats recorded elsewhere"
    texts = [(name, text) for name in store.problems() if (text := store.spec("problem", name)) is not None]
    if texts and not any(problems.stored(text, name).score for name, text in texts):
        again = f"evalkit score {typed(store.path)}"
        return f"its problems have no [score.*] table, so nothing can be judged; add one, then: {again}"
    if not trials.longest:
        return f"every conversation failed before an answer; `evalkit show --run {store.path}` says why"
    return f"nothing is scored yet; evalkit score {typed(store.path)}, or, while a run goes on, compare --so-far"


def _shown(
    found: Sequence[Comparison], choice: Selection, baseline: str, squares: Sequence[Square]
) -> list[Comparison]:
    """Those of the chosen arms, all where none were chosen."""
    if not choice.arms:
        return list(found)
    arms = {*choice.arms} if choice.exploratory else {*choice.arms, baseline}
    whole = {f"{square[1]} given {square[2]}" for square in squares if set(square) <= arms}
    return [c for c in found if c.arm in whole or (c.kind != "interaction" and {c.arm, c.baseline} <= arms)]


def stopped_early(c: Comparison) -> Comparison:
    """With several pairs a problem, looking along the way makes a p value for other problems worthless."""
    c = replace(c, caveats=(*c.caveats, Caveat.STOPPED_EARLY))
    if c.like.verdict.is_difference and c.pairs > c.problems:
        note = "asking ended at a look, with several samples a problem"
        return replace(c, like=replace(c.like, verdict=Verdict.CANNOT_TELL, note=note))
    return c


def _turns(turn: Turn, trials: Trials) -> list[Turn]:
    """`all` is one turn after the other."""
    return [*range(1, trials.longest + 1)] if turn == "all" else [turn]


def _reaches(arm: str, turn: Turn, asked: Turn, trials: Trials) -> bool:
    """With `all`, an arm is compared in the turns that it has."""
    return asked != "all" or trials.reach(arm, int(turn))


def versions(store: Runs) -> str:
    """What the scores depend on: versions of the scorers, and one hash over all problems and templates."""
    scorers = sorted({f"{name} {version.partition('-')[0]}" for name, version in store.scorer_versions()})
    texts = [*store.metas("problem:"), *store.metas("template:")]
    return f"Scorers: {', '.join(scorers)}. Problems and templates: {len(texts)}, hash {digest(texts)[:12]}."
