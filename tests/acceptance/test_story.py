"""The city's own example through the gateway: 登封市 to 郑州市, under one number."""

from __future__ import annotations

from tests.acceptance.city import (
    CITY_DECIDER,
    CITY_REVIEWER,
    COMPANY,
    COUNTY,
    FILING,
    SUPERVISOR,
    WINDOW,
    Running,
)


def test_a_licence_from_application_to_certificate(city: Running):
    case = city.reviewed()
    decision = {"granted": True, "opinion": "符合法定条件，准予许可"}
    city.act(CITY_DECIDER, case, "steps/decide/decision", **decision)
    city.reaches(case, "completed")

    found = city.case(case)
    assert [s["agency"] for s in found["steps"]] == [
        "410185-grain",
        "410100-grain",
        "410100-grain",
    ]
    certificate = found["case"]["credential_id"]
    shown = city.call(COMPANY, "GET", f"/certificates/{certificate}").json()
    verified = city.call(COMPANY, "GET", f"/verify/{shown['identifier']}")
    assert verified.status_code == 200

    received = city.act(COMPANY, case, "delivery", received_by="周丰")
    assert received.status_code == 200
    city.reaches(case, "delivered")


def test_one_supplement_notice_and_no_second(city: Running):
    case = city.submitted()
    notice = {"defects": ["检验仪器清单未注明检定有效期"]}
    assert city.act(WINDOW, case, "supplement-notice", **notice).status_code == 200
    city.reaches(case, "supplementing")
    answered = city.act(COMPANY, case, "supplement", note="已补充检定有效期")
    assert answered.status_code == 200, answer_of(answered)
    city.reaches(case, "supplemented")

    again = city.act(WINDOW, case, "supplement-notice", **notice)

    assert again.status_code == 409
    no = again.json()
    assert no["rule"] == "OnlyOneSupplementNotice"
    assert "三十二条" in no["basis"]
    assert no["what_next"]["zh"]
    assert city.act(WINDOW, case, "acceptance").status_code == 200


def answer_of(answer: object) -> str:
    return getattr(answer, "text", "")


def test_a_refusal_gives_its_reason_and_the_redress(city: Running):
    case = city.reviewed()
    refusal = {"granted": False, "opinion": "仓储设施面积不足"}
    city.act(CITY_DECIDER, case, "steps/decide/decision", **refusal)
    city.reaches(case, "completed")

    found = city.case(case)["case"]
    assert found["granted"] is False
    assert found["credential_id"] is None
    reason = city.is_told(case, "仓储设施面积不足")
    assert (reason["kind"], reason["data"]["outcome"]) == ("step_finished", "refused")
    assert reason["remark"]["by"]["name"] == "孙伟"
    page = city.page(COMPANY, f"/cases/{case}")
    for words in ("仓储设施面积不足", "60日内", "行政复议", "6个月内", "行政诉讼"):
        assert words in page


def test_a_withdrawal_ends_the_case(city: Running):
    case = city.accepted()
    withdrawn = city.act(COMPANY, case, "withdrawal", reason="改为备案")

    assert withdrawn.status_code == 200
    city.reaches(case, "withdrawn")
    late = city.call(
        COUNTY,
        "POST",
        f"/cases/{case}/steps/first-review/pass",
        json={"opinion": "齐全"},
    )
    assert late.status_code in (404, 409)


def test_an_instant_item_is_decided_in_one_act_at_the_window(city: Running):
    applicant = {
        "kind": "legal",
        "name": "登封市丰收粮油有限公司",
        "code": "91410185MA90001186",
        "contact_name": "周丰",
        "mobile": "13800003210",
    }
    filed = city.call(
        WINDOW,
        "POST",
        "/window/applications",
        json=city.filled(FILING, WINDOW)
        | {"task_code": FILING, "applicant": applicant},
    )

    assert filed.status_code == 200, filed.text
    case = filed.json()["application_id"]
    city.reaches(case, "completed")
    assert city.case(case)["case"]["credential_id"]


def test_whoever_reviewed_may_not_decide(city: Running):
    case = city.reviewed()
    decision = {"granted": True, "opinion": "准予"}
    answer = city.act(CITY_REVIEWER, case, "steps/decide/decision", **decision)
    assert answer.status_code in (403, 409)
    assert city.state(case) == "reviewing"


def test_a_supervisor_sees_the_city_agency_that_holds_the_countys_case(city: Running):
    city.reviewed()

    lamps = city.call(SUPERVISOR, "GET", "/board/lamps").json()

    [grain] = [lamp for lamp in lamps if lamp["agency"] == "410100-grain"]
    assert grain["green"] >= 1
