"""The OpenAPI document: what the framework writes, with problems as what they are."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from services.gateway.problems import MEDIA_TYPE, ProblemShape

_PROBLEM = {"$ref": f"#/components/schemas/{ProblemShape.__name__}"}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the document; the same one every time."""
    written = FastAPI.openapi(app)
    for path in written["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                for media_type in list(content):
                    if content[media_type].get("schema") == _PROBLEM:
                        content[MEDIA_TYPE] = content.pop(media_type)
    return written
