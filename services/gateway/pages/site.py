"""The pages as the web application takes them in: routes, styles, problems as pages."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from services.gateway.pages import routes
from services.gateway.pages.errors import error_page
from services.gateway.pages.rendering import STATIC, Pages
from services.gateway.pages.surroundings import surroundings
from services.gateway.problems import Problem


class Styles(StaticFiles):
    """Files whose addresses change when they do, so that they may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class Site:
    def install(self, app: FastAPI) -> None:
        app.state.pages = Pages(surroundings)
        app.mount("/static", Styles(directory=STATIC))
        for router in routes.all_of_them():
            app.include_router(router, include_in_schema=False)

    def problem(self, request: Request, problem: Problem) -> Response:
        return error_page(request, problem)
