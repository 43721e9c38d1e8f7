"""What the answer scorers make of the grid of final answers is what was recorded: `python -m tests.details` writes it anew."""

from __future__ import annotations

from tests.details.areas import recorded, said


def test_all_is_as_recorded() -> None:
    assert said("answers").splitlines() == recorded("answers").splitlines(), (
        "python -m tests.details, then look at the diff"
    )
