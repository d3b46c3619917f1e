"""What an officer wrote that was not taken, for the form it came from."""

from __future__ import annotations

from uuid import UUID

from services.gateway.domain.request import Request
from services.gateway.parts import Parts
from services.gateway.standing import Person

FORMS = {
    "supplement_notice_requested": "notice-defects",
    "decline_requested": "decline-reason",
    "delivery_requested": "deliver-received_by",
    "step_pass_requested": "pass-opinion",
}


def written_in(asked: Request) -> dict[str, str]:
    """Return the words of a request by the field of the desk they were written in."""
    kind = asked.kind.partition(".")[2]
    if kind == "step_decision_requested":
        field = "grant-opinion" if asked.payload["granted"] else "refuse-opinion"
    elif (known := FORMS.get(kind)) is None:
        return {}
    else:
        field = known
    said = asked.payload[field.partition("-")[2]]
    return {field: said if isinstance(said, str) else "\n".join(said)}


def unsent(
    parts: Parts, person: Person, application_id: UUID, asked: UUID | None
) -> dict[str, str]:
    """Return what this officer wrote in an earlier request on this case."""
    found = parts.requests.find(asked) if asked else None
    if found is None or found.person != person.id:
        return {}
    return written_in(found) if found.application_id == application_id else {}
