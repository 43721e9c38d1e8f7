"""Looking and labelling from Python: `Run.label_queue`, `evalkit.view`."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

import evalkit
from tests.viewing import Client


@pytest.fixture
def mine(run: evalkit.Run, tmp_path: Path) -> evalkit.Run:
    shutil.copy(run.paths[0], tmp_path / "mine.sqlite")
    return evalkit.load_run(tmp_path / "mine.sqlite")


def test_replies_are_labelled_one_by_one(mine: evalkit.Run) -> None:
    queue = mine.label_queue(seed=2)
    first = queue.next("ada")
    assert isinstance(first, evalkit.LabelItem)
    assert first.problem is not None
    assert first.text in set(mine.replies()["text"])
    question = first.questions[0]
    assert isinstance(question, evalkit.LabelQuestion)
    queue.keep(first.place, "ada", {question.name: question.choices[0][1]})
    second = queue.next("ada")
    assert second is not None
    assert second.place != first.place
    assert (second.done, second.total) == (1, len(mine.replies().groupby(["problem", "template", "model", "sample"])))
    assert list(mine.labels()["metric"]) == [question.metric]
    queue.forget(first.place, "ada")
    assert mine.labels().empty
    again = queue.next("ada")
    assert again is not None
    assert again.place == first.place


def test_another_seed_asks_in_another_order_and_relations_are_asked(mine: evalkit.Run) -> None:
    places = {seed: item.place for seed in range(5) if (item := mine.label_queue(seed).next("ada"))}
    assert len(set(places.values())) > 1
    item, queue = mine.label_queue().next("ada"), mine.label_queue()
    while item is not None and not any(q.metric == "relation" for q in item.questions):
        item = queue.next("ada", item.place)
    assert item is not None
    assert all(item.text[q.start : q.stop] for q in item.questions if q.metric == "relation")


def test_what_was_not_asked_is_refused(mine: evalkit.Run) -> None:
    queue = mine.label_queue()
    item = queue.next("ada")
    assert item is not None
    with pytest.raises(evalkit.SpecError, match=r"number\.corect = 1.*not among what is asked"):
        queue.keep(item.place, "ada", {"number.corect": 1.0})
    with pytest.raises(evalkit.SpecError, match=r"place=.*the queue gave"):
        queue.keep(7, "ada", {})  # type: ignore[arg-type]


def test_a_page_is_served_beside_python_until_it_is_stopped(mine: evalkit.Run) -> None:
    with evalkit.view(mine.paths[0]) as page:
        assert isinstance(page, evalkit.View)
        assert page.url.startswith("http://127.0.0.1:")
        assert "mine" in Client(page.url).get("").text
        assert page.url in page._repr_html_()
    assert "stopped" in repr(page)
    assert "stopped" in page._repr_html_()
    page.stop()
    with pytest.raises(ConnectionRefusedError):
        Client(page.url).get("")


async def test_a_page_beside_a_running_event_loop_and_of_a_loaded_run(mine: evalkit.Run) -> None:
    page = evalkit.view([mine])
    try:
        assert (await asyncio.to_thread(Client(page.url).get, "")).status == 200
    finally:
        page.stop()


def test_where_nothing_can_be_served(mine: evalkit.Run, tmp_path: Path) -> None:
    with pytest.raises(evalkit.SpecError, match="nowhere"):
        evalkit.view(tmp_path / "nowhere")
    with evalkit.view(mine.paths[0]) as page, pytest.raises(evalkit.SpecError, match="give another one with port="):
        evalkit.view(mine.paths[0], port=int(page.url.split(":")[2].split("/")[0]))


def test_a_labeller_is_told_neither_arm_nor_model(mine: evalkit.Run) -> None:
    item = mine.label_queue().next("ada")
    assert item is not None
    assert not any(f"{name!r}" in repr(item) for name in mine.replies()["template"].unique())


def test_who_said_what(mine: evalkit.Run) -> None:
    queue = mine.label_queue()
    item = queue.next("ada")
    assert item is not None
    question = item.questions[0]
    for who, choice in (("ada", 0), ("ben", 1)):
        queue.keep(item.place, who, {question.name: question.choices[choice][1]})
    assert mine.labels()["value"].isna().all(), "a tie: nobody settled it"
    table = mine.labels(everyone=True)
    assert list(table["labeller"]) == ["ada", "ben"]
    assert list(table["value"]) == [question.choices[0][1], question.choices[1][1]]
