"""The answer to a request that a rule says no to; told by whoever was asked."""

from __future__ import annotations

from uuid import UUID

from shared.events.fact import Fact, Text


class RequestRefused(Fact):
    TYPE = "refusal.request_refused"
    FOR = "gateway"
    SUBJECT = "subject_id"

    subject_id: UUID  # the case the request was about
    request_id: UUID
    rule: str  # the name of the rule, e.g. "OnlyOneSupplementNotice"
    reason: Text
    what_next: Text
    basis: str = ""  # the article the rule rests on, if it is a legal one
