"""What can be applied for, and who handles it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from services.gateway.access import Unseen
from services.gateway.api.answers import A_PAGE, After, Limit, noes
from services.gateway.guard import public
from services.gateway.parts import parts_of
from services.gateway.views.catalogue import Agency, ItemRow, Topic
from services.gateway.views.rows import Page
from shared.events.catalog import ItemPublished

router = APIRouter(tags=["items"], dependencies=[Depends(public)])


@router.get("/items")
def search(
    request: Request,
    after: After,
    q: Annotated[str, Query(max_length=100, description="words or a code")] = "",
    topic: Annotated[str | None, Query(max_length=100)] = None,
    agency: Annotated[str | None, Query(max_length=100)] = None,
    server: Annotated[Literal["natural", "legal"] | None, Query()] = None,
    in_use: bool = False,
    limit: Limit = A_PAGE,
) -> Page[ItemRow]:
    """Items whose name or code holds all the words."""
    return parts_of(request).screens.catalogue.search(
        q,
        topic=topic,
        agency=agency,
        server=server,
        in_use_only=in_use,
        after=after,
        limit=limit,
    )


@router.get("/items/{task_code}", responses=noes(404))
def item(
    request: Request,
    task_code: Annotated[str, Path(max_length=40)],
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> ItemPublished:
    """One item: guide, steps, materials and form."""
    found = parts_of(request).screens.catalogue.item(task_code, version)
    if found is None:
        raise Unseen
    return found


@router.get("/topics")
def topics(request: Request) -> list[Topic]:
    """The life categories, and how many items each has."""
    return parts_of(request).screens.catalogue.topics()


@router.get("/agencies")
def agencies(request: Request) -> list[Agency]:
    """Who handles cases."""
    return parts_of(request).screens.catalogue.agencies()
