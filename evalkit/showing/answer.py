"""The answer in words: a few sentences on the primary outcome, for the terminal and the report.

Not covered: other metrics (the tables have them), and the reasons behind every single "cannot tell".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from evalkit.comparing.comparison import ALL_MODELS, Comparison, Verdict
from evalkit.comparing.means import Mean
from evalkit.judging.metrics import metric_info
from evalkit.showing.tables.numbers import decimals, number, signed
from evalkit.showing.tables.spread import both_ways
from evalkit.showing.tables.wording import AMONG, told
from evalkit.specs.experiment import Experiment

MOST = 6
"""Sentences at most."""
LIMITS = ("max_tokens", "max_completion_tokens", "max_new_tokens")
_MORE = {
    "use level": ("more of the staff's approach than", "less of the staff's approach than"),
    "answer": ("more right answers than", "fewer right answers than"),
    "violation": ("the ban is kept more often than with", "the ban is broken more often than with"),
}
"""What better and worse mean, by the role of a metric."""


def answer(comparisons: Sequence[Comparison], means: Sequence[Mean], described: Experiment | None) -> list[str]:
    """Three to six sentences; comparisons and means: of the primary metrics."""
    lost = unjudged(means, described)
    judged = sum(m.judged for m in means)
    if not judged:
        return lost or ["Nothing was judged: no reply has a score of this metric."]
    several = len({c.model for c in comparisons}) > 1
    said: list[str] = []
    rows = sorted(comparisons, key=lambda c: (c.model != ALL_MODELS, c.model, c.metric))
    for model, of_model in groupby(rows, key=lambda c: c.model):
        found = _of_metrics(list(of_model))
        said += [f"{model}: {sentence}" for sentence in found] if several else found
    if not comparisons:
        said = _alone(means)
    first = sum(m.unjudged for m in means) * 2 > judged + sum(m.unjudged for m in means)
    said = [*lost, *said] if first else [*said, *lost]
    if len(said) > MOST:
        return [*said[: MOST - 1], f"{len(said) - MOST + 1} more sentences stand in the tables."]
    return said


def unjudged(means: Sequence[Mean], described: Experiment | None) -> list[str]:
    """`10 of 12 replies could not be judged: 10 cut off at max_tokens = 200. ...`; empty where all were."""
    by_model: dict[str, Counter[str]] = {}
    for m in means:
        by_model.setdefault(m.model, Counter()).update(m.reasons)
    said = []
    for model, reasons in by_model.items():
        lost, replies = sum(reasons.values()), sum(m.replies for m in means if m.model == model)
        if not lost:
            continue
        limit = limit_of(described, model)
        named = [f"{n} {_reason(why, limit)}" for why, n in reasons.most_common(3)]
        rest = lost - sum(n for _, n in reasons.most_common(3))
        named += [f"{rest} for other reasons"] if rest else []
        who = f"{model}: " if len(by_model) > 1 else ""
        advice = _advice(reasons, lost, replies, limit, asked=described is not None)
        count = f"{lost} of {replies} replies" if replies > 1 else "The only reply"
        said.append(f"{who}{count} could not be judged: {'; '.join(named)}.{advice}")
    return said


def limit_of(described: Experiment | None, model: str) -> str:
    """`max_tokens = 200`, empty where the experiment sets none."""
    found: Iterable[tuple[str, object]] = (
        (name, m.parameters[name])
        for m in (described.models if described else ())
        for name in LIMITS
        if m.label == model and name in m.parameters
    )
    return next((f"{name} = {value}" for name, value in found), "")


def _reason(why: str, limit: str) -> str:
    """`refused`, `cut off at max_tokens = 200`, `because several options are named`."""
    if why == "cut off":
        return f"cut off at {limit}" if limit else why
    return f"because {why}" if " " in why else why


def _advice(reasons: Mapping[str, int], lost: int, replies: int, limit: str, *, asked: bool) -> str:
    """What to do, where so much is lost that the figures are of little use."""
    if lost * 5 < replies:
        return ""
    most = max(reasons, key=lambda why: reasons[why])
    if most.startswith("cut off") and not asked:
        return " They were cut off where they were recorded: longer replies are needed."
    if most.startswith("cut off"):
        setting = limit.partition(" ")[0] or "max_tokens"
        # Another limit makes other requests, which a run file does not take under the same name.
        return f" Raise {setting}, in a new run file: `evalkit run ... --max-tokens N --run NEW.sqlite`."
    if most == "failed":
        return " `evalkit show --run RUN` names the errors; run again to ask these anew."
    return " `evalkit show --run RUN` lists them."


def _of_metrics(rows: Sequence[Comparison]) -> list[str]:
    """The sentences on every metric; where there are several, which of them a sentence is about."""
    about: dict[str, list[str]] = {}
    for metric, part in groupby(rows, key=lambda c: c.metric):
        for sentence in _of_metric(metric, list(part)):
            about.setdefault(sentence, []).append(metric)
    several = len({c.metric for c in rows}) > 1
    return [f"{_list(metrics)}: {sentence}" if several else sentence for sentence, metrics in about.items()]


def _of_metric(metric: str, rows: Sequence[Comparison]) -> list[str]:
    """Arms of the same verdict in one sentence, differences first."""
    groups: dict[tuple[int, str, tuple[str, str]], list[Comparison]] = {}
    for c in rows:
        verdict = told(c)
        place = 0 if verdict.is_difference else 1 if verdict is Verdict.NO_DIFFERENCE else 2
        groups.setdefault((place, _verdict(c, verdict), _where(c)), []).append(c)
    said = []
    digits = decimals(_difference(c) for c in rows)
    for (place, words, where), same in sorted(groups.items(), key=lambda item: item[0][0]):
        arms = _list([c.arm for c in same])
        sizes = [signed(d, digits) for c in same if (d := _difference(c)) is not None]
        if place == 0:
            said.append(f"{arms}: {words}{where[0]}: {_list(sizes)}{_scale(metric)}{where[1]}.")
        else:
            told_by = "; ".join(filter(None, [_list(sizes) if sizes else "", *(_whys(same) if place == 2 else ())]))
            said.append(f"{arms}: {words}" + (f" ({told_by})." if told_by else "."))
    return [*said, *filter(None, map(both_ways, rows))]


def _whys(rows: Sequence[Comparison]) -> list[str]:
    """Why nothing can be told: `too few samples`, or `in_one_chat: too few samples` where it holds of some only."""
    arms: dict[str, list[str]] = {}
    for c in rows:
        # The figures behind the reason stand below the table.
        arms.setdefault("" if c.note else c.these.note.partition(":")[0], []).append(c.arm)
    return [why if len(arms) == 1 else f"{_list(of)}: {why}" for why, of in arms.items() if why]


def _verdict(c: Comparison, verdict: Verdict) -> str:
    if c.note:
        return f"cannot tell, {c.note}"
    if verdict is Verdict.IDENTICAL or c.these.verdict is Verdict.IDENTICAL:
        return f"sent the same as {c.baseline} and got the same, so nothing was tested"
    if verdict is Verdict.CANNOT_TELL:
        return f"cannot tell from {c.baseline}"
    if verdict is Verdict.NO_DIFFERENCE:
        delta = next((r.delta for r in (c.like, c.these) if r.delta is not None), 0.0)
        among = AMONG if any(r.hedged and r.verdict is Verdict.NO_DIFFERENCE for r in (c.these, c.like)) else ""
        return f"no difference from {c.baseline} larger than {delta:g}{among}"
    info = metric_info(c.metric)
    if verdict in (Verdict.BETTER, Verdict.WORSE) and info.role in _MORE and c.kind == "contrast":
        return f"{_MORE[info.role][verdict is Verdict.WORSE]} {c.baseline}"
    return f"{verdict} than {c.baseline} on “{info.about}”"


def _where(c: Comparison) -> tuple[str, str]:
    """On which problems a difference was told; and behind the figures, why not on others."""
    these, like = c.these.verdict, c.like.verdict
    if not told(c).is_difference:
        return "", ""
    hedged = "; unless what could not be judged went the other way" if c.these.hedged or c.like.hedged else ""
    if these.is_difference and like.is_difference:
        return ", on these problems and on others like these", hedged
    if like.is_difference:
        return ", on problems like these", hedged
    why = f" ({c.like.note.removesuffix(' to speak of others like these')})" if c.like.note else ""
    return ", on these problems", f"{hedged}. On others like these: cannot tell{why}"


def _difference(c: Comparison) -> float | None:
    return c.these.difference if c.these.difference is not None else c.like.difference


def _scale(metric: str) -> str:
    info = metric_info(metric)
    if info.role == "answer":
        return " of 1"
    return f" on a scale from {info.low:g} to {info.high:g}" if info.role == "use level" else ""


def _alone(means: Sequence[Mean]) -> list[str]:
    """A run of one arm: what it reached."""
    said = []
    for m in means:
        if m.mean is None:
            continue
        if m.right is not None:
            said.append(f"{m.arm}, {m.model}: {m.right} of {m.judged} judged answers are right.")
        else:
            about = metric_info(m.metric).about
            said.append(f"{m.arm}, {m.model}: {about}: {number(m.mean)} on average over {m.judged} replies.")
    return [*said, "Nothing is compared: ask a second template too, and each arm is set against it."] if said else said


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
