"""How somebody reads: language and letter size, kept in two small cookies."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, Response

from services.gateway.pages.words import Language

A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Reading:
    language: Language
    is_large: bool


def reading_of(request: Request) -> Reading:
    """Return what the address asks for, else what was chosen before."""
    asked = request.query_params
    language = asked.get("lang") or request.cookies.get("lang")
    size = asked.get("size") or request.cookies.get("size")
    return Reading("en" if language == "en" else "zh", size == "large")


def keep_reading(request: Request, response: Response) -> None:
    """Remember the choice the address made."""
    reading = reading_of(request)
    chosen = {
        "lang": reading.language,
        "size": "large" if reading.is_large else "plain",
    }
    for name in chosen.keys() & request.query_params.keys():
        response.set_cookie(
            name, chosen[name], max_age=A_YEAR, samesite="lax", httponly=True
        )


def switched(request: Request, **choice: str) -> str:
    """Return this page's address, read another way."""
    return "?" + str(request.url.include_query_params(**choice).query)
