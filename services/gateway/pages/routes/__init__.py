"""One file a screen: what it reads, what its forms ask for."""

from __future__ import annotations

from fastapi import APIRouter

from services.gateway.pages.routes import (
    apply,
    board,
    cases,
    certificates,
    desk,
    desk_acts,
    filing,
    home,
    items,
    operations,
    receipts,
    sign_in,
    supplement,
)


def all_of_them() -> list[APIRouter]:
    return [
        home.router,
        items.router,
        apply.router,
        supplement.router,
        cases.router,
        receipts.router,
        desk.router,
        filing.router,
        desk_acts.router,
        certificates.router,
        board.router,
        operations.router,
        sign_in.router,
    ]
