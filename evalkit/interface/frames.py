"""The tables of a run as pandas DataFrames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from evalkit.errors import SpecError
from evalkit.runfile.labels import rows_of
from evalkit.runfile.runs import Runs
from evalkit.specs import problems
from evalkit.specs.toml import suggestion
from evalkit.types import Metric

if TYPE_CHECKING:
    import pandas as pd

AnyTurn = int | Literal["scored", "first", "last", "all"]
KEYS = ["problem", "template", "model", "sample"]
"""What names a trial: the first columns of every table."""


def scores(store: Runs, turn: AnyTurn, wanted: Sequence[str]) -> pd.DataFrame:
    """One row per trial and metric. Raises SpecError for a metric that no turn of the run has."""
    from evalkit.comparing.frame import frame
    from evalkit.comparing.recorded import asked_for

    found = frame(store, turn, wanted, asked_for(*wanted))
    for name in set(wanted) - set(found["metric"]):
        known = sorted(frame(store, "all")["metric"].unique())
        if name not in known:
            raise SpecError(f"{store.stores[0].path}: no scores of metric {name!r}{suggestion(name, known)}")
    groups = {name: _cluster(store, name) for name in store.problems()}
    texts = [*KEYS, "metric", "reason"]
    found = found[[*KEYS, "turn", "metric", "value", "reason"]].astype(dict.fromkeys((set(texts) - {"sample"}), "str"))
    found.insert(1, "cluster", found["problem"].map(groups).astype("str"))
    return found.reset_index(drop=True)


def metrics(store: Runs) -> pd.DataFrame:
    """One row per metric that was scored, with what its scorer declares of it."""
    from evalkit.comparing.frame import frame

    declared: dict[str, Metric] = {}
    for identifier in store.problems():
        text = store.spec("problem", identifier)
        for name, scorer in problems.stored(text, identifier).scorers.items() if text else ():
            declared |= {f"{name}.{metric}": about for metric, about in scorer.metrics.items()}
    rows = []
    for key, part in frame(store, "all").groupby("metric", sort=True):
        m = declared.get(str(key)) or _of_scorer(str(key))
        about = (m.about, m.low, m.high, m.better) if m else ("", float("nan"), float("nan"), "")
        said = dict(zip(("about", "low", "high", "better"), about, strict=True))
        judged = int(part["value"].notna().sum())
        rows.append({"metric": str(key), **said, "judged": judged, "unjudged": len(part) - judged})
    return table(rows, ["metric", "about", "low", "high", "better", "judged", "unjudged"])


def _of_scorer(name: str) -> Metric | None:
    """Of a scorer that no problem names: one that was handed to `evalkit.score`."""
    from evalkit import plugins

    scorer, _, metric = name.partition(".")
    if scorer not in plugins.known("scorers"):
        return None
    found: Metric | None = plugins.load("scorers", scorer).Scorer.metrics.get(metric)
    return found


def replies(store: Runs) -> Iterator[dict[str, Any]]:
    """One row per assistant turn."""
    for part in store.stores:
        for stored in part.transcripts():
            for turn, reply in enumerate(stored.transcript.replies, 1):
                yield {
                    **named(stored.transcript.trial), "turn": turn, "text": reply.text, "finish": reply.finish,
                    "unjudged": reply.unjudged, "reasoning": reply.reasoning, "error": reply.error,
                    "served_by": reply.served_by,
                    "input_tokens": reply.usage.input_tokens if reply.usage else float("nan"),
                    "output_tokens": reply.usage.output_tokens if reply.usage else float("nan"),
                }  # fmt: skip


def messages(store: Runs) -> Iterator[dict[str, Any]]:
    """One row per message."""
    for part in store.stores:
        for stored in part.transcripts():
            turn = 1
            for position, message in enumerate(stored.transcript.turns):
                at = {"position": position, "turn": 0 if message.earlier else turn, "role": message.role}
                yield {**named(stored.transcript.trial), **at, "content": message.content}
                turn += message.role == "assistant" and not message.earlier


def labels(store: Runs) -> Iterator[dict[str, Any]]:
    """One row per human label."""
    for part in store.stores:
        for trial, turn, metric, value in part.labels():
            yield {**named(trial), "turn": turn, "metric": metric, "value": value}


OF_LABELS = ("turn", "labeller", "metric", "value", "start", "end")


def all_labels(store: Runs) -> Iterator[dict[str, Any]]:
    """One row per label of anybody, relations included."""
    for part in store.stores:
        yield from rows_of(part)


def differing(store: Runs, arm: str, baseline: str, metric: str) -> pd.DataFrame:
    """The pairs in which two arms were judged differently, the largest differences first."""
    if arm == baseline:
        raise SpecError(f"baseline={baseline!r}: the same arm twice")
    found = scores(store, "scored", [metric])
    known = sorted(found["template"].unique())
    for name in (arm, baseline):
        if name not in known:
            raise SpecError(
                f"{store.stores[0].path}: no scores of {metric} for template {name!r}{suggestion(name, known)}"
            )
    texts = table(replies(store), [*KEYS, "turn", "text"])[[*KEYS, "turn", "text"]]
    found = found.merge(texts, on=[*KEYS, "turn"], how="left")
    unit = ["problem", "model", "sample"]
    sides = [found[found["template"] == name][[*unit, "value", "text"]] for name in (baseline, arm)]
    both = sides[0].merge(sides[1], on=unit, suffixes=("_baseline", "_arm"))
    both["difference"] = both["value_arm"] - both["value_baseline"]
    both = both[both["difference"].notna() & (both["difference"] != 0)]
    both = both.sort_values("difference", key=abs, ascending=False, kind="stable")
    renamed = {
        "value_baseline": "baseline",
        "value_arm": "arm",
        "text_baseline": "baseline_text",
        "text_arm": "arm_text",
    }
    order = [*unit, "baseline", "arm", "difference", "baseline_text", "arm_text"]
    return both.rename(columns=renamed)[order].reset_index(drop=True)


def named(trial: Any) -> dict[str, Any]:
    """The columns that name a trial."""
    return {name: getattr(trial, name) for name in KEYS}


def table(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """With these columns where there is no row."""
    import pandas as pd

    found = list(rows)
    return pd.DataFrame(found) if found else pd.DataFrame(columns=list(columns))


def _cluster(store: Runs, identifier: str) -> str:
    text = store.spec("problem", identifier)
    return problems.stored(text, identifier).group if text else identifier
