"""What is said of the small inputs of tests/details/worlds.py is what was recorded: `python -m tests.details` writes it anew."""

from __future__ import annotations

from tests.details.areas import recorded, said


def test_all_is_as_recorded() -> None:
    assert said("worlds").splitlines() == recorded("worlds").splitlines(), (
        "python -m tests.details, then look at the diff"
    )
