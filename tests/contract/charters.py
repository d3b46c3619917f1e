"""What a service says of itself in its charter, and what its code really does."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType

import services
from shared.events.fact import Fact
from shared.events.gateway import Requested
from shared.events.refusal import RequestRefused
from shared.runtime.aggregate import Aggregate

SERVICES = sorted(
    each.name
    for each in pkgutil.iter_modules(services.__path__, "services.")
    if each.ispkg
)
HEARS = {"views", "projections", "policies"}  # the modules in which a service hears


def says(service: str, heading: str) -> str:
    """Return what a charter says under a heading: Hears, Tells or Owns."""
    charter = importlib.import_module(service).__doc__ or ""
    found = re.search(rf"^{heading} +(.+(?:\n {{2,}}.+)*)", charter, re.MULTILINE)
    if found is None:
        raise AssertionError(f"{service} does not say what it {heading.lower()}")
    return found[1]


def facts_said(service: str, heading: str) -> list[str]:
    """Return the facts a charter names; `intake.*` stands for all it covers."""
    return re.findall(r"\b[a-z]+\.[a-z_*]+", says(service, heading))


def modules(service: str) -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages(
        importlib.import_module(service).__path__, f"{service}."
    ):
        if not each.name.endswith("__main__"):
            yield importlib.import_module(each.name)


def heard(service: str) -> set[str]:
    """Return the facts that its policies, projections or views react to."""
    return {
        name
        for module in modules(service)
        if HEARS & set(module.__name__.split("."))
        for node in ast.walk(_tree(module))
        for kind in _facts(module, node)
        for name in _leaves(kind)
    }


def told(service: str) -> set[str]:
    """Return the facts that it makes or asks with; refusals where it may be asked."""
    found: set[str] = set()
    for module in modules(service):
        if HEARS & set(module.__name__.split(".")):
            continue
        for node in ast.walk(_tree(module)):
            made = _made(node)
            for kind in _facts(module, node if made is None else made):
                if "TYPE" in vars(kind) and (made or issubclass(kind, Requested)):
                    found.add(kind.TYPE)
    may_be_asked = any(
        issubclass(Fact.KNOWN[name], Requested) for name in heard(service)
    )
    return found | ({RequestRefused.TYPE} if may_be_asked else set())


def owned(service: str) -> dict[str, type[Aggregate]]:
    """Return its aggregates, by name."""
    return {
        name: thing
        for module in modules(service)
        for name, thing in vars(module).items()
        if isinstance(thing, type)
        and issubclass(thing, Aggregate)
        and thing.__module__ == module.__name__
    }


def differences(named: list[str], real: set[str]) -> list[str]:
    """Return what is done but not said, and what is said but not done."""
    unsaid = {r for r in real if not any(fnmatchcase(r, name) for name in named)}
    untrue = {n for n in named if not any(fnmatchcase(r, n) for r in real)}
    return sorted(
        [f"does not say {name}" for name in unsaid]
        + [f"says {name}, which it does not do" for name in untrue]
    )


def _made(node: ast.AST) -> ast.AST | None:
    """Return what is made here, as in Fact(...) or Fact.model_validate(...)."""
    match node:
        case ast.Call(func=ast.Attribute(value=made, attr="model_validate")):
            return made
        case ast.Call(func=made):
            return made
    return None


def _tree(module: ModuleType) -> ast.Module:
    assert module.__file__ is not None
    return ast.parse(Path(module.__file__).read_text(encoding="utf-8"))


def _facts(module: ModuleType, node: ast.AST) -> Iterator[type[Fact]]:
    """Yield the fact that a name, or a name inside a module, stands for here."""
    match node:
        case ast.Name(id=name):
            thing = vars(module).get(name)
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            thing = getattr(vars(module).get(owner), name, None)
        case _:
            return
    if isinstance(thing, type) and issubclass(thing, Fact) and thing is not Fact:
        yield thing


def _leaves(kind: type[Fact]) -> set[str]:
    """Return the facts that are of this kind: itself, or all that derive from it."""
    own = {kind.TYPE} if "TYPE" in vars(kind) else set()
    return own.union(*map(_leaves, kind.__subclasses__()))
