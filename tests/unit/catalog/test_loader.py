from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from stdnum.cn import uscc

from services.catalog.catalogue import Catalogue
from services.catalog.loader import DATA, CatalogueInvalid, load_catalogue

LICENCE = "items/grain-purchase-licence.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def edit(path: Path, old: str, new: str) -> None:
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


def refused(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(CatalogueInvalid) as invalid:
        load_catalogue(folder)
    return [(name, problem.split(":")[0]) for name, problem in invalid.value.problems]


def test_reads_the_items_the_city_opened_with(catalogue: Catalogue):
    assert {item.name.zh for item in catalogue.items} == {
        "残疾人证核发",
        "民族成分变更",
        "最低生活保障待遇认定",
        "城市公共租赁住房保障资格认定",
        "粮食收购许可",
        "粮食收购企业备案",
        "食品经营许可（新办）",
        "二手房转移登记",
        "开办企业一件事",
    }


def test_codes_decode_into_organ_level_and_catalogue_code(catalogue: Catalogue):
    for item in catalogue.items:
        agency = catalogue.agencies[item.agency]
        assert (len(item.catalog_code), len(item.task_code)) == (12, 31)
        assert item.task_code[:18] == agency.credit_code
        assert item.task_code[18] == str(item.level)
        assert item.task_code[19:] == item.catalog_code
        assert item.catalog_code[2:4] == item.item_type


def test_a_towns_item_belongs_to_the_county_that_supervises_it(catalogue: Catalogue):
    [allowance] = [i for i in catalogue.items if i.item_type == "05"]

    assert catalogue.agencies[allowance.agency].region.code == "410185100"
    assert (allowance.region, allowance.level) == ("410185", 5)


def test_credit_codes_have_valid_check_characters(catalogue: Catalogue):
    definers = {code[:18] for code in catalogue.credential_types}
    issuers = {agency.credit_code for agency in catalogue.agencies.values()}

    assert [code for code in definers | issuers if not uscc.is_valid(code)] == []


def test_what_people_read_is_said_in_two_languages(catalogue: Catalogue):
    [licence] = [i for i in catalogue.items if i.catalog_code == "000103001000"]

    assert (licence.name.zh, licence.name.en) == (
        "粮食收购许可",
        "Grain purchase licence",
    )
    assert licence.topic_names[0].en == "Licences"


def test_every_item_says_by_when_one_may_turn_to_whom(catalogue: Catalogue):
    for item in catalogue.items:
        for words in ("60日内", "行政复议", "6个月内", "行政诉讼"):
            assert words in item.redress.zh, item.name.zh
        for words in ("60 days", "6 months"):
            assert words in item.redress.en, item.name.en


def test_an_item_takes_region_and_levels_from_its_agencies(catalogue: Catalogue):
    [licence] = [i for i in catalogue.items if i.catalog_code == "000103001000"]

    assert (licence.region, licence.level) == ("410185", 4)
    assert [step.level for step in licence.steps] == [4, 3, 3]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("promise_days: 7", "promise_days: soon", "promise_days"),
        ("promise_days: 7", "promised_days: 7", "promise_days"),
        ("kind: review", "kind: glance", "steps.0.kind"),
        ("name: 初审 | First review", "name: 初审", "steps.0.name"),
        ("valid_from: 2016-01-01", "valid_from: 2016-02-30", "valid_from"),
        ("state: in_use", "state: in_use\nversion: 3", "version"),
        ("agency: 410185-grain", "agency: 410185-gain", "agency"),
        ("topics: [permits]", "topics: [licences]", "topics"),
        ("topics: [permits]", "topics: permits", "topics"),
        ("servers: [legal]", "servers: [legal", "-"),
        ("state: in_use", "state: in_use\nstate: suspended", "-"),
    ],
)
def test_a_mistake_in_an_item_is_named_by_file_and_field(
    folder: Path, old: str, new: str, field: str
):
    edit(folder / LICENCE, old, new)

    assert ("grain-purchase-licence.yaml", field) in refused(folder)


def test_mistakes_in_several_files_are_told_at_once(folder: Path):
    edit(folder / LICENCE, "promise_days: 7", "promise_days: soon")
    edit(folder / "items/food-business-licence.yaml", "visits: 0", "visits: none")

    assert refused(folder) == [
        ("food-business-licence.yaml", "visits"),
        ("grain-purchase-licence.yaml", "promise_days"),
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        (
            "agencies.yaml",
            'region: "410185"',
            'region: "999999"',
            "410185-grain.region",
        ),
        ("agencies.yaml", "level: 4", "level: county", "410185-grain.level"),
        ("regions.yaml", "郑州市 | Zhengzhou", "郑州市", "410100"),
        ("topics.yaml", "legal:", "companies:", "legal"),
        ("calendar.yaml", "years: []", "years: [27]", "years.0"),
    ],
)
def test_a_mistake_in_a_table_is_named_too(
    folder: Path, file: str, old: str, new: str, field: str
):
    edit(folder / file, old, new)

    assert (file, field) in refused(folder)


def test_an_agency_is_registered_once(folder: Path):
    edit(folder / "agencies.yaml", "code: 410100-grain", "code: 410185-grain")

    assert ("agencies.yaml", "410185-grain") in refused(folder)


def test_a_missing_file_is_a_mistake_like_others(folder: Path):
    (folder / "topics.yaml").unlink()

    assert refused(folder) == [("topics.yaml", "-")]
