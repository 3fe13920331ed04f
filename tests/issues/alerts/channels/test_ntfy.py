from __future__ import annotations

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import ntfy
from issues.models import News
from rustrak.outbound.client import Response
from tests.lib.chat_servers import NtfyServer, answer, flaws, on_loopback, over_http
from tests.lib.notices import ISSUE, notice

CONFIG = {"server": "https://ntfy.test", "topic": "shop", "token": "tk_good"}


def test_messages_are_valid() -> None:
    for news in News:
        payload = ntfy.message(notice(news), "shop")
        assert flaws("ntfy", payload) == []
        assert NtfyServer().limits(payload, 0) == []


def test_a_message_fits_a_phone() -> None:
    said = ntfy.message(notice(), "shop")
    assert (said["title"], said["priority"], said["click"]) == ("New issue in shop-api", 4, ISSUE.url)
    assert said["message"].startswith("SHOP-12 KeyError: 'order_id'\n")
    assert ntfy.message(notice(News.RESOLVED), "shop")["priority"] == 2


@pytest.mark.parametrize("access", [{"token": "tk_good"}, {"token": "", "user": "ana", "password": "pass"}])
def test_both_ways_to_sign_in_on_loopback(access: dict[str, str]) -> None:
    server = NtfyServer()
    with on_loopback(server) as address:
        sent = ntfy.KIND.send({"server": f"{address}/", "topic": "shop", **access}, notice(), {}, over_http)
    assert sent.status == 200
    assert len(server.messages) == 1
    assert server.problems == []


@pytest.mark.parametrize(
    ("found", "final", "said"),
    [
        (answer(403, {"code": 40301, "http": 403, "error": "forbidden"}), True, "may not publish"),
        (answer(401, {"code": 40101, "http": 401, "error": "unauthorized"}), True, "access token"),
        (answer(429, {"code": 42908, "http": 429, "error": "limit reached"}), False, "limit reached"),
        (answer(507, {"code": 50701, "http": 507, "error": "full"}), False, "full"),
        (answer(404, b"not found"), True, "404"),
    ],
)
def test_a_refusal_says_why(found: Response, final: bool, said: str) -> None:
    with pytest.raises(Failed, match=said) as caught:
        ntfy.KIND.send(CONFIG, notice(), {}, lambda request: found)
    assert caught.value.final is final


def test_what_is_wrong_with_a_config() -> None:
    assert ntfy.KIND.check(CONFIG) == {}
    for wrong in ({"topic": "a/b"}, {"token": "tk x"}, {"user": "a:b"}):
        assert set(ntfy.KIND.check({**CONFIG, **wrong})) == set(wrong)
    assert set(ntfy.KIND.check({"topic": "shop", "password": "x"})) == {"user"}
