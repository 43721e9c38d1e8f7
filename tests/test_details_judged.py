"""What is said of the small inputs of tests/details/judged.py is what was recorded: `python -m tests.details` writes it anew."""

from __future__ import annotations

from tests.details.areas import recorded, said


def test_all_is_as_recorded() -> None:
    assert said("judged").splitlines() == recorded("judged").splitlines(), (
        "python -m tests.details, then look at the diff"
    )
