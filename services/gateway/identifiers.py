"""Whether a code or number is one: credit codes, identities, mobiles, credentials."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Literal

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2, mod_37_36

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_IDENTITY = re.compile(r"\d{17}[\dX]", re.ASCII)
OLDEST = date(1880, 1, 1)
_CREDENTIALS = "1.2.156.3005.2."


def is_credit_code(code: str) -> bool:
    """统一社会信用代码, GB 32100."""
    return bool(uscc.is_valid(code)) and code == uscc.compact(code)


def is_identity_number(code: str, today: date) -> bool:
    """居民身份证号码, GB 11643: checksum and date of birth.

    The county code is not looked up: codes come and go, people keep their numbers.
    """
    if not _IDENTITY.fullmatch(code) or not mod_11_2.is_valid(code):
        return False
    born = born_on(code)
    return born is not None and OLDEST <= born <= today


def born_on(code: str) -> date | None:
    try:
        return datetime.strptime(code[6:14] + "+0000", "%Y%m%d%z").date()
    except ValueError:
        return None


def is_mobile(number: str) -> bool:
    return bool(_MOBILE.fullmatch(number))


def is_mistyped_credential(text: str) -> bool:
    """Return whether this is meant as a 证照标识 (GB/T 36904) and can't be one.

    Its five parts are the kind, the issuer, a serial, a version and a check character.
    """
    if not text.startswith(_CREDENTIALS):
        return False
    parts = text.removeprefix(_CREDENTIALS).split(".")
    return len(parts) != 5 or not mod_37_36.is_valid("".join(parts))


def is_code_of(kind: Literal["natural", "legal"], code: str, today: date) -> bool:
    return is_credit_code(code) if kind == "legal" else is_identity_number(code, today)
