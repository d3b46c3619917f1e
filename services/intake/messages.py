"""Which of our events we tell, to whom, and in what words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.intake.domain.application import Application
from services.intake.domain.limits import SHANGHAI
from shared.events import clocks, intake
from shared.events.fact import Fact
from shared.runtime.aggregate import Aggregate


def teller(desk: str) -> Any:
    """Return what this desk tells of an event; `desk` is where answers are sent."""

    def tell(event: Aggregate.Event) -> Iterator[Fact]:
        return _tell(event, desk)

    return tell


def clock_id(application_id: UUID) -> UUID:
    return uuid5(NAMESPACE_URL, f"clock/case/{application_id}")


def _tell(event: Aggregate.Event, desk: str) -> Iterator[Fact]:
    said: dict[str, Any] = {**vars(event), "application_id": event.originator_id}
    match event:
        case Application.Submitted():
            yield intake.ApplicationSubmitted.model_validate(said | event.case)
            yield intake.FileOpened.model_validate(said | event.file)
        case Application.SupplementNoticeGiven():
            yield intake.SupplementNoticeGiven.model_validate(said)
            points = tuple(event.defects)
            yield _remark(event, "supplement_notice", "", event.given_at, points)
        case Application.Supplemented():
            yield intake.ApplicationSupplemented.model_validate(said)
            yield intake.FileSupplemented.model_validate(said)
        case Application.Declined():
            yield intake.ApplicationDeclined.model_validate(said)
            yield _remark(event, "declined", event.reason, event.declined_at)
        case Application.Accepted():
            limits = event.limits
            yield intake.ApplicationAccepted.model_validate(said | limits)
            yield _clock_started(event, limits)
            yield _remark(event, "accepted", "", event.accepted_at)
        case Application.StepStarted():
            yield from _step_started(event, said, desk)
        case Application.StepFinished():
            yield intake.StepFinished.model_validate(said)
            yield intake.RemarkMade(
                application_id=event.originator_id,
                about="step",
                step=event.step,
                by=event.officer,
                text=event.opinion,
                made_at=event.finished_at,
            )
        case Application.Decided():
            yield intake.ApplicationDecided.model_validate(said)
            yield _clock_stopped(event, event.decided_at)
            if event.credential:
                yield _ordered(event, event.credential)
        case Application.Completed():
            yield intake.ApplicationCompleted.model_validate(said)
        case Application.Delivered():
            yield intake.ApplicationDelivered.model_validate(said)
            yield _remark(event, "delivered", event.received_by, event.delivered_at)
        case Application.Withdrawn():
            yield intake.ApplicationWithdrawn.model_validate(said)
            yield _remark(event, "withdrawn", event.reason, event.withdrawn_at)
            if event.was_accepted:
                yield _clock_stopped(event, event.withdrawn_at)
            if event.open_step and event.open_agency:
                yield intake.StepRecalled(
                    application_id=event.originator_id,
                    agency=event.open_agency,
                    step=event.open_step,
                    reason=event.reason,
                )


def _step_started(
    event: Application.StepStarted, said: dict[str, Any], desk: str
) -> Iterator[Fact]:
    step = event.step
    said = said | event.case | event.file
    said |= {key: step[key] for key in ("kind", "role", "agency", "level")}
    said |= {"step": step["code"], "step_name": step["name"], "desk": desk}
    yield intake.StepStarted.model_validate(said)
    yield intake.StepAssigned.model_validate(said)
    if event.forwarded_by:
        yield clocks.ClockHandedOver(
            clock_id=clock_id(event.originator_id),
            application_id=event.originator_id,
            agency=step["agency"],
            handed_over_at=event.started_at,
        )


def _clock_started(
    event: Application.Accepted, limits: dict[str, Any]
) -> clocks.ClockStarted:
    return clocks.ClockStarted(
        clock_id=clock_id(event.originator_id),
        application_id=event.originator_id,
        kind="case",
        number=event.case["number"],
        item_name=event.case["item_name"],
        region=event.case["region"][:6],  # supervisors are of a county or the city
        agency=event.case["agency"],
        started_at=event.accepted_at,
        warn_at=limits["warn_at"],
        promised_due_at=limits["promise_due_at"],
        statutory_due_at=limits["statutory_due_at"],
    )


def _clock_stopped(event: Aggregate.Event, at: Any) -> clocks.ClockStopped:
    return clocks.ClockStopped(
        clock_id=clock_id(event.originator_id),
        application_id=event.originator_id,
        stopped_at=at,
    )


def _ordered(
    event: Application.Decided, credential: dict[str, Any]
) -> intake.CredentialOrdered:
    return intake.CredentialOrdered.model_validate(
        credential
        | {
            "application_id": event.originator_id,
            "agency": event.agency,
            "valid_from": event.decided_at.astimezone(SHANGHAI).date(),
        }
    )


def _remark(
    event: Any, about: Any, text: str, made_at: Any, points: tuple[str, ...] = ()
) -> intake.RemarkMade:
    return intake.RemarkMade(
        application_id=event.originator_id,
        about=about,
        by=getattr(event, "clerk", None),
        text=text,
        points=points,
        made_at=made_at,
    )
