from __future__ import annotations

from datetime import date

import pytest

from services.gateway.identifiers import (
    is_credit_code,
    is_identity_number,
    is_mistyped_credential,
    is_mobile,
)

TODAY = date(2016, 1, 4)


@pytest.mark.parametrize(
    "number",
    [
        "410102198506123018",
        "41010320101001402X",
        "410185199501011004",
        "410185195203081022",  # born before its county code existed
        "41017119900101100X",  # of a zone that has no entry in the tables
    ],
)
def test_an_identity_number_holds_whatever_county_it_names(number: str) -> None:
    assert is_identity_number(number, TODAY)


@pytest.mark.parametrize(
    "number",
    [
        "410102198506123019",  # checksum
        "41010320101001402x",
        "410102851231301",  # of 15 digits
        "410102202606123014",
        "",
        "4101021985061230１8",
    ],
)
def test_what_is_no_identity_number_is_refused(number: str) -> None:
    assert not is_identity_number(number, TODAY)


def test_a_credit_code_has_eighteen_characters_and_a_check_character() -> None:
    assert is_credit_code("91410185MA90001186")
    assert not is_credit_code("91410185MA90001187")
    assert not is_credit_code("91410185 MA90001186")
    assert not is_credit_code("²" * 18)


def test_a_mobile_number_has_eleven_digits() -> None:
    assert is_mobile("13800003210")
    assert not is_mobile("12800003210")
    assert not is_mobile("138000032101")


PUBLISHED = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"


@pytest.mark.parametrize(
    "mistyped",
    [
        PUBLISHED.replace("20230000403", "20230000404"),
        PUBLISHED.replace("403", "4O3"),
        PUBLISHED[:-2],
        PUBLISHED[:-1] + "证",
    ],
)
def test_a_slip_in_the_identifier_of_a_credential_is_noticed(mistyped: str) -> None:
    assert is_mistyped_credential(mistyped)


@pytest.mark.parametrize("asked", [PUBLISHED, "豫410185-2016-000123", ""])
def test_what_may_be_an_identifier_or_is_a_number_is_not_called_wrong(
    asked: str,
) -> None:
    assert not is_mistyped_credential(asked)
