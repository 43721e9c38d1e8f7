"""What is told, counted and kept of the short questions before a run, where some server does not answer as it should."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from evalkit.asking import probe, probing
from evalkit.asking.connecting import Connected
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger
from evalkit.asking.stopping import Stop
from evalkit.errors import ProviderError
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.types import Ask, Attachment, ModelSpec, Prices, Reply, Request, Usage

SPEC = ModelSpec(id="openai:m", name="m", base_url="http://one/v1", prices=Prices(input=1e6, output=1e6))
ALONG = [Attachment(name, kind, name, size) for size, (name, kind) in enumerate((("a", "image/png"), ("b", "image/png"), ("c", "application/pdf")))]  # fmt: skip


async def _hangs(request: Request) -> Reply:
    await asyncio.sleep(60)
    raise AssertionError("nobody waits so long")


async def _fails(request: Request) -> Reply:
    raise ProviderError("no such key", fault="fatal")


async def _answers(request: Request) -> Reply:
    limit = int(str(request.parameters.get("max_tokens")))
    text = "one, two, three, four, five, six" if limit > 4 else "one"
    if request.messages[0].role == "system":
        text = "kiwi"
    if "stop" in request.parameters:
        text = "one"
    return Reply(f"{text}{request.parameters.get('seed', '')}", usage=Usage(2, 3))


async def _half(request: Request) -> Reply:
    """Fails where a seed is set."""
    return await (_fails if "seed" in request.parameters else _answers)(request)


WHOLE = (8, 40.0)  # requests, and what they cost at 1 a token
SPENT: dict[str, tuple[Ask, Budget, str, tuple[int, float], bool]] = {
    "answers": (_answers, Budget(), "", WHOLE, True),
    "hangs": (_hangs, Budget(), "m: the conformance probe was not answered within 0.05 s", (0, 0.0), False),
    "fails": (_fails, Budget(), "m: the conformance probe could not be asked: no such key", (0, 0.0), False),
    "fails in part": (_half, Budget(), "", (8, 25.0), True),
    "just enough requests": (_answers, Budget(max_requests=10), "", WHOLE, True),
    "one request too few": (_answers, Budget(max_requests=9), "m: no conformance probe: the budget does not cover it beside the first trials", (0, 0.0), False),
    "just enough money": (_answers, Budget(max_cost=512), "", WHOLE, True),
    "too little money": (_answers, Budget(max_cost=511), "m: no conformance probe: the budget does not cover it beside the first trials", (0, 0.0), False),
}  # fmt: skip


@pytest.mark.parametrize(("ask", "budget", "told", "spent", "kept"), SPENT.values(), ids=SPENT)
async def test_what_became_of_the_probe_is_told_and_counted(
    ask: Ask,
    budget: Budget,
    told: str,
    spent: tuple[int, float],
    kept: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probing, "WITHIN", 0.05)
    said: list[str] = []
    progress = Progress(probe=True, tell=said.append)
    servers = Connected(SPEC, [])
    with Store(tmp_path / "x.sqlite", write=True) as store:
        await probing.conformance({"one": ask}, servers, store, Ledger(budget, progress, Stop()), first=2)
        assert (probe.stored(store, SPEC, "m") is not None) == kept
    assert (said, (progress.probes, progress.probe_cost)) == ([told] if told else [], spent)
    assert progress.probing == 0


FILES: dict[str, tuple[Mapping[str, Ask], list[str], int, bool]] = {
    "all take them": ({"one": _answers, "two": _answers}, [], 2, True),
    "the first fails": (
        {"one": _fails, "two": _answers},
        ["m at one: could not be asked whether it takes attachments: no such key"],
        1,
        False,
    ),
    "the only one fails": (
        {"one": _fails},
        ["m: could not be asked whether it takes attachments: no such key"],
        0,
        False,
    ),
}


@pytest.mark.parametrize(("asks", "told", "asked", "kept"), FILES.values(), ids=FILES)
async def test_every_server_is_asked_whether_it_takes_files_until_all_have_answered(
    asks: Mapping[str, Ask], told: list[str], asked: int, kept: bool, tmp_path: Path
) -> None:
    said: list[str] = []
    with Store(tmp_path / "x.sqlite", write=True) as store:
        for again in (False, True):
            progress = Progress(tell=said.append)
            await probing.files(asks, SPEC, ALONG, store, progress)
            assert said == ([] if again and kept else told)
            assert (progress.probes, progress.probe_cost) == ((0, 0.0) if again and kept else (asked, 5.0 * asked))
            said.clear()
        progress = Progress()
        await probing.files(asks, SPEC, ALONG[:2], store, progress)
        assert progress.probes == asked, "other types of files are another question"
        await probing.files(asks, SPEC, [], store, progress)
        assert progress.probes == asked, "nothing goes along"


async def test_the_smallest_file_of_each_type_goes_along(tmp_path: Path) -> None:
    sent: list[str] = []

    async def ask(request: Request) -> Reply:
        sent.extend(file.name for file in request.messages[0].attachments)
        return Reply("yes")

    assert await probe.attachments(ask, SPEC, ALONG) is None, "the server counts nothing"
    assert sorted(sent) == ["a", "c"]
