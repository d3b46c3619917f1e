"""What supervisors watch, as it is told: cards, how many, and the clocks that run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from psycopg.types.json import Jsonb

from services.gateway.views.rows import columns, told, upsert
from shared.events.clocks import ClockHandedOver, ClockStarted, ClockStopped
from shared.events.fact import Message
from shared.events.monitoring import CardIssued, CardRevoked
from shared.runtime.database import Cursor
from shared.runtime.views import View


class BoardView(View):
    NAME = "gateway.board"
    TABLES: ClassVar = ("cards", "card_counts", "clocks")
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS cards (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        card_id uuid NOT NULL UNIQUE, clock_id uuid NOT NULL,
        application_id uuid NOT NULL, severity text NOT NULL, rule text NOT NULL,
        number text NOT NULL, item_name jsonb NOT NULL, region text NOT NULL,
        county text GENERATED ALWAYS AS (left(region, 6)) STORED,
        agency text NOT NULL, due_at timestamptz NOT NULL,
        issued_at timestamptz NOT NULL, message jsonb NOT NULL,
        revoked_at timestamptz,
        news bigserial NOT NULL);
    CREATE INDEX IF NOT EXISTS cards_of_county ON cards (county, seq);
    CREATE INDEX IF NOT EXISTS cards_by_news ON cards (news);
    CREATE INDEX IF NOT EXISTS cards_of_case ON cards (application_id);
    CREATE TABLE IF NOT EXISTS card_counts (
        agency text, region text, severity text, cards bigint NOT NULL,
        PRIMARY KEY (agency, region, severity));
    CREATE TABLE IF NOT EXISTS clocks (
        clock_id uuid PRIMARY KEY, application_id uuid, kind text, number text,
        item_name jsonb, region text,
        county text GENERATED ALWAYS AS (left(region, 6)) STORED, agency text,
        officer text, started_at timestamptz, warn_at timestamptz,
        promised_due_at timestamptz, statutory_due_at timestamptz)
        WITH (autovacuum_vacuum_scale_factor = 0.05);
    DO $$ BEGIN -- once it held those that had stopped, too
        IF EXISTS (SELECT FROM information_schema.columns
                   WHERE table_name = 'clocks' AND column_name = 'stopped_at') THEN
            DELETE FROM clocks WHERE stopped_at IS NOT NULL;
            ALTER TABLE clocks DROP COLUMN stopped_at;
        END IF;
    END $$;
    CREATE INDEX IF NOT EXISTS clocks_of_city ON clocks (promised_due_at, clock_id);
    CREATE INDEX IF NOT EXISTS clocks_of_county
        ON clocks (county, promised_due_at, clock_id);
    CREATE INDEX IF NOT EXISTS clocks_of_agency
        ON clocks (agency, promised_due_at, clock_id);
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        _keep_those_that_run(cursor, messages)
        cards = {fact.card_id: fact for _, fact in told(messages, CardIssued)}
        if cards:
            cursor.execute(
                _ISSUE,
                (Jsonb([card.model_dump(mode="json") for card in cards.values()]),),
            )
        revoked = {fact.card_id: fact for _, fact in told(messages, CardRevoked)}
        if revoked:
            cursor.execute(
                _REVOKE,
                (list(revoked), [fact.revoked_at for fact in revoked.values()]),
            )


# A card is counted only where it is new, whoever tells it again.
_ISSUE = """
WITH new AS (
    INSERT INTO cards (card_id, clock_id, application_id, severity, rule, number,
                       item_name, region, agency, due_at, issued_at, message)
    SELECT card_id, clock_id, application_id, severity, rule, number, item_name,
           region, agency, due_at, issued_at, message
    FROM jsonb_populate_recordset(NULL::cards, %s)
    ON CONFLICT (card_id) DO NOTHING RETURNING agency, region, severity)
INSERT INTO card_counts AS c
SELECT agency, region, severity, count(*) FROM new GROUP BY 1, 2, 3
ON CONFLICT (agency, region, severity) DO UPDATE SET cards = c.cards + EXCLUDED.cards
"""

# It comes after its card, from the same teller on the same partition.
_REVOKE = """
WITH revoked AS (
    UPDATE cards c SET revoked_at = r.at, news = nextval('cards_news_seq')
    FROM unnest(%s::uuid[], %s::timestamptz[]) AS r(card_id, at)
    WHERE c.card_id = r.card_id AND c.revoked_at IS NULL
    RETURNING agency, region, severity)
UPDATE card_counts c SET cards = c.cards - r.cards
FROM (SELECT agency, region, severity, count(*) AS cards FROM revoked
      GROUP BY 1, 2, 3) r
WHERE (c.agency, c.region, c.severity) = (r.agency, r.region, r.severity)
"""

STARTED = (
    "clock_id",
    "application_id",
    "kind",
    "number",
    "item_name",
    "region",
    "agency",
    "officer",
    "started_at",
    "warn_at",
    "promised_due_at",
    "statutory_due_at",
)


def _keep_those_that_run(cursor: Cursor, messages: Sequence[Message]) -> None:
    """Of one clock the start comes first and the stop last: one desk tells them all."""
    stopped = {fact.clock_id for _, fact in told(messages, ClockStopped)}
    started = [
        columns(fact, *STARTED)
        for _, fact in told(messages, ClockStarted)
        if fact.clock_id not in stopped
    ]
    upsert(cursor, "clocks", ["clock_id"], started)
    held_by = {f.clock_id: f.agency for _, f in told(messages, ClockHandedOver)}
    if moved := held_by.keys() - stopped:
        cursor.execute(
            "UPDATE clocks c SET agency = m.agency"
            " FROM unnest(%s::uuid[], %s::text[]) AS m(clock_id, agency)"
            " WHERE c.clock_id = m.clock_id",
            (list(moved), [held_by[each] for each in moved]),
        )
    if stopped:
        cursor.execute("DELETE FROM clocks WHERE clock_id = ANY(%s)", (list(stopped),))
