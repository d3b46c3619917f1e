"""The identifier of an electronic credential (证照标识, GB/T 36904)."""

from __future__ import annotations

from stdnum.iso7064 import mod_37_36

ROOT = "1.2.156.3005.2"


def identifier(kind: str, issuer: str, serial: str, version: int) -> str:
    """Return the identifier: root, type, issuer, serial, version, check character.

    `kind` is the type code (证照类型代码), `issuer` a credit code (18 characters).
    """
    parts = [kind, issuer, serial, f"{version:03d}"]
    return ".".join([ROOT, *parts, mod_37_36.calc_check_digit("".join(parts))])
