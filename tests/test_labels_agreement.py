"""How far scorers, labellers and labelled relations agree: counted by hand, and as it is printed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from evalkit.comparing.agreement import Row, table_rows
from evalkit.comparing.labellers import checked, differing, relation_labels
from evalkit.errors import SpecError
from evalkit.interface.label_queue import LabelQueue
from evalkit.interface.labelling import add_labels
from evalkit.interface.loading import load_run
from evalkit.runfile.store import Store
from evalkit.stats.agreement import agreement
from evalkit.stats.corrected import corrected_mean
from evalkit.types import RELATION, Reply, Score, Transcript, Turn
from tests.arrange import inside
from tests.test_labels import TEXTS, TRIAL, row
from tests.viewing import fill


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return fill(tmp_path / "x.sqlite", TEXTS)


AGREED = [
    # human, judge, what the table says: agree, kappa, prevalence, label>score, corrected mean (nothing: one row for all arms)
    ("0/1", [1, 1, 0, 0], [1, 0, 0, 0],
     ("0.75 [0.30, 0.95]", "0.50 [-0.23, 1.00]", "1: 0.50/0.25", "1>0: 1", "? (4 human labels: at least 30 are needed)")),
    ("nothing is right", [0, 0], [0, 0], ("1.00 [0.34, 1.00]", "–", "1: 0.00/0.00", "")),
    ("all is right", [1, 1], [1, 1], ("1.00 [0.34, 1.00]", "–", "1: 1.00/1.00", "")),
    ("without spread", [1, 0, 1], [1, 0, 1], ("1.00 [0.44, 1.00]", "1.00 [?]", "1: 0.67/0.67", "")),
    ("levels", [0, 1, 2, 3, 3, 3], [1, 1, 2, 3, 0, 0],
     ("0.50 [0.19, 0.81]", "0.36 [-0.13, 0.84]", "0: 0.17/0.33, 1: 0.17/0.33, 2: 0.17/0.17, 3: 0.50/0.17", "3>0: 2, 0>1: 1")),
    ("more than four", [0, 1, 2, 3, 4], [1, 2, 3, 4, 0],
     ("0.00 [0.00, 0.43]", "-0.25 [?]", "0: 0.20/0.20, 1: 0.20/0.20, 2: 0.20/0.20, 3: 0.20/0.20, ...",
      "0>1: 1, 1>2: 1, 2>3: 1, 3>4: 1, ...")),
    ("enough labels", [1, 0] * 15, [1, 1] * 15, ("0.50 [0.33, 0.67]", "0.00 [?]", "1: 0.50/1.00", "0>1: 15", "0.50 [0.33, 0.67]")),
    ("labels alike", [2] * 30, [1] * 30, ("0.00 [0.00, 0.11]", "0.00 [?]", "1: 0.00/1.00, 2: 1.00/0.00", "2>1: 30", "2.00")),
]  # fmt: skip


@pytest.mark.parametrize(("human", "judge", "told"), [a[1:] for a in AGREED], ids=[a[0] for a in AGREED])
def test_the_table_of_agreement(human: list[int], judge: list[int], told: tuple[str, ...]) -> None:
    corrected = corrected_mean(human, judge, [1.0] * 9) if len(told) > 4 else None
    heads, (cells,) = table_rows([Row("m.x", "hint", agreement(human, judge), 2, corrected)])
    assert heads[:5] == ("metric", "arm", "labels", "unjudged", "agree")
    assert heads[5:] == ("kappa", "prevalence", "label>score", "corrected mean")
    assert cells[:4] == ("m.x", "hint", str(len(human)), "2")
    assert cells[4:] == told + ("",) * (5 - len(told))


def test_labellers_among_themselves(path: Path) -> None:
    marks = [
        row(v, who, sample=s)
        for who, values in (("anna", (1, 0, 1)), ("ben", (1, 1, None)))
        for s, v in enumerate(values)
    ]
    add_labels(path, marks)
    (found,) = load_run(path).agreement().among
    assert (found.labellers, found.unjudged) == (("anna", "ben"), 1)
    assert found.found is not None
    assert (found.found.n, found.found.raw) == (2, 0.5)
    shown = inside("agreement", str(path)).stdout
    assert "Labellers with each other" in shown
    assert "Too few labels to rely on" in shown
    kinds = Counter(
        r.get("kind", "scorer") for r in json.loads(inside("agreement", str(path), "--all", "--json").stdout)
    )
    assert kinds["labellers"] == 1


def test_where_scorer_and_label_differ(path: Path) -> None:
    add_labels(path, [row(0.0)])
    with Store(path) as store:
        (found,) = differing(store)
    assert (found.trial, found.label, found.score, found.reason) == (TRIAL, 0.0, 1.0, "it says so")
    assert "Where scorer and label differ" in inside("agreement", str(path)).stdout


VERDICTS = {(0, 5): "holds", (6, 9): "fails", (10, 12): "disputed", (13, 15): "identity"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({(0, 5): [1.0], (6, 9): [0.0]}, ((1, 0), (0, 1), (0, 0), 0, 0, 1.0)),
        ({(0, 5): [0.0], (13, 15): [1.0]}, ((1, 1), (0, 0), (0, 0), 0, 0, 0.5)),
        ({(10, 12): [1.0]}, ((0, 0), (0, 0), (1, 0), 0, 0, None)),
        ({(0, 5): [1.0, 0.0]}, ((0, 0), (0, 0), (0, 0), 1, 0, None)),
        ({(0, 5): [None]}, ((0, 0), (0, 0), (0, 0), 1, 0, None)),
        ({(7, 8): [1.0]}, ((0, 0), (0, 0), (0, 0), 0, 1, None)),
    ],
    ids=["right", "wrong", "undecided", "labellers differ", "unclear", "gone"],
)
def test_the_checker_on_labelled_relations(
    said: dict[tuple[int, int], list[float | None]], expected: tuple[object, ...]
) -> None:
    rows = checked({(TRIAL, 1): said}, {(TRIAL, 1): VERDICTS})
    assert [r.arm for r in rows] == ["all arms", "plain"]
    for r in rows:
        share = r.right[0] if r.right else None
        assert (r.called_true, r.called_false, r.undecided, r.unclear, r.gone, share) == expected


def test_relations_of_a_derivation_are_asked_about_and_checked(tmp_path: Path) -> None:
    from evalkit.interface.relations import places

    path = tmp_path / "x.sqlite"
    source = 'title = "T"\nstatement = "s"\n[staff]\nsolution = "x"\n[symbols]\nx = "scalar"\n[score.equations]\n'
    text = "We have $x + x = 2x$, and so $x + x = 3x$."
    with Store(path, write=True) as store:
        store.keep_spec("problem", "set/p0", source).result()
        said = (Turn("user", "?"), Turn("assistant", text, Reply(text)))
        store.keep_transcript(Transcript(TRIAL, said)).result()
        store.keep_scores(1, 1, "equations", "1-x", [Score("false", 1.0, "one")]).result()
    queue = LabelQueue(path, relations=places)
    item = queue.next("anna")
    assert item is not None
    asked = [q for q in item.questions if q.metric == RELATION]
    assert [text[q.start : q.stop].replace("$", "") for q in asked] == ["x + x = 2x", "x + x = 3x"]
    queue.keep(item.place, "anna", {asked[0].name: 1.0, asked[1].name: 0.0})
    with pytest.raises(SpecError, match="not among what is asked"):
        queue.keep(item.place, "anna", {"relation:0:99": 1.0})
    with Store(path) as store:
        assert len(relation_labels(store)[TRIAL, 1]) == 2
    found = load_run(path).agreement().relations[0]
    assert (found.called_true, found.called_false) == ((1, 0), (0, 1))
    assert "How often is the checker right" in inside("agreement", str(path)).stdout
