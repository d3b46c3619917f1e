"""Files as browsers send them in forms: stored at once, remembered by material."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData, UploadFile

from services.gateway import saying
from services.gateway.blobs import LARGEST_FILE, Blobs, NotAllowed, TooLarge
from services.gateway.filing import MaterialIn, must_bring
from shared.events.catalog import ItemPublished, Material
from shared.events.fact import Text

LONGEST_NAME = 200


class Given(MaterialIn):
    """A file somebody has handed in for a material, kept in their draft."""

    media_type: str
    size: int

    @property
    def sent(self) -> MaterialIn:
        return MaterialIn(
            material=self.material, sha256=self.sha256, file_name=self.file_name
        )


def to_bring(item: ItemPublished) -> list[Material]:
    """Return the materials that people themselves hand in."""
    return [
        material
        for material in item.materials
        if must_bring(material)
        or (material.source == "self" and not material.is_exempt)
    ]


async def files_in(form: FormData) -> dict[str, tuple[str, bytes]]:
    """Read each file chosen in a form, by its field: its name and its content."""
    files = {
        field: (_last_part(value.filename), await value.read())
        for field, value in form.items()
        if isinstance(value, UploadFile) and value.filename
    }
    await form.close()
    return files


def keep(
    files: Mapping[str, tuple[str, bytes]],
    item: ItemPublished,
    blobs: Blobs,
    person: str,
) -> tuple[dict[str, Given], dict[str, Text]]:
    """Store files for the materials they are for; return them, and what is wrong."""
    given: dict[str, Given] = {}
    problems: dict[str, Text] = {}
    for material in to_bring(item):
        if material.code not in files:
            continue
        name, content = files[material.code]
        try:
            stored = blobs.put(content, person)
        except TooLarge:
            problems[material.code] = saying.too_large(LARGEST_FILE)
        except NotAllowed:
            problems[material.code] = saying.KINDS_OF_FILE
        else:
            given[material.code] = Given(
                material=material.code,
                file_name=name,
                **stored.model_dump(include={"sha256", "media_type", "size"}),
            )
    return given, problems


def recalled(content: Mapping[str, Any]) -> dict[str, Given]:
    """Read the files a draft remembers."""
    return {
        code: Given.model_validate(given)
        for code, given in content.get("materials", {}).items()
    }


def _last_part(name: str | None) -> str:
    """Return a file's own name: some browsers send where it lay as well."""
    last = (name or "").replace("\0", "").replace("\\", "/").rpartition("/")[2]
    return last.strip()[-LONGEST_NAME:].strip() or "file"
