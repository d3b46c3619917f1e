"""Who may do what: the one place that decides it, for pages and API alike."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from services.gateway.standing import (
    CaseStanding,
    CertificateStanding,
    Person,
    RequestStanding,
    Role,
    StepStanding,
    county_of,
)
from shared.events.fact import Text


class Act(StrEnum):
    """Everything somebody may want to do."""

    APPLY = "apply"
    FILE_AT_WINDOW = "file_at_window"
    UPLOAD = "upload"
    READ_BLOB = "read_blob"
    SEE_OWN_CASES = "see_own_cases"
    SEE_CASE = "see_case"
    READ_FILE = "read_file"  # the personal data of a case
    SUPPLEMENT = "supplement"
    WITHDRAW = "withdraw"
    CONFIRM_DELIVERY = "confirm_delivery"
    ACCEPT = "accept"
    GIVE_SUPPLEMENT_NOTICE = "give_supplement_notice"
    DECLINE = "decline"
    PASS_STEP = "pass_step"
    DECIDE_STEP = "decide_step"
    SEE_DESK = "see_desk"
    SEE_BOARD = "see_board"
    SEE_OPERATIONS = "see_operations"
    SEE_CERTIFICATE = "see_certificate"
    SEE_REQUEST = "see_request"


class NotSignedIn(Exception):
    """This needs somebody to be signed in."""


class Unseen(Exception):
    """For this person it does not exist: others' cases can't be found by guessing."""


class Forbidden(Exception):
    """A rule of access says no, in words fit to be shown."""

    def __init__(self, rule: str, reason: Text, what_next: Text) -> None:
        self.rule = rule
        self.reason = reason
        self.what_next = what_next
        super().__init__(reason.en)


def may(person: Person | None, act: Act, subject: Any = None) -> Person:
    """Return the person if the act is allowed to them on this subject.

    The subject is the standing of what is acted on (None if there is no such thing,
    or if the act needs none). Raises NotSignedIn, Forbidden or Unseen.
    """
    if person is None:
        raise NotSignedIn
    _RULES[act](person, subject)
    return person


def is_allowed(person: Person | None, act: Act, subject: Any = None) -> bool:
    """Return whether the act is allowed: to show a button only where it works."""
    try:
        may(person, act, subject)
    except (NotSignedIn, Forbidden, Unseen):
        return False
    return True


# What each act asks for.


def _applicant(person: Person, _: Any) -> None:
    if not (person.is_any(Role.APPLICANT) and person.applicant):
        raise _forbidden(
            "ApplicantsOnly",
            "只有申请人可以办理这一项。",
            "Only an applicant can do this.",
        )


def _clerk(person: Person, agency: str | None) -> None:
    if not person.is_any(Role.CLERK):
        raise _forbidden(
            "ClerksOnly",
            "只有综合窗口的受理人员可以办理这一项。",
            "Only a window clerk can do this.",
        )
    if agency is not None and agency not in person.agencies:
        raise _forbidden(
            "NotYourAgency",
            "这个事项由其他部门受理。",
            "Another agency accepts this.",
        )


def _uploader(person: Person, _: Any) -> None:
    if not person.is_any(Role.APPLICANT, Role.CLERK):
        raise _forbidden(
            "ApplicantsAndClerksOnly",
            "只有申请人和窗口受理人员可以上传材料。",
            "Only applicants and window clerks hand in files.",
        )


def _seen(person: Person, case: CaseStanding | None) -> CaseStanding:
    if case is None or not (
        _is_party(person, case) or _supervises(person, case.region)
    ):
        raise Unseen
    return case


def _party(person: Person, case: CaseStanding | None) -> None:
    if not _is_party(person, _seen(person, case)):
        raise _forbidden(
            "PartiesOnly",
            "申请人的材料只对本人和办理部门开放。",
            "The file is for the applicant and the agencies that handle it.",
        )


def _owner(person: Person, case: CaseStanding | None) -> None:
    if not _owns(person, _seen(person, case)):
        raise _forbidden(
            "OnlyTheApplicant",
            "这一步只能由申请人本人办理。",
            "Only the applicant can do this.",
        )


def _receiver(person: Person, case: CaseStanding | None) -> None:
    seen = _seen(person, case)
    if not (_owns(person, seen) or person.serves(seen.agency, Role.CLERK)):
        raise _forbidden(
            "OnlyApplicantOrWindow",
            "只能由申请人或受理窗口确认送达。",
            "Only the applicant or the window confirms delivery.",
        )


def _own(person: Person, user_id: str | None) -> None:
    """Nobody handles a case of their own (回避)."""
    if user_id == person.id:
        raise _forbidden(
            "NotYourOwnCase",
            "本人是申请人，应当回避，请由其他人员办理。",
            "You are the applicant: somebody else must handle this.",
        )


def _window(person: Person, case: CaseStanding | None) -> None:
    _own(person, _seen(person, case).user_id)
    if not person.serves(_seen(person, case).agency, Role.CLERK):
        raise _forbidden(
            "OnlyTheAcceptingWindow",
            "这一步只能由受理部门的窗口人员办理。",
            "Only a window clerk of the accepting agency can do this.",
        )


def _examiner(person: Person, step: StepStanding | None) -> None:
    if step is None or step.agency not in person.agencies or not person.is_officer:
        raise Unseen
    _own(person, step.user_id)
    if Role(step.role) not in person.roles:
        raise _forbidden(
            "NotYourRole",
            "这一环节由本部门其他岗位的人员办理。",
            "Somebody in another role of your agency handles this step.",
        )


def _officer(person: Person, agency: str | None) -> None:
    if not person.is_officer or (agency and agency not in person.agencies):
        raise _forbidden(
            "OfficersOnly",
            "工作台只对本部门工作人员开放。",
            "The desk is for the agency's own officers.",
        )


def _supervisor(person: Person, region: str | None) -> None:
    wanted = region or person.region or ""
    if not _supervises(person, wanted):
        raise _forbidden(
            "SupervisorsOnly",
            "监察看板只对本地区监察人员开放。",
            "The board is for the supervisors of the region.",
        )


def _operator(person: Person, _: Any) -> None:
    if not person.is_any(Role.OPERATOR):
        raise _forbidden(
            "OperatorsOnly",
            "运行情况只对平台运行人员开放。",
            "This is for those who look after the platform.",
        )


def _holder(person: Person, certificate: CertificateStanding | None) -> None:
    if certificate is None or certificate.holder_user_id != person.id:
        raise Unseen


def _asker(person: Person, request: RequestStanding | None) -> None:
    if request is None or request.person != person.id:
        raise Unseen


def _blob_reader(_: Person, may_read: bool | None) -> None:
    """Its uploader, or a party of a case whose file holds it (asked of the blobs)."""
    if not may_read:
        raise Unseen


def _is_party(person: Person, case: CaseStanding) -> bool:
    return _owns(person, case) or _handles(person, case)


def _owns(person: Person, case: CaseStanding) -> bool:
    return person.is_any(Role.APPLICANT) and case.user_id == person.id


def _handles(person: Person, case: CaseStanding) -> bool:
    return person.is_officer and not person.agencies.isdisjoint(
        {case.agency, *case.agencies}
    )


def _supervises(person: Person, region: str) -> bool:
    if not person.is_any(Role.SUPERVISOR) or not person.region:
        return False
    return person.county is None or county_of(region) == person.county


def _forbidden(rule: str, zh: str, en: str) -> Forbidden:
    return Forbidden(
        rule,
        Text(zh=zh, en=en),
        Text(
            zh="请换用有相应权限的账号登录，或拨打 0371-12345 咨询。",
            en="Sign in as somebody who may, or call 0371-12345.",
        ),
    )


_RULES: dict[Act, Callable[[Person, Any], object]] = {
    Act.APPLY: _applicant,
    Act.FILE_AT_WINDOW: _clerk,
    Act.UPLOAD: _uploader,
    Act.READ_BLOB: _blob_reader,
    Act.SEE_OWN_CASES: _applicant,
    Act.SEE_CASE: _seen,
    Act.READ_FILE: _party,
    Act.SUPPLEMENT: _owner,
    Act.WITHDRAW: _owner,
    Act.CONFIRM_DELIVERY: _receiver,
    Act.ACCEPT: _window,
    Act.GIVE_SUPPLEMENT_NOTICE: _window,
    Act.DECLINE: _window,
    Act.PASS_STEP: _examiner,
    Act.DECIDE_STEP: _examiner,
    Act.SEE_DESK: _officer,
    Act.SEE_BOARD: _supervisor,
    Act.SEE_OPERATIONS: _operator,
    Act.SEE_CERTIFICATE: _holder,
    Act.SEE_REQUEST: _asker,
}
