from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.monitoring.application import Cards
from services.monitoring.domain.card import Card
from services.monitoring.messages import tell
from services.monitoring.rules import due_cards
from shared.events.monitoring import CardIssued
from shared.runtime.memory import MemoryLog
from shared.runtime.relay import news
from tests import controls
from tests.unit.monitoring.clocks import CLOCK, at, clock, started

CASES = [controls.REQUEST, controls.APPLICATION, CLOCK]


def told(cards: Cards) -> list[CardIssued]:
    _, messages = news(cards, "monitoring", tell, after=0)
    facts = [message.fact() for message in messages]
    return [fact for fact in facts if isinstance(fact, CardIssued)]


def test_a_card_is_told_to_the_supervisors_of_its_region():
    cards = Cards(MemoryLog())
    cards.issue(due_cards(clock(), at(14)))

    _, [warning, yellow] = news(cards, "monitoring", tell, after=0)

    assert yellow.topic == "tongban.alerts.410185"
    assert yellow.actor == "system:monitoring"
    assert yellow.correlation_id == controls.REQUEST
    card = yellow.fact()
    assert isinstance(card, CardIssued)
    assert (card.severity, card.rule, card.due_at) == ("yellow", "R-T1", at(14))
    assert card.card_id == Card.create_id(CLOCK, "R-T1", "yellow")
    assert warning.position < yellow.position


def test_stored_names_do_not_move():
    assert Card.Issued.TOPIC == "monitoring.Card.Issued"


@given(
    looks=st.lists(
        st.lists(st.tuples(st.sampled_from(CASES), st.integers(5, 25)), max_size=4),
        max_size=6,
    )
)
def test_however_often_and_in_whatever_order_we_look_each_card_is_issued_once(looks):
    cards = Cards(MemoryLog())
    for look in looks:
        cards.issue(
            [
                due
                for case, day in look
                for due in due_cards(clock(started(case)), at(day))
            ]
        )

    issued = [card.card_id for card in told(cards)]
    earned = {
        due.card_id
        for look in looks
        for case, day in look
        for due in due_cards(clock(started(case)), at(day))
    }
    assert len(issued) == len(earned)
    assert set(issued) == earned
