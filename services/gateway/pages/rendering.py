"""Turn a template and what it shows into a page for this reader."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.gateway.blobs import LARGEST_FILE
from services.gateway.pages import pictures, say
from services.gateway.pages.reading import keep_reading, reading_of, switched
from services.gateway.pages.speech import Speech
from services.gateway.pages.words import Words
from shared.runtime import clock

STATIC = Path(__file__).parent / "static"


@cache
def fingerprint() -> str:
    """Return a name for the styles as they are, so that browsers may keep them."""
    content = b"".join(page.read_bytes() for page in sorted(STATIC.iterdir()))
    return hashlib.sha256(content).hexdigest()[:12]


def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("services.gateway.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        beads=pictures.beads,
        bars=pictures.bars,
        calendar_weeks=pictures.calendar_weeks,
        largest_file=LARGEST_FILE,
        static=lambda name: f"/static/{name}?v={fingerprint()}",
    )
    made.filters.update(size=say.say_size, time=say.say_time)
    return made


@dataclass(frozen=True)
class Pages:
    """All pages: `pages.show(request, "home.html", …)`.

    `surroundings` returns what every page needs to know about a request: who is
    signed in, where they may go, and the token their forms carry.
    """

    surroundings: Callable[[Request], dict[str, Any]]
    words: Words = field(default_factory=Words.load)
    templates: Environment = field(default_factory=environment)

    def speech(self, request: Request, on: date | None = None) -> Speech:
        language = reading_of(request).language
        return Speech(self.words, language, on or clock.today())

    def show(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        on: date | None = None,
        **shown: Any,
    ) -> HTMLResponse:
        """Render a template; `on` is another day than today, for examples."""
        speech = self.speech(request, on)
        html = self.templates.get_template(template).render(
            request=request,
            path=request.url.path,
            reading=reading_of(request),
            switched=partial(switched, request),
            today=speech.today,
            **speech.spoken(),
            **self.surroundings(request),
            **shown,
        )
        response = HTMLResponse(html, status_code=status)
        keep_reading(request, response)
        return response


def pages_of(request: Request) -> Pages:
    return cast(Pages, request.app.state.pages)


def show(request: Request, template: str, **shown: Any) -> HTMLResponse:
    """Show a page of the app this request is for."""
    return pages_of(request).show(request, template, **shown)


def speech_of(request: Request) -> Speech:
    return pages_of(request).speech(request)
