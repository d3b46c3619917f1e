"""News as it comes: server-sent events that go on from Last-Event-ID."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from services.gateway import live
from services.gateway.access import Act, is_allowed
from services.gateway.api.answers import ONE, SIGNED_IN, noes, receipt_of
from services.gateway.guard import Requires
from services.gateway.live import News
from services.gateway.parts import parts_of
from services.gateway.requests import Recorded
from services.gateway.standing import Person, county_of

router = APIRouter(prefix="/live", tags=["live"], responses=noes(422, 429, 503))

Last = Annotated[str | None, Header(alias="Last-Event-ID", max_length=40)]


@router.get("/cards", responses=SIGNED_IN, response_class=StreamingResponse)
def cards(
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.SEE_BOARD))],
    last: Last = None,
    region: Annotated[str | None, Query(max_length=12)] = None,
) -> StreamingResponse:
    """Cards of a region as they come or are revoked, from now or the last one seen."""
    board = parts_of(request).screens.board
    county = county_of(region or person.region)

    def read(after: str) -> Sequence[News]:
        return [
            News(id=str(card.news), event="card", data=card)
            for card in board.cards_since(county, _seq(after))
        ]

    begin = last if last is not None else str(board.newest())
    return _stream(request, person, live.CARDS, read, begin)


@router.get("/cases/{application_id}", responses=ONE, response_class=StreamingResponse)
def case(
    request: Request,
    application_id: UUID,
    person: Annotated[Person, Depends(Requires(Act.SEE_CASE))],
    last: Last = None,
) -> StreamingResponse:
    """Entries of a case's time line: all of them, or from the last one seen."""
    screens = parts_of(request).screens
    standing = screens.cases.standing(application_id)
    is_party = is_allowed(person, Act.READ_FILE, standing)

    def read(after: str) -> Sequence[News]:
        entries = screens.timeline.entries(
            application_id, with_words=is_party, after=_seq(after)
        )
        return [
            News(id=str(entry.seq), event="entry", data=entry)
            for entry in sorted(entries, key=lambda entry: entry.seq)
        ]

    return _stream(request, person, live.case(application_id), read, last or "0")


@router.get("/requests/{request_id}", responses=ONE, response_class=StreamingResponse)
def outcome(
    request: Request,
    request_id: UUID,
    person: Annotated[Person, Depends(Requires(Act.SEE_REQUEST))],
    last: Last = None,
) -> StreamingResponse:
    """What came of a request, once it is known."""
    parts = parts_of(request)
    found = parts.requests.find(request_id)
    assert found is not None  # the guard has found it
    recorded = Recorded(found.id, found.application_id, found.created_on)

    def read(after: str) -> Sequence[News]:
        known = parts.asking.outcome_now(request_id, recorded.application_id)
        receipt = receipt_of(recorded, known)
        if receipt.state == after:
            return []
        return [News(id=receipt.state, event="outcome", data=receipt)]

    topic = live.request(request_id), live.case(recorded.application_id)
    return _stream(request, person, topic, read, last or "")


def _stream(
    request: Request,
    person: Person,
    topics: str | tuple[str, ...],
    read: Callable[[str], Sequence[News]],
    after: str,
) -> StreamingResponse:
    parts = parts_of(request)
    parts.live.must_have_room(person.id)
    return StreamingResponse(
        parts.live.stream(topics, read, after, person.id),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


def _seq(after: str) -> int:
    return int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
