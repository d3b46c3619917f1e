"""Ask for a sentence by its name, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final, Literal, Protocol

import yaml

from shared.events.fact import Text

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


class Bilingual(Protocol):
    """Anything said in both languages: a fact's Text, a calendar's Words."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


class Words:
    """All sentences of the pages, each a pair: 中文, English."""

    def __init__(self, pairs: Mapping[str, tuple[str, str]]) -> None:
        self.pairs = pairs

    @classmethod
    def load(cls) -> Words:
        """Read every file of words/; a name may be given once."""
        pairs: dict[str, tuple[str, str]] = {}
        folder = files(__package__) / "words"
        for page in sorted(folder.iterdir(), key=lambda page: page.name):
            if not page.name.endswith(".yaml"):
                continue
            for key, pair in yaml.safe_load(page.read_text("utf-8")).items():
                if key in pairs:
                    raise ValueError(f"{key} is said twice, again in {page.name}")
                chinese, english = pair
                pairs[key] = (chinese, english)
        return cls(pairs)

    def say(self, key: str, language: Language, /, **values: object) -> str:
        return self.pairs[key][LANGUAGES.index(language)].format_map(values)

    def both(self, key: str, /, **values: object) -> Text:
        return Text(zh=self.say(key, "zh", **values), en=self.say(key, "en", **values))


def in_language(text: Bilingual | str, language: Language) -> str:
    """Return the reader's side of a text; plain strings pass as they are."""
    if isinstance(text, str):
        return text
    return text.zh if language == "zh" else text.en
