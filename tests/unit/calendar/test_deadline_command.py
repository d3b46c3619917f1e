from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from tongban.deadline import deadline


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(deadline)
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "100"})


def test_answers_as_one_json_object():
    result = run(
        "2016-03-01", "--working-days", "20", "--json",
        "--paused", "2016-03-08..2016-03-18",
    )  # fmt: skip

    answer = json.loads(result.stdout)
    assert answer["due"] == "2016-04-11"
    assert answer["due_at"] == "2016-04-11T16:00:00+00:00"
    assert answer["is_provisional"] is False
    assert answer["days"][-1] == {
        "on": "2016-04-11",
        "is_counted": True,
        "number": 20,
        "why": {"zh": "工作日", "en": "working day"},
    }


def test_shows_the_days_and_a_calendar():
    result = run("2016-02-05", "--working-days", "5")

    assert result.exit_code == 0
    assert "截止 2016-02-17 周三" in result.stdout
    assert "春节调休上班" in result.stdout
    assert "2016年2月" in result.stdout
    assert "17止" in result.stdout


def test_says_when_an_answer_is_provisional():
    result = run("2030-12-30", "--working-days", "5")

    assert "暂定" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2016-02-30", "--working-days", "5"), "“2016-02-30”不是日期"),
        (("2016-01-04", "--working-days", "-1"), "不在 0 至 3660 天之间"),
        (("1900-01-04", "--working-days", "1"), "1990"),
        (
            ("2016-01-04", "--working-days", "5", "--paused", "2016-01-05"),
            "应写作 2016-03-08..2016-03-18",
        ),
        (
            ("2016-01-04", "--working-days", "5", "--paused", "2016-02-02..2016-02-01"),
            "结束早于开始",
        ),
    ],
)
def test_says_in_two_languages_what_is_wrong(arguments: tuple[str, ...], said: str):
    result = run(*arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert " / " in result.stderr
