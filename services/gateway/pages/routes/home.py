"""您要办什么事: search, ways in, what I have under way; help; all components."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.gateway.guard import public
from services.gateway.pages import design
from services.gateway.pages.drafting import open_drafts
from services.gateway.pages.rendering import show
from services.gateway.parts import parts_of
from services.gateway.standing import Person

router = APIRouter()
Reader = Annotated[Person | None, Depends(public)]

MOST_CASES = 3
MOST_ITEMS = 9


@router.get("/")
def home(request: Request, person: Reader) -> HTMLResponse:
    parts = parts_of(request)
    screens = parts.screens
    mine = screens.cases.of_person(person.id, limit=20).items if person else ()
    under_way = [case for case in mine if not case.is_ended][:MOST_CASES]
    return show(
        request,
        "home.html",
        cases=[(case, screens.calendars.days_left(case)) for case in under_way],
        drafts=open_drafts(parts, person) if person else [],
        items=screens.catalogue.search(in_use_only=True, limit=MOST_ITEMS).items,
        topics=screens.catalogue.topics(),
        agencies=screens.catalogue.busy_agencies(),
        figures=screens.performance.figures(),
    )


@router.get("/help")
def help_page(request: Request, _: Reader) -> HTMLResponse:
    return show(request, "help.html")


@router.get("/design")
def components(request: Request, _: Reader) -> HTMLResponse:
    return show(request, "design.html", on=design.ON, **design.examples())
