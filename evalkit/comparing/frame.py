"""The scores of a run as one table: what comparisons, figures and plans compute from."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.comparing import recorded as read_off
from evalkit.comparing.scores import Scores, Texts, Where, none_of, numbers, rising
from evalkit.errors import SpecError
from evalkit.runfile.columns import Columns, joined
from evalkit.runfile.records import is_long
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.runfile.trials import Trials
from evalkit.specs import problems
from evalkit.types import canonical

if TYPE_CHECKING:
    import pandas as pd

Turn = int | Literal["scored", "first", "last", "all"]
COLUMNS = (
    "problem",
    "template",
    "model",
    "sample",
    "turn",
    "metric",
    "value",
    "reason",
    "opening",
    "prompts",
    "text",
    "long",
)
UNIT = ["problem", "model", "sample"]
"""What two arms are paired by."""


def clusters(store: Store | Runs) -> dict[str, str]:
    """problem -> the context that it shares with others, by default its own id."""
    texts = {p: store.spec("problem", p) for p in store.problems()}
    return {p: _group(text, p) if text else p for p, text in texts.items()}


@lru_cache(maxsize=10_000)
def _group(text: str, problem: str) -> str:
    return problems.stored_group(text, problem)


def frame(
    store: Store | Runs, turn: Turn = "scored", metrics: Sequence[str] = (), recorded: Sequence[str] = ()
) -> pd.DataFrame:
    """As `read`, as a table. Loads pandas."""
    return read(store, turn, metrics, recorded).frame


def read(
    store: Store | Runs, turn: Turn = "scored", metrics: Sequence[str] = (), recorded: Sequence[str] = ()
) -> Scores:
    """Scores in columns, one row per trial, metric (and assistant turn, with turn="all"), in the order of the trials.

    Columns: problem, template, model, sample, turn, metric, value (NaN = could not be judged), reason (why it could
    not), opening, prompts and text (numbers: trials with the same one share all up to the first answer, word for word,
    and that answer; everything that was said to the model; or all up to the judged answer, and it), long (that
    answer is not said again, word for word, by chance), chat (a number: trials with the same one began with the same
    earlier question in their conversation; -1 where there was none), variant (a number for what was drawn of a problem
    with variants, -1 where nothing was). turn: which
    assistant turn stands for the trial: `scored` (the template's, else the last), `first`, `last`, a number from 1, or
    `all`. A trial that ended before that turn counts with its last one, which says why it ended. metrics: only these,
    `scorer.metric`; recorded: these too, which are read off the replies (`reply.tokens`). Raises SpecError for another
    `turn`.
    """
    if turn not in ("scored", "first", "last", "all") and not (isinstance(turn, int) and turn > 0):
        raise SpecError(f"turn {turn!r}: allowed are scored, first, last, all, or an assistant turn from 1")
    trials = store.trials()
    longest = trials.longest
    if isinstance(turn, int) and turn > longest > 0:
        many = "one assistant turn" if longest == 1 else f"{longest} assistant turns"
        raise SpecError(f"{store.path}: turn {turn}: the longest conversation has {many}")
    keys, outline, cell, sample = map(np.asarray, (trials.ids, trials.outline, trials.cell, trials.samples))
    wanted = _turns(turn, [o.scored_turn or o.answers for o in trials.outlines], [o.answers for o in trials.outlines])
    spoken = _Spoken(store, keys)  # before there are scores: what it needs for a while does not come on top of them
    columns = store.columns(metrics)
    if recorded:
        runs = store if isinstance(store, Runs) else Runs([store])
        columns = joined([columns, Columns.of(read_off.rows(runs, recorded))])
    rows, at = _asked_for(wanted[outline], columns, keys)
    turns = columns.turn[rows]
    opening = spoken.at(at, np.ones(1, dtype=np.int64))

    by_trial = {
        name: Texts.of([told[i] for told in trials.cells]).take(cell[at])
        for i, name in enumerate(("problem", "template", "model"))
    }
    return Scores(
        **by_trial,
        sample=sample[at],
        turn=turns,
        metric=Texts.of_words(columns.metric[rows]),
        value=columns.value[rows],
        reason=Texts.of_words(columns.reason[rows]),
        opening=opening,
        prompts=Texts.of([o.prompts for o in trials.outlines]).codes[outline[at]],
        text=opening if (turns == 1).all() else spoken.at(at, turns),
        long=spoken.long[spoken.place(at, turns)],
        chat=_chats(store, keys)[at],
        variant=_variants(store, trials)[at],
    )


def _asked_for(wanted: NDArray[np.int64], columns: Columns, keys: NDArray[np.int64]) -> tuple[Where, Where]:
    """Which scores are of the wanted turn (0: any), by trial, and the place of each one's trial in `keys`."""
    known, at = _known(keys, columns.transcript)
    turn = wanted[at]
    asked = (turn == 0) | (turn == columns.turn[known])
    if not asked.all():
        known, at = known[asked], at[asked]
    if not rising(at):
        order = np.argsort(at, kind="stable")
        known, at = known[order], at[order]
    return _unmoved(known, len(columns)), _unmoved(at, len(keys))


def _unmoved(at: NDArray[np.int64], count: int) -> Where:
    """Of so many rows: all, where each stands in its place, as often; then columns are not copied."""
    return slice(None) if len(at) == count and (at[1:] > at[:-1]).all() else at


class _Spoken:
    """A number for what was said up to each assistant turn; trials with the same one said the same, word for word."""

    def __init__(self, store: Store | Runs, keys: NDArray[np.int64]) -> None:
        known: dict[bytes, int] = {}
        key, number, long = array("q"), array("i"), array("b")
        for of, hashes in store.said():
            for said in hashes:
                key.append(of)
                number.append(known.setdefault(said, len(known)))
                long.append(is_long(said))
        rows, of_trial = _known(keys, np.asarray(key))
        # A conversation without an answer is like no other.
        silent = np.flatnonzero(np.bincount(of_trial, minlength=len(keys)) == 0)
        if len(silent):
            rows = np.concatenate([rows, len(key) + np.arange(len(silent))])
            of_trial = np.concatenate([of_trial, silent])
            number.extend(range(len(known), len(known) + len(silent)))
            long.extend([0] * len(silent))
        if not rising(of_trial):
            rows = rows[np.argsort(of_trial, kind="stable")]
        self._numbers = numbers(np.asarray(number)[rows])
        self.long = np.array(long, dtype=np.bool_)[rows]
        """Whether the last reply is too long to be said twice by chance."""
        self._turns = np.bincount(of_trial, minlength=len(keys)).astype(np.int32)
        self._start = np.cumsum(self._turns, dtype=np.int32) - self._turns

    def at(self, trial: Where, turn: NDArray[np.int64]) -> NDArray[np.int64]:
        """trial: positions in `keys`, shape (rows,); turn: assistant turns from 1, of that shape or one for all."""
        found: NDArray[np.int64] = self._numbers[self.place(trial, turn)]
        return found

    def place(self, trial: Where, turn: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the turns of `at` stand among all turns of all trials."""
        found: NDArray[np.int64] = self._start[trial] + np.minimum(turn, self._turns[trial]) - 1
        return found


def _known(keys: NDArray[np.int64], of: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where in `of` one of the keys stands, and which: not so of a conversation that was written just now."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    place = np.zeros(len(of), dtype=np.int64)
    np.cumsum(of[1:] != of[:-1], out=place[1:])  # in the same order, as they nearly always are, it is counted
    np.minimum(place, len(keys) - 1, out=place)
    known = keys[place] == of
    if not known.all():
        order = np.argsort(keys)
        place = np.searchsorted(keys, of, sorter=order)
        place = order[np.minimum(place, len(keys) - 1, out=place)]
        known = keys[place] == of
    here = np.flatnonzero(known)
    return here, place if known.all() else place[here]


def _chats(store: Store | Runs, keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each trial a number for the chat that its question came late in, -1 where it was asked alone."""
    begun = dict(store.chats())
    if not begun:
        return none_of(len(keys))
    numbers = {words: number for number, words in enumerate(sorted(set(begun.values())))}
    return np.array([numbers[begun[key]] if key in begun else -1 for key in keys.tolist()], dtype=np.int64)


def _variants(store: Store | Runs, trials: Trials) -> NDArray[np.int64]:
    """For each trial a number for what was drawn, -1 where nothing was."""
    drawn = store.variants()
    if not drawn:
        return none_of(len(trials))
    numbers: dict[str, int] = {}
    said = [canonical(drawn[trial]) if trial in drawn else None for _, trial, _ in trials]
    return np.array([-1 if v is None else numbers.setdefault(v, len(numbers)) for v in said], dtype=np.int64)


def _turns(turn: Turn, scored: Sequence[int], answers: Sequence[int]) -> NDArray[np.int64]:
    """The number of the turn that stands for each trial; 0 for all of them."""
    last = np.array(answers, dtype=np.int64)
    named: dict[str, Any] = {"scored": np.array(scored, dtype=np.int64), "first": 1, "last": last, "all": 0}
    chosen = named.get(str(turn), turn)
    found: NDArray[np.int64] = np.minimum(chosen, last)
    return found
