"""A methods paragraph to paste: what was really done, with the tests, adjustments, seeds, versions and sources.

Every sentence is drawn from the comparisons themselves: what was not done is not said. Not covered: how the problems
and the models were chosen, which only the authors know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from evalkit.comparing.comparison import ALL_MODELS, Caveat, Comparison, Reading
from evalkit.comparing.results import Results
from evalkit.version import VERSION

_THESE = {
    "exact": "exactly",
    "monte carlo": "by 10,000 random arrangements (Phipson & Smyth, 2010)",
    "large sample": "by the normal approximation",
}
_WITHIN = {
    "score": "score intervals with effective sample sizes (Newcombe, 1998; Tango, 1998; Kott & Carr, 1997)",
    "t": "t intervals with Satterthwaite's degrees of freedom",
    "between problems": "the interval between problems where a problem had one sample (too wide rather than too short)",
}
_LIKE = {
    "t": "paired t tests over problem means",
    "score": "Tango's (1998) score statistic with the t quantile where scores had few values and few samples",
}
SOURCES = {
    "Holm": "Holm (1979), Scandinavian Journal of Statistics 6, 65-70",
    "Benjamini": "Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300",
    "Phipson": "Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1), 39",
    "Newcombe": "Newcombe (1998), Statistics in Medicine 17, 873-890",
    "Tango": "Tango (1998), Statistics in Medicine 17, 891-908",
    "Kott": "Kott & Carr (1997), Journal of Official Statistics 13, 81-98",
    "van Elteren": "van Elteren (1960), Bulletin of the International Statistical Institute 37, 351-361",
    "Cochran": "Cochran (1977), Sampling Techniques, 3rd edition, Wiley",
    "Schuirmann": "Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680",
    "Zou": "Zou & Donner (2008), Statistics in Medicine 27, 1693-1702",
    "Angelopoulos": "Angelopoulos, Duchi & Zrnic (2023), arXiv:2311.01453",
    "Clark": "Clark (1973), Journal of Verbal Learning and Verbal Behavior 12, 335-359",
    "Ramdas": "Ramdas et al. (2023), Statistical Science 38, 576-601",
}


def methods(found: Results, versions: Sequence[str]) -> str:
    """The paragraph and its sources. versions: what the footer says of scorers and texts."""
    rows = [c for c in found.comparisons if c.kind == "contrast"]
    if not rows:
        return "Nothing was compared."
    said = [
        _design(found, rows), *_pairs(rows), *_tests(rows), *_adjusted(found, rows), *_beyond(found), *_unjudged(rows),
        f"Permutations used the seed {rows[0].seed}. Computed with evalkit {VERSION}.", *versions,
    ]  # fmt: skip
    text = " ".join(said)
    sources = [source for name, source in SOURCES.items() if name in text]
    return f"{text}\n\nSources: {'; '.join(sources)}." if sources else text


def _design(found: Results, rows: Sequence[Comparison]) -> str:
    models = sorted({c.model for c in rows} - {ALL_MODELS})
    arms = list(dict.fromkeys(c.arm for c in rows))
    bases = list(dict.fromkeys(c.baseline for c in rows))
    most = max(c.problems for c in rows)
    clusters = max(c.clusters for c in rows)
    shared = f" in {clusters} clusters that share a context" if clusters != most else ""
    asked = f" The primary outcome was {found.primary}." if found.primary else ""
    turns = sorted({c.turn for c in rows} - {"scored"})
    judged = f" Assistant turns judged: {', '.join(turns)}." if turns else ""
    return (
        f"{_listed(arms)} {'was' if len(arms) == 1 else 'were'} compared with {_listed(bases)} on up to {most} problems"
        f"{shared}, with {_listed(models)}.{asked}{judged}"
    )


def _apart(rows: Sequence[Comparison]) -> Sequence[Comparison]:
    """Each model's rows: those of all models together hold the same pairs once more."""
    return [c for c in rows if c.model != ALL_MODELS] or rows


def _pairs(rows: Sequence[Comparison]) -> list[str]:
    said = ["Replies were paired by problem, model and sample."]
    copies = sum(c.copies for c in _apart(rows))
    if copies:
        said.append(f"Replies that repeat another one word for word were left out: {copies}, summed over comparisons.")
    if any(c.samples_arm != c.samples_baseline for c in rows):
        said.append("Arms with unequal numbers of replies were compared by problem means.")
    return said


def _tests(rows: Sequence[Comparison]) -> list[str]:
    these, like = [c.these for c in rows], [c.like for c in rows]
    said = []
    if tests := _used(these, "test", _THESE):
        limits = _used(these, "method", _WITHIN)
        said.append(
            "Whether a difference would show again on the same problems was tested by permuting the arms' labels "
            f"within each problem and model, {_listed(tests)}, with {_listed(limits)}."
        )
    if tests := _used(like, "test", _LIKE):
        said.append(
            "Whether it would hold on other problems was tested with the problem, or the cluster of problems that "
            f"share a context, as the unit: {_listed(tests)}; below four units no statement was made."
        )
    widest = max((r.confidence for r in [*these, *like]), default=0.95)
    joint = f" that hold simultaneously (Bonferroni, up to {100 * widest:.1f} % each)" if widest > 0.95 else ""
    return [*said, f"Intervals are 95 % intervals{joint}."] if said else ["No comparison had enough data for a test."]


