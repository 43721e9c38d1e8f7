"""A run file without a model: two models, five arms, six problems, and everything that a comparison can meet.

Ladders of three turns, wordings, cut-off and failed replies, costs, labels of two people, a metric on four levels beside
one that is right or wrong. Drawn once with a seed; nothing in it is a measurement.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evalkit.runfile import labels
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Experiment
from evalkit.types import Label, Reply, Score, Transcript, Trial, Turn, Usage
from tests.arrange import PROBLEM

ARMS = ("plain", "hint", "ban", "both", "ladder")
MODELS = ("small", "large")
PROBLEMS, SAMPLES = 6, 3
FIELDS: dict[str, object] = {
    "title": "A made run",
    "note": "Nothing was asked.",
    "problems": ["set/*"],
    "templates": list(ARMS),
    "samples": SAMPLES,
    "contrasts": [["both", "hint"]],
    "interactions": [["plain", "hint", "ban", "both"]],
    "delta": {"approach.level": 0.5},
    "primary": "approach.level",
    "wordings": {"hint": ["Count.", "Count by twos."]},
    "models": [{"id": "openai:s", "name": "small", "prices": {"input": 1.0, "output": 4.0}}, {"id": "openai:l", "name": "large"}],
}  # fmt: skip
EFFECT = {
    "plain": 0.0, "hint": 0.9, "ban": -0.3, "both": 0.4, "ladder": 0.2,
    "repeat_hint": 0.7, "placebo": 0.1, "pushback_wrong": -0.8, "hint_ladder": 0.4,
}  # fmt: skip
TURNS = {"ladder": 3, "repeat_hint": 2, "placebo": 2, "pushback_wrong": 2, "hint_ladder": 3}
"""Replies in a conversation; one in all other arms."""
MOVING = ("plain", "repeat_hint", "placebo", "pushback_wrong", "hint_ladder")
"""Arms of which something is told turn by turn."""
HINTS = ("", "Hint: count.", "Hint: count by twos.")


def fill(
    path: Path, *, seed: int = 3, models: tuple[str, ...] = MODELS, labelled: bool = True, arms: tuple[str, ...] = ARMS
) -> Path:
    rng = np.random.default_rng(seed)
    fields = {**FIELDS, "templates": list(arms)}
    if arms is not ARMS:
        fields |= {"contrasts": [], "interactions": [], "wordings": {}}
    with Store(path, write=True) as store:
        store.set_meta("experiment", Experiment.model_validate(fields).model_dump_json())
        for p in range(PROBLEMS):
            store.keep_spec("problem", f"set/p{p}", PROBLEM.format(i=p)).result()
        trials = [
            Trial(f"set/p{p}", arm, model, s)
            for model in models for arm in arms for p in range(PROBLEMS) for s in range(SAMPLES)
        ]  # fmt: skip
        for kept in [store.keep_transcript(chat(trial, rng)) for trial in trials]:
            kept.result()
        said = [label for stored in store.transcripts() for label in judge(store, stored.id, stored.transcript, rng)]
    labels.keep(path, [labels.inserting(trial, label) for trial, label in said] if labelled else [])
    return path


def chat(trial: Trial, rng: np.random.Generator) -> Transcript:
    """One turn, or more; some replies fail, are cut off or say nothing."""
    said: list[Turn] = []
    for turn in range(TURNS.get(trial.template, 1)):
        asked = HINTS[turn] or f"{trial.template}: what is {trial.problem}?"
        said.append(Turn("user", asked))
        reply = replied(trial, turn, float(rng.random()))
        said.append(Turn("assistant", reply.text, reply))
    wordings = {"wording": trial.sample % 2} if trial.template == "hint" else {}
    return Transcript(trial, tuple(said), wordings=wordings)


def replied(trial: Trial, turn: int, chance: float) -> Reply:
    text = f"{trial.problem} {trial.sample} of {trial.model}, {trial.template}, turn {turn + 1}. " * (1 + trial.sample)
    usage = Usage(40 + 10 * turn, 20 + 7 * trial.sample)
    if chance < 0.04:
        return Reply(text, "length", usage=usage)
    if chance < 0.07:
        return Reply("", "error", error="the server said 500")
    return Reply(text + f"**Final answer:** {trial.sample}", usage=usage, served_by=f"{trial.model}-2026")


def judge(store: Store, row: int, held: Transcript, rng: np.random.Generator) -> list[tuple[Trial, Label]]:
    """Scores of each turn; returned is what people say of some first ones."""
    trial = held.trial
    harder = 0.25 * int(trial.problem[-1])
    shift = EFFECT[trial.template] * (1.5 if trial.model == "large" else 1.0)
    said: list[Label] = []
    for turn, reply in enumerate((t.reply for t in held.turns if t.reply), 1):
        drawn = 1.2 + shift + 0.4 * turn - harder + float(rng.normal(0, 0.8))
        level = None if reply.unjudged else float(min(3, max(0, round(drawn))))
        right = None if level is None else float(level + float(rng.random()) > 1.6)
        banned = None if level is None else float(level == 3 and trial.template in ("ban", "both"))
        why = reply.unjudged or "made"
        made = {
            "approach": {"level": level, "changed": right},
            "number": {"correct": right},
            "ban": {"violated": banned},
        }
        for scorer, values in made.items():
            store.keep_scores(row, turn, scorer, "1-x", [Score(m, v, why) for m, v in values.items()])
        if level is not None and trial.sample < 2 and turn == 1:
            seen = float(rng.random())
            said += [Label(1, "approach.level", level if seen < 0.8 else max(0.0, level - 1), "ann")]
            said += [Label(1, "approach.level", level if seen > 0.1 else None, "bob")]
            said += [Label(1, "number.correct", right if seen < 0.85 else 1.0)]
    return [(trial, label) for label in said]
