"""What the run file keeps of a model's batches where the server takes one, or none, or cannot tell: all ways in process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from evalkit.asking.desk import Desk, WaitingError
from evalkit.asking.progress import Progress
from evalkit.errors import ProviderError
from evalkit.runfile.batched import Note
from evalkit.runfile.store import Store
from evalkit.types import Message, ModelSpec, Reply, Request
from evalkit.wire.batches import State

SPEC = ModelSpec(id="openai:m", name="m", base_url="http://127.0.0.1:9/v1")
KNOWN: dict[str, int | str] = {"failed": "too long", "tried": 2}


class Written:
    """A model that writes and reads no more than this."""

    def written(self, request: Request) -> bytes:
        return b'{"model": "m"}'

    def read(self, status: int, content: bytes, request: Request) -> Reply:
        raise ProviderError("busy", "transient")


class There:
    """A server that fails at one point, or at none; what it has of a batch is `state`."""

    def __init__(self, fails_at: str = "", fault: str = "fatal", state: State | None = None) -> None:
        self.fails_at, self.fault, self.found_state, self.asked = fails_at, fault, state, list[str]()

    def _at(self, point: str) -> None:
        self.asked.append(point)
        if point == self.fails_at:
            raise ProviderError("no", self.fault)  # type: ignore[arg-type]

    async def upload(self, path: Path, name: str) -> str:
        self._at("upload")
        return "file"

    async def begin(self, file: str, mark: str) -> State:
        self._at("begin")
        return State("b1", "validating")

    async def state(self, batch: str) -> State | None:
        self._at("state")
        return self.found_state

    async def found(self, mark: str) -> State | None:
        self._at("found")
        return self.found_state

    async def lines(self, file: str) -> AsyncIterator[bytes]:
        for line in (b"", b"[]", b'{"custom_id": "another"}'):
            yield line


REQUEST = Request(SPEC.id, SPEC.label, (Message("user", "?"),), {}, 0)
NOTE = Note("mark", "m", "http://127.0.0.1:9/v1", 1, 1.0, "b1")


def _over(status: str, *files: str, complaint: str = "") -> State:
    return State("b1", status, files, complaint=complaint)


# What the server does; whether a batch is left (else it was there before); what is told; what is kept: a batch? what is
# known of what was not answered?
WAYS: dict[str, tuple[There, bool, str, bool, dict[str, int | str]]] = {
    "it is begun": (There(), True, "", True, {}),
    "its file is not taken": (There("upload"), True, "m: the batch could not be uploaded: no", False, KNOWN),
    "it is refused": (There("begin"), True, "m: the batch was refused: no", False, KNOWN),
    "whether it was made is not known": (There("begin", "transient"), True, "m: whether the batch was made is not known: no. Run the same command again: it looks for it before another one is made", True, {}),
    "it is under way": (There(state=_over("in_progress")), False, "", True, {}),
    "it was never made": (There(state=None), False, "", False, KNOWN),
    "it failed": (There(state=_over("failed", complaint="why")), False, "m: the batch b1 failed: why. Its 1 requests are asked again by the same command", False, KNOWN),
    "it failed, nobody says why": (There(state=_over("failed")), False, "m: the batch b1 failed: the server does not say why. Its 1 requests are asked again by the same command", False, KNOWN),
    "it is over without an answer": (There(state=_over("completed", "file")), False, "", False, {**KNOWN, REQUEST.key: 1}),
    "it ran out of time": (There(state=_over("expired")), False, "m: the batch b1 was expired, 1 of 1 requests unanswered: what it did not answer is asked again", False, {**KNOWN, REQUEST.key: 1}),
}  # fmt: skip


@pytest.mark.parametrize(("there", "leaves", "told", "is_kept", "known"), WAYS.values(), ids=WAYS)
async def test_what_is_kept_of_a_batch(
    there: There, leaves: bool, told: str, is_kept: bool, known: dict[str, int | str], tmp_path: Path
) -> None:
    said: list[str] = []
    with Store(tmp_path / "x.sqlite", write=True) as store:
        desk = Desk(SPEC, Written(), there, store, Progress(tell=said.append), _known=dict(KNOWN))  # type: ignore[arg-type]
        if leaves:
            with pytest.raises(WaitingError):
                await desk.ask(REQUEST)
            try:
                await desk.submit()
            except ProviderError as error:
                said += [str(error)] if error.fault == "fatal" else [error.fault]
        else:
            await store.keep_batch(NOTE, [(REQUEST.key, REQUEST.text)])
            await desk.collect()
            said += [str(desk.fatal)] if desk.fatal else []
        assert said == ([told] if told else [])
        notes = store.batch_notes("m")
        assert [note.batch for note in notes] == (["" if "not known" in told else "b1"] if is_kept else [])
        assert (store.batch_of(REQUEST.key) is not None) == is_kept, "the request lies in it, or in none"
        assert store.batch_known("m") == known


async def test_what_was_known_is_asked_of_nobody_again(tmp_path: Path) -> None:
    with Store(tmp_path / "x.sqlite", write=True) as store:
        desk = Desk(SPEC, Written(), There(), store, Progress(), _known={REQUEST.key: "too long"})  # type: ignore[arg-type]
        with pytest.raises(ProviderError, match="too long") as raised:
            await desk.ask(REQUEST)
        assert raised.value.fault == "data"
        await desk.submit()
        assert desk.there.asked == [], "nothing is wanted"  # type: ignore[attr-defined]
        assert store.batch_notes() == []
