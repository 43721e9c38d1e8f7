"""Run files of one experiment joined into one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from evalkit.errors import listed, typed
from evalkit.interface import given
from evalkit.interface.project import AnyPath
from evalkit.interface.wording import python_names
from evalkit.runfile import merging
from evalkit.runfile.merging import Merged as Merged

_PATHS: given.Kind = (
    lambda x: isinstance(x, Sequence) and not isinstance(x, str | bytes) and all(map(given.A_PATH[0], x)),
    "a list of run files, such as sorted(Path('runs').glob('*.sqlite'))",
)


@partial(python_names, runs=_PATHS)
def merge(runs: Sequence[AnyPath], into: AnyPath) -> Merged:
    """Join run files of one experiment, such as its shards, into one; where `into` is a run file, what it lacks is
    added.

    Nothing is lost or counted twice, whatever the order, and merging again changes nothing. Raises SpecError naming
    file and key where a file is of another experiment, problem, template or model: nothing is written then.
    """
    return merging.merge([Path(run) for run in runs], Path(into))


def lines(done: Merged) -> list[str]:
    """What a merge did, in words."""
    kinds = (
        ("replies", "replies"), ("transcripts", "conversations"), ("scores", "scores"), ("labels", "labels"),
        ("attachments", "attachments"),
    )  # fmt: skip
    told = [
        f"{name}: {done.taken.get(kind, 0)} taken, {done.known.get(kind, 0)} there already"
        for kind, name in kinds
        if done.taken.get(kind) or done.known.get(kind) or kind in ("replies", "transcripts")
    ]
    return [f"{done.files} run files", *told]


def warnings_of(done: Merged) -> list[str]:
    """What a user should know of a merge."""
    told = [f"{path}: a run is still writing it; merge again when it is done" for path in done.unfinished]
    if done.missing:
        told.append(f"not among the files: shard {listed(done.missing, 8)}")
    if done.replies_differ:
        told.append(
            f"{done.replies_differ} requests were answered differently in two files: one reply of each is kept, the "
            "same one in every order of the files, and the money of both counts"
        )
    if done.conversations_differ:
        left = f"; {done.labels_left} labels of the others were left" if done.labels_left else ""
        told.append(f"{done.conversations_differ} trials have other conversations in two files: one is kept{left}")
    if done.scores_differ:
        told.append(
            f"{done.scores_differ} replies were scored differently in two files: the newer version is kept; score the "
            f"merged file again: evalkit score {typed(done.path)}"
        )
    if done.labels_differ:
        told.append(f"{done.labels_differ} labels of one person say different things in two files: one is kept")
    return told
