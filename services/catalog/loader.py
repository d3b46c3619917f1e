"""Reads the data folder into a catalogue, or says what is wrong, per file and field.

Words for people are written `中文 | English`. What follows from something else (an
item's code, region and level follow from its agency) is not written but completed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, RootModel

from services.catalog.catalogue import Catalogue
from services.catalog.domain.agency import Agency
from services.catalog.domain.service_item import ServiceItem
from shared.calendar.china import working_calendar
from shared.calendar.table import TableInvalid, load, shaped
from shared.events.catalog import AgencyRegistered, ItemPublished
from shared.events.fact import Text

DATA = Path(__file__).parent / "data"
COMPLETED = ("item_id", "version", "task_code", "region", "level", "topic_names")


class CatalogueInvalid(ValueError):
    """Files that cannot be read; each problem names its file and field."""

    def __init__(self, found: list[TableInvalid]) -> None:
        self.problems = [
            (error.path.name, problem) for error in found for problem in error.problems
        ]
        super().__init__("\n".join(f"{name}: {said}" for name, said in self.problems))


class _Words(RootModel[dict[str, Text]]):
    """Codes and what they are called."""


class _Topics(BaseModel):
    natural: dict[str, Text]
    legal: dict[str, Text]


def load_catalogue(folder: Path = DATA) -> Catalogue:
    """Read the whole folder; raises CatalogueInvalid with every problem at once."""
    try:
        regions = _words(folder / "regions.yaml")
        topics = dict(_topics(folder / "topics.yaml"))
        credential_types = _words(folder / "credential-types.yaml")
        agencies = _agencies(folder / "agencies.yaml", regions)
        calendar = working_calendar(table=folder / "calendar.yaml")
    except TableInvalid as error:
        raise CatalogueInvalid([error]) from error
    items: list[ItemPublished] = []
    found: list[TableInvalid] = []
    topic_names = topics["natural"] | topics["legal"]
    for path in sorted((folder / "items").glob("*.yaml")):
        try:
            items.append(_item(path, agencies, topic_names))
        except TableInvalid as error:
            found.append(error)
    if found:
        raise CatalogueInvalid(found)
    return Catalogue(agencies, tuple(items), topics, credential_types, calendar)


def _words(path: Path) -> Mapping[str, Text]:
    return shaped(path, _in_two_languages(load(path)), _Words).root


def _topics(path: Path) -> _Topics:
    return shaped(path, _in_two_languages(load(path)), _Topics)


def _agencies(
    path: Path, regions: Mapping[str, Text]
) -> Mapping[str, AgencyRegistered]:
    rows = _in_two_languages(load(path))
    agencies = {}
    for row in (_fields(path, row) for row in _list(path, rows)):
        code, region = str(row.get("code")), str(row.get("region"))
        if code in agencies:
            raise TableInvalid(path, [f"{code}: 重复登记 / registered twice"])
        if region not in regions:
            raise _unknown(path, f"{code}.region", region)
        agencies[code] = shaped(
            path,
            row
            | {
                "agency_id": Agency.create_id(code),
                "region": {"code": region, "name": regions[region]},
            },
            AgencyRegistered,
            at=code,
        )
    return agencies


def _item(
    path: Path, agencies: Mapping[str, AgencyRegistered], topics: Mapping[str, Text]
) -> ItemPublished:
    row = _fields(path, _in_two_languages(load(path)))
    if written := [name for name in COMPLETED if name in row]:
        raise TableInvalid(path, [f"{n}: {_COMPLETES_ITSELF}" for n in written])
    agency = agencies.get(str(row.get("agency")))
    if agency is None:
        raise _unknown(path, "agency", row.get("agency"))
    for topic in _list(path, row.get("topics"), "topics"):
        if topic not in topics:
            raise _unknown(path, "topics", topic)
    task_code = f"{agency.credit_code}{agency.level}{row.get('catalog_code')}"
    return shaped(
        path,
        row
        | {
            "item_id": ServiceItem.create_id(task_code),
            "version": 0,
            "task_code": task_code,
            "region": agency.region.code[:6],  # a town is supervised by its county
            "level": agency.level,
            "topic_names": [topics[topic] for topic in row["topics"]],
            "steps": [
                _step(path, number, step, agencies)
                for number, step in enumerate(_list(path, row.get("steps"), "steps"))
            ],
        },
        ItemPublished,
    )


def _step(
    path: Path, number: int, step: Any, agencies: Mapping[str, AgencyRegistered]
) -> dict[str, Any]:
    code = _fields(path, step).get("agency")
    agency = agencies.get(str(code))
    if agency is None:
        raise _unknown(path, f"steps.{number}.agency", code)
    return {**step, "level": agency.level}


def _in_two_languages(content: Any) -> Any:
    match content:
        case dict():
            return {key: _in_two_languages(value) for key, value in content.items()}
        case list():
            return [_in_two_languages(value) for value in content]
        case str() if " | " in content:
            zh, en = content.split(" | ", 1)
            return {"zh": zh.strip(), "en": en.strip()}
        case _:
            return content


def _list(path: Path, content: Any, field: str = "-") -> list[Any]:
    if not isinstance(content, list):
        raise TableInvalid(path, [f"{field}: 应为列表 / must be a list"])
    return content


def _fields(path: Path, content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise TableInvalid(path, ["-: 应为一组字段 / must be a set of fields"])
    return content


def _unknown(path: Path, field: str, said: object) -> TableInvalid:
    return TableInvalid(path, [f"{field}: 没有登记“{said}” / not known: {said}"])


_COMPLETES_ITSELF = "由其他内容推出，无需填写 / follows from the rest, do not write it"
