"""Whenever somebody tells or asks us something, what we do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.intake.domain import rules
from services.intake.domain.application import Application
from services.intake.domain.hearsay import Examiner, NumberSeries, Offer, WorkingDays
from services.intake.domain.limits import SHANGHAI, limits, step_due
from shared.events import catalog, credentials, gateway, review
from shared.events.fact import Message
from shared.runtime.batch import Batch


def whenever(message: Message, batch: Batch) -> None:
    """React to one message. `message.time` is when people acted, so limits use it."""
    fact, at = message.fact(), message.time
    match fact:
        case catalog.ItemPublished():
            _hear_of(fact, batch)
        case catalog.CalendarPublished():
            _hear_of_days(fact, batch)
        case catalog.AgencyRegistered():
            _hear_of_examiner(fact, batch)
        case gateway.SubmissionRequested():
            _submit(fact, at, batch)
        case gateway.DeskRequested():
            _answer(fact, message.actor, at, batch)
        case review.StepPassed():
            _examiner(fact.agency, batch).must_be(message.source)
            case_ = batch.get(Application, fact.application_id)
            officer = fact.officer.model_dump()
            said = (fact.step, fact.agency, officer, "passed", fact.opinion)
            if case_.finish_step(*said, fact.passed_at):
                _go_on(case_, fact.step, fact.passed_at, batch)
        case review.StepDecided():
            _examiner(fact.agency, batch).must_be(message.source)
            case_ = batch.get(Application, fact.application_id)
            officer = fact.officer.model_dump()
            outcome = "granted" if fact.granted else "refused"
            said = (fact.step, fact.agency, officer, outcome, fact.opinion)
            if case_.finish_step(*said, fact.decided_at):
                credential = _credential(case_, batch) if fact.granted else None
                case_.decide(fact.granted, fact.agency, credential, fact.decided_at)
        case credentials.CredentialIssued():
            case_ = batch.get(Application, fact.application_id)
            case_.complete(fact.credential_id, fact.issued_at)


def _answer(
    asked: gateway.DeskRequested, actor: str, at: datetime, batch: Batch
) -> None:
    # Its submission came before it on this channel, so it will not be known later.
    case_ = batch.find(Application, asked.application_id)
    if case_ is None:
        raise rules.NoSuchCase
    match asked:
        case gateway.AcceptanceRequested():
            _accept(case_, asked.agency, asked.clerk.model_dump(), at, batch)
        case gateway.SupplementNoticeRequested():
            case_.give_supplement_notice(
                asked.agency, asked.clerk.model_dump(), list(asked.defects), at
            )
        case gateway.SupplementRequested():
            handed_in = [m.model_dump(mode="json") for m in asked.materials]
            case_.supplement(actor, asked.form, handed_in, asked.note, at)
        case gateway.DeclineRequested():
            case_.decline(asked.agency, asked.clerk.model_dump(), asked.reason, at)
        case gateway.WithdrawalRequested():
            case_.withdraw(actor, asked.reason, at)
        case gateway.DeliveryRequested():
            case_.deliver(asked.received_by, at)


def _submit(asked: gateway.SubmissionRequested, at: datetime, batch: Batch) -> None:
    if batch.find(Application, asked.application_id):
        return
    offer = _offer(asked.task_code, asked.item_version, batch)
    offer.must_be_open()
    offer.must_serve(asked.applicant.kind)
    is_at_window = asked.channel == "window"
    if is_at_window and offer.terms["project_type"] != "instant":
        raise rules.NotAnInstantItem
    handed_in = {material.material for material in asked.materials}
    if missing := [
        material["name"]["zh"]
        for material in offer.terms["materials"]
        if _must_bring(material) and material["code"] not in handed_in
    ]:
        raise rules.MaterialsMissing(names="、".join(missing))
    clerk = asked.clerk.model_dump() if asked.clerk else None
    terms = offer.terms
    case_ = Application(
        application_id=asked.application_id,
        case={
            "number": _number(asked.task_code, at, batch),
            "task_code": asked.task_code,
            "item_version": asked.item_version,
            "item_name": terms["name"],
            "agency": terms["agency"],
            "region": terms["region"],
        },
        file=asked.model_dump(mode="json", include={"applicant", "form", "materials"}),
        channel=asked.channel,
        clerk=clerk,
        submitted_at=at,
    )
    batch.add(case_)
    if is_at_window and clerk:
        _accept(case_, offer.terms["agency"], clerk, at, batch)


def _accept(
    case_: Application, agency: str, clerk: dict[str, Any], at: datetime, batch: Batch
) -> None:
    offer = _offer_of(case_, batch)
    calendar = batch.get(WorkingDays, WorkingDays.ID).calendar()
    promise, statutory = offer.terms["promise_days"], offer.terms["statutory_days"]
    case_.accept(agency, clerk, limits(at, promise, statutory, calendar), at)
    if offer.terms["project_type"] == "instant":
        case_.decide(True, agency, _credential(case_, batch), at)
    else:
        _go_on(case_, None, at, batch)


def _go_on(
    case_: Application, finished: str | None, at: datetime, batch: Batch
) -> None:
    """Start the step after the finished one; the last step decides, so none follows."""
    steps = _offer_of(case_, batch).terms["steps"]
    codes = [step["code"] for step in steps]
    step = steps[codes.index(finished) + 1 if finished else 0]
    calendar = batch.get(WorkingDays, WorkingDays.ID).calendar()
    case_.start_step(step, step_due(at, step["limit_days"], calendar), at)


def _credential(case_: Application, batch: Batch) -> dict[str, Any] | None:
    terms = _offer_of(case_, batch).terms
    result = terms["result"]
    if result["kind"] != "certificate":
        return None
    return {
        "credential_type": result["credential_type"],
        "valid_years": result["valid_years"],
        "name": result["name"],
        "number": case_.case["number"],
        "holder": case_.file["applicant"],
        "region": case_.case["region"],
        "face": _face(terms["form"], case_.file["form"]),
    }


def _face(fields: list[dict[str, Any]], form: dict[str, str]) -> dict[str, str]:
    """Return what the credential shows of a form: the rest is for who examined it."""
    shown = [field["code"] for field in fields if field.get("on_face")]
    return {code: form[code] for code in shown if code in form}


def _number(task_code: str, at: datetime, batch: Batch) -> str:
    day = at.astimezone(SHANGHAI).strftime("%Y%m%d")
    series = batch.find(NumberSeries, NumberSeries.create_id(task_code, day))
    if series is None:
        series = NumberSeries(task_code=task_code, day=day)
        batch.add(series)
    return series.draw()


def _offer(task_code: str, version: int, batch: Batch) -> Offer:
    return batch.get(Offer, Offer.create_id(task_code, version))


def _offer_of(case_: Application, batch: Batch) -> Offer:
    return _offer(case_.case["task_code"], case_.case["item_version"], batch)


def _must_bring(material: dict[str, Any]) -> bool:
    return (
        material["is_required"]
        and material["source"] == "self"
        and not material["is_exempt"]
    )


def _hear_of(fact: catalog.ItemPublished, batch: Batch) -> None:
    if not batch.find(Offer, Offer.create_id(fact.task_code, fact.version)):
        terms = fact.model_dump(mode="json")
        batch.add(Offer(task_code=fact.task_code, version=fact.version, terms=terms))


def _hear_of_examiner(fact: catalog.AgencyRegistered, batch: Batch) -> None:
    if known := batch.find(Examiner, Examiner.create_id(fact.code)):
        known.change(fact.review)
    else:
        batch.add(Examiner(agency=fact.code, review=fact.review))


def _examiner(agency: str, batch: Batch) -> Examiner:
    return batch.get(Examiner, Examiner.create_id(agency))


def _hear_of_days(fact: catalog.CalendarPublished, batch: Batch) -> None:
    heard = fact.model_dump(mode="json")
    said = {name: heard[name] for name in ("version", "years", "days")}
    if known := batch.find(WorkingDays, WorkingDays.ID):
        known.revise(**said)
    else:
        batch.add(WorkingDays(**said))
