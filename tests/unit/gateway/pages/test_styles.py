"""What every page promises its readers, checked where it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.gateway import pages

HERE = Path(str(pages.__file__)).parent
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))
STYLES = sorted((HERE / "static").glob("*.css"))
TOKENS = dict(
    re.findall(
        r"--([a-z-]+): (#[0-9a-f]{6});", (HERE / "static/tokens.css").read_text("utf-8")
    )
)
READABLE = [
    ("ink", "paper"),
    ("ink", "shade"),
    ("ink-soft", "paper"),
    ("ink-soft", "sheet"),
    ("ink-soft", "shade"),
    ("teal", "paper"),
    ("teal", "teal-pale"),
    ("seal-deep", "seal-pale"),
    ("green", "green-pale"),
    ("amber", "amber-pale"),
    ("amber", "paper"),
]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("ink", "ground"), READABLE)
def test_text_stands_out_from_its_ground(ink: str, ground: str) -> None:
    assert contrast(TOKENS[ink], TOKENS[ground]) >= 4.5


@pytest.mark.parametrize("ground", ["teal", "teal-deep", "seal", "seal-deep", "green"])
def test_white_text_stands_out_from_its_ground(ground: str) -> None:
    assert contrast("#ffffff", TOKENS[ground]) >= 4.5


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_page_holds_styles_scripts_or_addresses_of_others(template: Path) -> None:
    written = template.read_text("utf-8")
    assert not re.search(r"\bstyle\s*=", written)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", written)
    assert not re.search(r"<script(?![^>]*\bsrc=)", written)
    assert "http://" not in written.replace("http://www.w3.org", "")
    assert "https://" not in written
    assert "| safe" not in written


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_acts_carries_the_token(template: Path) -> None:
    written = template.read_text("utf-8")
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", written, re.DOTALL):
        assert "token()" in form or "csrf" in form


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_styles_stay_readable_and_at_home(style: Path) -> None:
    written = style.read_text("utf-8")
    assert len(written.splitlines()) <= 300
    assert "@import" not in written
    assert "url(" not in written
