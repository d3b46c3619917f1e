"""What has been heard from the catalogue: who issues."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from shared.runtime.aggregate import Aggregate, Created


class Issuer(Aggregate):
    """An agency and the credit code by which it issues."""

    TOPIC = "credentials.Issuer"

    class Heard(Created):
        code: str
        credit_code: str

    def __init__(self, code: str, credit_code: str) -> None:
        self.credit_code = credit_code

    @staticmethod
    def create_id(code: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"issuer/{code}")
