from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

from services.gateway import pages
from services.gateway.pages.words import Words, in_language
from shared.events.fact import Text

HERE = Path(str(pages.__file__)).parent
WORDS = Words.load()
SOURCES = [*HERE.rglob("*.html"), *HERE.rglob("*.py")]
SAID = re.compile(r"""\b(?:w|both|word)\(\s*(f?)['"]([a-z_.0-9{}]+)['"]( *~)?""")


def said() -> set[tuple[str, bool]]:
    """Return every sentence that is asked for by name; True: only its beginning."""
    return {
        (key.partition("{")[0], bool(more) or "{" in key)
        for source in SOURCES
        for _, key, more in SAID.findall(source.read_text("utf-8"))
    }


def test_every_sentence_is_said_in_both_languages() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    wrong = [
        key
        for key, (zh, en) in WORDS.pairs.items()
        if not chinese.search(zh) or chinese.search(en) or not en.strip()
    ]
    assert wrong == []


def test_both_languages_are_filled_in_with_the_same_values() -> None:
    def values(words: str) -> set[str]:
        return {name for _, name, *_ in Formatter().parse(words) if name}

    differing = [
        key for key, (zh, en) in WORDS.pairs.items() if values(zh) != values(en)
    ]
    assert differing == []


def test_pages_ask_only_for_sentences_there_are() -> None:
    missing = [
        key
        for key, is_beginning in said()
        if not any(
            known == key or (is_beginning and known.startswith(key))
            for known in WORDS.pairs
        )
    ]
    assert missing == []


def test_there_are_no_sentences_nobody_asks_for() -> None:
    beginnings = tuple(key for key, is_beginning in said() if is_beginning and key)
    beginnings += ("did.",)  # put together in history.py
    written = "".join(source.read_text("utf-8") for source in SOURCES)
    idle = [
        key
        for key in WORDS.pairs
        if not key.startswith(beginnings)
        and f"'{key}'" not in written
        and f'"{key}"' not in written
    ]
    assert idle == []


def test_a_text_is_read_in_the_readers_language() -> None:
    text = Text(zh="初审", en="First review")
    assert in_language(text, "zh") == "初审"
    assert in_language(text, "en") == "First review"
    assert in_language("410185-grain", "en") == "410185-grain"


def test_values_are_put_into_a_sentence() -> None:
    assert WORDS.say("calendar.nth", "zh", n=3) == "第3天"
    assert WORDS.both("calendar.nth", n=3) == Text(zh="第3天", en="day 3")
