"""One reader's ear: sentences, texts and days, said in one language on one day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from services.gateway.pages import say
from services.gateway.pages.words import Bilingual, Language, Words, in_language
from shared.events.fact import Text


@dataclass(frozen=True)
class Speech:
    words: Words
    language: Language
    today: date

    def word(self, key: str, /, **values: object) -> str:
        return self.words.say(key, self.language, **values)

    def both(self, key: str, /, **values: object) -> Text:
        return self.words.both(key, **values)

    def text(self, text: Bilingual | str) -> str:
        return in_language(text, self.language)

    def day(self, moment: date | datetime) -> str:
        return say.say_day(moment, self.language, self.today)

    def by(self, moment: date | datetime) -> str:
        return say.say_by(moment, self.language, self.today)

    def moment(self, moment: datetime) -> str:
        return say.say_moment(moment, self.language, self.today)

    def full_day(self, moment: date | datetime) -> str:
        return say.say_full_day(moment, self.language)

    def days(self, days: int) -> str:
        return say.say_days(days, self.language)

    def left(self, days: int) -> str:
        return say.say_left(days, self.language)

    def why_card(self, severity: str, due_at: datetime) -> str:
        """Say why a card was issued."""
        day = self.day(say.last_day(due_at))
        return self.word(f"board.why.{severity}", day=day)

    def spoken(self) -> dict[str, Callable[..., object] | str]:
        """Return what templates call, and the one mark that languages write apart."""
        return {
            "colon": "：" if self.language == "zh" else ": ",
            "w": self.word,
            "both": self.both,
            "text": self.text,
            "say_day": self.day,
            "say_by": self.by,
            "say_moment": self.moment,
            "say_full_day": self.full_day,
            "say_days": self.days,
            "say_left": self.left,
            "why_card": self.why_card,
        }
