from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from services.gateway.security import Buckets, Limits, is_from_elsewhere, token_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_caller_may_burst_and_then_keeps_the_rate() -> None:
    clock = Clock()
    buckets = Buckets(Limits(rate=2, burst=3), clock)

    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.wait("a") == 0.5
    clock.now += 0.5
    assert buckets.wait("a") == 0


def test_callers_do_not_share_their_allowance() -> None:
    buckets = Buckets(Limits(rate=1, burst=1), Clock())

    assert buckets.wait("a") == 0
    assert buckets.wait("b") == 0
    assert buckets.wait("a") > 0


def test_only_so_many_callers_are_remembered() -> None:
    buckets = Buckets(Limits(rate=1, burst=1, callers=2), Clock())
    for caller in ("a", "b", "c"):
        buckets.wait(caller)

    assert len(buckets._left) == 2


@pytest.mark.parametrize(
    ("headers", "is_elsewhere"),
    [
        ({"host": "tongban.cn"}, False),
        ({"host": "tongban.cn", "origin": "https://tongban.cn"}, False),
        ({"host": "tongban.cn", "origin": "https://elsewhere.cn"}, True),
        ({"host": "tongban.cn", "origin": "null"}, True),
        ({"host": "tongban.cn", "origin": "http://["}, True),
        ({"host": "tongban.cn", "sec-fetch-site": "cross-site"}, True),
        ({"host": "tongban.cn", "sec-fetch-site": "same-origin"}, False),
        ({"origin": "https://x.cn", "authorization": "Bearer x"}, False),
        ({"origin": "https://x.cn", "authorization": "Basic x"}, True),
    ],
)
def test_a_browser_sent_by_another_site_is_noticed(
    headers: dict[str, str], is_elsewhere: bool
) -> None:
    assert is_from_elsewhere(Headers(headers)) is is_elsewhere


def test_a_bearer_goes_before_the_cookie() -> None:
    both = Headers({"authorization": "Bearer one", "cookie": "tongban=two; x=y"})

    assert token_of(both) == "one"
    assert token_of(Headers({"cookie": "x=y; tongban=two"})) == "two"
    assert token_of(Headers({"authorization": "Basic abc"})) is None
