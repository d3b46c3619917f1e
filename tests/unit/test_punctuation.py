"""Chinese sentences bear Chinese punctuation, wherever they are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

import services

HERE = Path(str(services.__file__)).parent
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
HALF = re.compile("[\u4e00-\u9fff”）》][,;:?!(]|[,;:?!)][\u4e00-\u9fff“（《]")


def sentences(written: Any) -> Iterator[str]:
    """Yield the Chinese of a file of words: of a pair, its first half."""
    match written:
        case str():
            yield written.split(" | ")[0]
        case dict():
            for value in written.values():
                yield from sentences(value)
        case list():
            for value in written:
                yield from sentences(value)


def literals(code: str) -> Iterator[str]:
    """Yield what a program may say; a docstring is for those who read it."""
    tree = ast.parse(code)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, DOCUMENTED)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


def test_words_and_items_are_punctuated_as_chinese_is() -> None:
    wrong = [
        said
        for path in HERE.rglob("*.yaml")
        for said in sentences(yaml.safe_load(path.read_text("utf-8")))
        if HALF.search(said)
    ]
    assert wrong == []


def test_so_is_every_no() -> None:
    wrong = [
        said
        for path in HERE.rglob("*.py")
        for said in literals(path.read_text("utf-8"))
        if HALF.search(said)
    ]
    assert wrong == []
