from __future__ import annotations

from datetime import date

from services.credentials.domain.credential import last_valid_day
from services.credentials.domain.identifier import identifier


def test_check_character_is_that_of_the_published_example():
    made = identifier("11100000000013338W011", "11430000006122244L", "20230000403", 1)

    assert made == (
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
    )


def test_three_years_end_the_day_before():
    assert last_valid_day(date(2016, 1, 13), 3) == date(2019, 1, 12)
    assert last_valid_day(date(2016, 2, 29), 3) == date(2019, 2, 28)
    assert last_valid_day(date(2016, 1, 13), None) is None
