"""Finding a service, and the guide of one."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.gateway.access import Act, Unseen, is_allowed
from services.gateway.guard import public
from services.gateway.pages.history import Stop, stops
from services.gateway.pages.rendering import show, speech_of
from services.gateway.pages.speech import Speech
from services.gateway.pages.telling import Names
from services.gateway.parts import Parts, parts_of
from services.gateway.standing import Person
from shared.events.catalog import ItemPublished
from shared.events.fact import Text

router = APIRouter()
Reader = Annotated[Person | None, Depends(public)]
Word = Annotated[str, Query(max_length=100)]
_NUMBER = re.compile(r"[0-9A-Z]{32,}", re.ASCII)  # 实施编码 (31), day, serial


@router.get("/items")
def search(
    request: Request,
    person: Reader,
    q: Word = "",
    topic: Word = "",
    agency: Word = "",
    after: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """What can be done; the number of a case one may see leads to the case."""
    parts, wanted = parts_of(request), q.strip()
    if found := _case_numbered(parts, person, wanted):
        return RedirectResponse(found, 303)
    if is_case_number(wanted):
        back = f"/items?q={quote(wanted)}"
        return show(request, "items_number.html", query=wanted, back=quote(back))
    catalogue = parts.screens.catalogue
    page = catalogue.search(
        q, topic=topic or None, agency=agency or None, after=after or None
    )
    topics = catalogue.topics()
    agencies = {each.code: each.name for each in catalogue.agencies()}
    about = {each.topic: each.name or each.topic for each in topics}.get(topic)
    return show(
        request,
        "items.html",
        query=q,
        topic=topic,
        topics=topics,
        about=about or agencies.get(agency),
        items=page.items,
        next=page.next,
    )


@router.get("/items/{task_code}")
def guide(request: Request, task_code: str, person: Reader) -> HTMLResponse:
    parts, speech = parts_of(request), speech_of(request)
    catalogue = parts.screens.catalogue
    item = catalogue.item(task_code)
    if item is None:
        raise Unseen
    names = names_of(parts)
    has_draft = bool(person and parts.drafts.draft(person.id, task_code))
    return show(
        request,
        "item.html",
        item=item,
        agency=catalogue.agency(item.agency),
        successor=catalogue.item(item.successor) if item.successor else None,
        stops=_route(speech, item, names),
        decides=_deciders(speech, item, names),
        has_draft=has_draft,
        may_file=item.is_instant
        and is_allowed(person, Act.FILE_AT_WINDOW, item.agency),
    )


def names_of(parts: Parts) -> Names:
    """Return the names of all agencies."""
    return {each.code: each.name for each in parts.screens.catalogue.agencies()}


def is_case_number(words: str) -> bool:
    """Return whether this looks like 办件编号, whether or not there is such a case."""
    return _NUMBER.fullmatch(words) is not None


def _case_numbered(parts: Parts, person: Person | None, number: str) -> str | None:
    if not person or not number:
        return None
    cases = parts.screens.cases
    found = cases.numbered(number)
    if not found or not is_allowed(person, Act.SEE_CASE, cases.standing(found)):
        return None
    return f"/desk/cases/{found}" if person.is_officer else f"/cases/{found}"


def _route(speech: Speech, item: ItemPublished, names: Names) -> list[Stop]:
    """Return the way of a case from the applicant and back to them."""
    window = speech.text(names.get(item.agency, item.agency))
    online = speech.word("item.step.online")
    you = online if item.handling == "online" else speech.text(item.place)
    return [
        Stop("mine", speech.word("item.step.apply"), you),
        Stop("", speech.word("item.step.accept"), window),
        *stops(speech, item, names),
        Stop("mine", speech.word("item.step.receive"), speech.text(item.result.name)),
    ]


def _deciders(speech: Speech, item: ItemPublished, names: Names) -> str:
    codes = [step.agency for step in item.steps if step.kind == "decide"]
    deciding: list[Text | str] = [
        names.get(code, code) for code in dict.fromkeys(codes or [item.agency])
    ]
    return " · ".join(speech.text(name) for name in deciding)
