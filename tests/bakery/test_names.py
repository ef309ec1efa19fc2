"""Names as they are sorted and searched."""

import pytest

from bakery.names import FOLDED_LENGTH, folded


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Crème  Brûlée", "creme brulee"),
        ("ÄPFEL", "apfel"),
        ("Straße", "strasse"),
        ("ﬁne №2", "fine no2"),
        ("\tZopf ", "zopf"),
        ("面包", "面包"),
        ("", ""),
    ],
)
def test_case_accents_and_white_space_do_not_count(name: str, expected: str) -> None:
    assert folded(name) == expected
    assert folded(expected) == expected


def test_a_name_of_signs_that_decompose_stays_short_enough_for_an_index() -> None:
    assert len(folded("ﷺ" * 200)) == FOLDED_LENGTH
