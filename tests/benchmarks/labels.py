"""What the scorers say of the sample replies against the labels that a careful reader gave them.

    python -m tests.benchmarks.labels [--metric approach.level] [--misses] [FILE.jsonl]

One row per metric: labelled turns, equal, None (could not be judged), and the confusion (label>score: count) of the
rest. `--misses` names each turn that differs, with the scorer's reason.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from evalkit.judging.analyses import MAX_CHARACTERS, Analyses
from evalkit.judging.applying import apply
from evalkit.runfile import transcripts
from evalkit.specs.library import Library
from evalkit.types import Score, Transcript

ROOT = Path(__file__).parents[2]


def scored(transcript: Transcript, library: Library) -> dict[tuple[str, str], Score]:
    """(assistant turn, metric) -> score, for the scorers that have labels."""
    problem = library.load(transcript.trial.problem)
    analyses = Analyses(problem, [r.text[:MAX_CHARACTERS] for r in transcript.replies])
    found = {}
    for turn, labels in transcript.labels.items():
        for name in {metric.split(".")[0] for metric in labels} & set(problem.scorers):
            for score in apply(problem.scorers[name], problem, transcript.replies[: int(turn)], analyses):
                found[turn, f"{name}.{score.metric}"] = score
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=ROOT / "runs" / "hw7-sample.jsonl")
    parser.add_argument("--problem", help="only problems whose id contains this")
    parser.add_argument("--metric", help="only metrics whose name contains this")
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    library = Library(ROOT / "problems")
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for _, transcript in transcripts.read(options.file):
        if not isinstance(transcript, Transcript):
            raise SystemExit(str(transcript))
        trial = transcript.trial
        if options.problem and options.problem not in trial.problem:
            continue
        found = scored(transcript, library)
        for turn, labels in transcript.labels.items():
            for metric, label in labels.items():
                if (options.metric and options.metric not in metric) or (turn, metric) not in found:
                    continue
                score = found[turn, metric]
                same = score.value == label or (None not in (score.value, label) and abs(score.value - label) < 0.005)  # type: ignore[operator]
                table[metric]["equal" if same else f"{_shown(label)}>{_shown(score.value)}"] += 1
                if options.misses and not same:
                    where = f"{trial.problem} {trial.template} {trial.sample} turn {turn}"
                    print(f"{where}: {metric} label {_shown(label)}, score {_shown(score.value)}: {score.reason[:160]}")
    for metric, counts in sorted(table.items()):
        of = sum(counts.values())
        rest = ", ".join(f"{k}: {n}" for k, n in sorted(counts.items()) if k != "equal")
        print(f"{metric:24} {counts['equal']:4} of {of:4} equal   {rest}")


def _shown(value: float | None) -> str:
    return "None" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    main()
