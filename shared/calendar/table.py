"""An editable YAML file read into a shape, or what is wrong with it, field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

S = TypeVar("S", bound=BaseModel)

MAX_BYTES = 1_000_000


class TableInvalid(ValueError):
    """A file that cannot be read; each problem names its field, in two languages."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        super().__init__("\n".join(f"{path.name}: {problem}" for problem in problems))


def read(path: Path, shape: type[S]) -> S:
    """Return the file as a shape; raises TableInvalid with every problem at once."""
    return shaped(path, load(path), shape)


def load(path: Path) -> Any:
    """Return the plain content of a YAML file; raises TableInvalid."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TableInvalid(path, [f"-: 无法读取 / cannot be read: {error}"]) from error
    if len(content) > MAX_BYTES:
        raise TableInvalid(path, [f"-: 超过 {MAX_BYTES} 字节 / larger than that"])
    try:
        return yaml.load(content, _OnceOnly) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise TableInvalid(
            path, [f"-: 不是有效的 YAML / not YAML: {problem}"]
        ) from error


def shaped(path: Path, content: Any, shape: type[S], at: str = "") -> S:
    """Return content, found `at` a field, as a shape that knows all its names."""
    try:
        return shape.model_validate(content, extra="forbid")
    except ValidationError as error:
        raise TableInvalid(path, _problems(error, at)) from error


class _OnceOnly(yaml.SafeLoader):
    """Plain YAML, but a key said twice is an error, and a date is left to its field."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - an instance variable to its base
        first: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        said = [str(key.value) for key, _ in node.value]
        if twice := sorted({key for key in said if said.count(key) > 1}):
            raise yaml.constructor.ConstructorError(
                None, None, f"said twice / 重复: {', '.join(twice)}", node.start_mark
            )
        return super().construct_mapping(node, deep)


def _problems(error: ValidationError, at: str) -> list[str]:
    prefix = (at,) if at else ()
    return [
        f"{'.'.join(map(str, (*prefix, *problem['loc']))) or '-'}: "
        f"{_IN_CHINESE.get(problem['type'], '取值不正确')} / {problem['msg']}"
        for problem in error.errors()
    ]


_IN_CHINESE = {
    "extra_forbidden": "没有这一项",
    "string_type": "应为文字",
    "string_too_short": "不能为空",
    "string_pattern_mismatch": "格式不正确",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_parsing": "应为是或否",
    "date_from_datetime_parsing": "应为日期（年-月-日）",
    "date_parsing": "应为日期（年-月-日）",
    "literal_error": "不在可选范围内",
    "tuple_type": "应为列表",
    "model_type": "应写作“中文 | English”，或一组字段",
    "model_attributes_type": "应写作“中文 | English”，或一组字段",
    "missing": "缺少此项",
}
