"""Tell what happened in a case, who did it and said what, and what is to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.gateway.pages.speech import Speech
from services.gateway.pages.telling import Names, following
from services.gateway.views.case import Case, Step
from services.gateway.views.timeline import Entry
from shared.events.catalog import ItemPublished
from shared.events.fact import Text

BY_APPLICANT = ("submitted", "supplemented", "withdrawn")


@dataclass(frozen=True)
class Line:
    """One line of the time line."""

    state: str  # "done", "now", "no", "next", or the severity of a card
    what: str
    at: datetime | None = None
    who: str = ""
    said: str = ""
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stop:
    """One stop of the route."""

    state: str  # "done", "at" or ""
    name: str
    who: str
    limit: str = ""


def lines(
    speech: Speech,
    entries: Sequence[Entry],
    case: Case,
    item: ItemPublished | None,
    names: Names,
    applicant: str = "",
) -> list[Line]:
    """Return what happened, oldest first, then the steps still to come."""
    finished = {entry.step for entry in entries if entry.kind == "step_finished"}
    steps = _step_names(entries, item)
    told = [
        _line(speech, entry, names, steps, applicant)
        for entry in entries
        if not (entry.kind == "step_started" and entry.step in finished)
        and not (entry.kind == "decided" and finished)
    ]
    if case.is_ended:
        return told
    if case.accepted_on is None and case.state != "supplementing":
        agency = speech.text(names.get(case.agency, case.agency))
        told.append(Line("now", speech.word("item.step.accept"), who=agency))
    return told + [
        Line(
            state="next",
            what=speech.text(step.name),
            who=f"{speech.text(names.get(step.agency, step.agency))} · "
            f"{speech.days(step.limit_days)}",
        )
        for step in following(item, case.step or _last(finished, item))
    ]


def stops(
    speech: Speech, item: ItemPublished, names: Names, done: Sequence[Step] = ()
) -> list[Stop]:
    """Return the steps of an item as a route, and how far a case has come on it."""
    state = {
        step.step: "done" if step.finished_at or step.closed_at else "at"
        for step in done
    }
    return [
        Stop(
            state=state.get(step.code, ""),
            name=speech.text(step.name),
            who=f"{speech.text(names.get(step.agency, step.agency))} · "
            f"{speech.word(f'level.{step.level}')}",
            limit=speech.days(step.limit_days),
        )
        for step in item.steps
    ]


def worst_card(entries: Sequence[Entry]) -> str | None:
    """Return the severity of the gravest card that still counts."""
    revoked = {e.data["card_id"] for e in entries if e.kind == "card_revoked"}
    counts = {
        entry.data["severity"]
        for entry in entries
        if entry.kind == "card" and entry.data["card_id"] not in revoked
    }
    return next((each for each in ("red", "yellow", "warning") if each in counts), None)


def _last(finished: set[str | None], item: ItemPublished | None) -> str | None:
    """Return the last step that is finished, where none waits."""
    done = [step.code for step in item.steps if step.code in finished] if item else []
    return done[-1] if done else None


def _step_names(
    entries: Sequence[Entry], item: ItemPublished | None
) -> dict[str, Text]:
    known = {step.code: step.name for step in item.steps} if item else {}
    told = {
        entry.step: Text.model_validate(entry.data["step_name"])
        for entry in entries
        if entry.step and entry.data.get("step_name")
    }
    return known | told


def _line(
    speech: Speech,
    entry: Entry,
    names: Names,
    steps: dict[str, Text],
    applicant: str,
) -> Line:
    key = _key(entry)
    remark = entry.remark
    said = remark.text if remark else ""
    if entry.kind == "card":
        due_at = datetime.fromisoformat(entry.data["due_at"])
        said = speech.why_card(entry.data["severity"], due_at)
    if entry.kind == "card_revoked":
        said = speech.word("board.revoked.why")
    return Line(
        state=_state(entry, key),
        what=speech.word(key, step=_said(speech, steps, entry.step)),
        at=entry.at,
        who=applicant or speech.word("did.applicant")
        if entry.kind in BY_APPLICANT
        else _by(speech, entry, names),
        said=said,
        points=remark.points if remark else (),
    )


def _state(entry: Entry, key: str) -> str:
    if entry.kind == "card":
        return str(entry.data["severity"])
    if entry.kind == "declined" or key.endswith("refused"):
        return "no"
    return "now" if entry.kind == "step_started" else "done"


def _key(entry: Entry) -> str:
    """Return the name of the sentence: did.step_finished.granted, did.accepted."""
    match entry.kind:
        case "step_finished":
            more = entry.data["outcome"]
        case "card" | "card_revoked":
            more = entry.data["severity"]
        case "decided":
            more = "granted" if entry.data["granted"] else "refused"
        case _:
            return f"did.{entry.kind}"
    return f"did.{entry.kind}.{more}"


def _said(speech: Speech, steps: dict[str, Text], step: str | None) -> str:
    return speech.text(steps.get(step, step)) if step else ""


def _by(speech: Speech, entry: Entry, names: Names) -> str:
    agency = names.get(entry.agency) if entry.agency else None
    officer = entry.remark.by if entry.remark else None
    said = [speech.text(agency) if agency else "", officer.name if officer else ""]
    return " · ".join(part for part in said if part)
