"""What is said of files with one fault each is what was recorded: `python -m tests.details` writes it anew."""

from __future__ import annotations

from tests.details.areas import recorded, said


def test_all_is_as_recorded() -> None:
    assert said("specs").splitlines() == recorded("specs").splitlines(), (
        "python -m tests.details, then look at the diff"
    )