def _used(readings: Iterable[Reading], field: str, words: dict[str, str]) -> list[str]:
    seen = {getattr(r, field) for r in readings}
    return [text for name, text in words.items() if name in seen]


def _adjusted(found: Results, rows: Sequence[Comparison]) -> list[str]:
    tested = [c for c in rows if c.these.p is not None or c.like.p is not None]
    if not tested:
        return []
    how = "Benjamini and Hochberg (exploratory, all pairs of arms)" if found.exploratory else "Holm"
    family = [c for c in found.comparisons if c.kind in ("contrast", "interaction")]
    most = max(Counter((c.metric, c.model, c.turn) for c in family).values())
    said = [f"p values were adjusted after {how} over the comparisons of a metric and model (up to {most})."]
    if most == 1:
        said = ["A metric and model had one comparison each, so p values needed no adjustment."]
    said += ["They were not adjusted over metrics."] if len({c.metric for c in tested}) > 1 else []
    deltas = sorted({(c.metric, c.these.delta) for c in rows if c.these.delta is not None})
    if deltas:
        named = ", ".join(f"{metric} {delta:g}" for metric, delta in deltas)
        said.append(f"Equivalence within {named} was tested by two one-sided tests (Schuirmann, 1987), adjusted alike.")
    if any(Caveat.STOPPED_EARLY in c.caveats for c in rows):
        said.append("Asking was stopped early by an e-value (Ramdas et al., 2023); intervals do not account for that.")
    return said


def _beyond(found: Results) -> list[str]:
    said = []
    squares = list(dict.fromkeys(f"{c.arm} against {c.baseline}" for c in found.comparisons if c.kind == "interaction"))
    if squares:
        said.append(f"Interactions ({'; '.join(squares)}) were paired t tests of the double difference over problems.")
    if any(c.kind == "change" for c in found.changes):
        said.append("For arms with later turns the change since the first turn was compared with that of the placebo.")
    if found.ladders:
        said.append(
            "Of arms with several hints the mean slope of the use level over the turns was tested against none, the "
            "changes of all turns in one family (Holm), and the share of conversations that adopt the approach has "
            "the variance of a ratio over problems (Cochran, 1977)."
        )
    if any(c.ordinal is not None for c in found.comparisons):
        said.append(
            "As a check, levels were also compared as an order, by mid-ranks within each problem and model (van "
            "Elteren, 1960)."
        )
    if found.models:
        said.append(
            "Effects were compared between models on the problems that all of them had: the models' intervals joined "
            "(Zou & Donner, 2008), and paired over problems."
        )
    if any(c.spread is not None and c.spread.tested for c in found.comparisons):
        said.append("Single problems were tested by permutation within them, adjusted after Benjamini and Hochberg.")
    phrased = sorted({w.text for c in found.comparisons for w in c.wordings})
    if phrased:
        over = any(w.low is not None for c in found.comparisons for w in c.wordings)
        said.append(
            f"Several wordings of {_listed(phrased)} were drawn for the samples from the seed; the spread of effects "
            f"between them was estimated by moments{' and added to that over problems (Clark, 1973)' * over}."
        )
    labelled = {c.metric for c in found.comparisons if c.corrected is not None and c.corrected.difference is not None}
    if labelled:
        named = _listed(sorted(labelled))
        said.append(f"Differences in {named} were also corrected by human labels (Angelopoulos et al., 2023).")
    plain = sorted({c.metric for c in found.comparisons if Caveat.UNCALIBRATED in c.caveats})
    return [*said, f"{_listed(plain)}: judged by a model, without human labels."] if plain else said


def _unjudged(rows: Sequence[Comparison]) -> list[str]:
    """Of the primary outcome, where there is one."""
    asked = [c for c in rows if c.outcome == "primary"]
    of = "of the primary outcome" if asked else "summed over comparisons"
    rows = _apart(asked or rows)
    lost, used = sum(sum(c.dropped.values()) for c in rows), sum(c.pairs for c in rows)
    if not lost:
        return [f"Every pair ({of}) could be judged."]
    hedged = sum(Caveat.UNJUDGED in c.caveats for c in rows)
    worst = f"; {hedged} verdicts would not stand had all these gone against them" if hedged else ""
    said = [f"Of {used + lost} pairs ({of}) {lost} were dropped because a reply could not be judged{worst}."]
    if any(c.p_unjudged is not None for c in rows):
        said.append("How often that happened was compared between arms by a permutation within problems.")
    return said


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "nothing"
