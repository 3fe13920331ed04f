from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
import time_machine

from issues.alerts.channel import Failed, Sent
from issues.alerts.channels.webhook import KIND
from issues.alerts.notice import Notice
from issues.models import News
from rustrak.outbound import allow_list
from rustrak.outbound.client import Request, Response, send
from tests.lib.http_receiver import Receiver, receiving, reply
from tests.lib.notices import notice, spoiled

URL = "https://hooks.example.org/x"
ISSUE = {
    "type": ["object", "null"],
    "required": [
        "id",
        "short_id",
        "title",
        "level",
        "status",
        "url",
        "first_seen",
        "last_seen",
        "events",
        "users",
    ],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f-]{36}$"},
        "url": {"type": "string", "pattern": "^https?://"},
        "first_seen": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
        "events": {"type": "integer"},
        "users": {"type": "integer"},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["version", "id", "news", "at", "text", "headline", "detail", "rule", "url", "project", "issue", "listed",
                 "total", "fields"],
    "properties": {
        "version": {"const": 1},
        "news": {"enum": [str(news) for news in News]},
        "issue": ISSUE,
        "listed": {"type": "array", "items": ISSUE},
        "project": {"type": "object", "required": ["name", "slug", "url", "alerts_url"]},
    },
}  # fmt: skip


def sent(what: Notice, answer: Response | None = None, **config: str) -> Request:
    requests: list[Request] = []

    def note(request: Request) -> Response:
        requests.append(request)
        return answer or Response(200, {}, b"ok")

    assert KIND.check({"url": URL, **config}) == {}
    assert KIND.send({"url": URL, **config}, what, {}, note) == Sent(status=200, answer="ok")
    return requests[0]


@pytest.mark.parametrize("news", list(News))
def test_the_body_has_the_documented_form(news: News) -> None:
    request = sent(notice(news))
    body = json.loads(request.body)
    jsonschema.validate(body, SCHEMA)
    assert (body["news"], body["id"], body["at"]) == (news, str(notice(news).id), "2026-11-26T09:05:00Z")
    assert (request.method, request.url, request.headers["Content-Type"]) == (
        "POST", URL, "application/json; charset=utf-8",
    )  # fmt: skip


def test_a_request_is_signed() -> None:
    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False):
        request = sent(notice(), secret="s3cret")
    stamp = request.headers["X-Rustrak-Timestamp"]
    assert stamp == "1795694400"
    expected = hmac.new(b"s3cret", stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["X-Rustrak-Signature"] == f"sha256={expected}"
    assert request.headers["X-Rustrak-Request-ID"] == str(notice().id)
    assert "X-Rustrak-Signature" not in sent(notice()).headers


def test_own_headers_and_another_method() -> None:
    request = sent(
        notice(), method="PUT", headers="Authorization: Bearer x\ncontent-type: application/vnd.shop+json"
    )
    assert request.method == "PUT"
    assert request.headers["Authorization"] == "Bearer x"
    assert [value for name, value in request.headers.items() if name.lower() == "content-type"] == [
        "application/vnd.shop+json"
    ]


WECOM = '{"msgtype": "markdown", "markdown": {"content": "**{{ headline }}**\\n> {{ issue.title }}\\n[{{ issue.short_id }}]({{ url }})"}}'
FEISHU = '{"msg_type": "text", "content": {"text": "{{ text }}\\n{{ listed }}"}}'


@pytest.mark.parametrize("news", list(News))
@pytest.mark.parametrize("template", [WECOM, FEISHU])
def test_bodies_of_other_chats(news: News, template: str) -> None:
    for hostile in (
        '"}, "x": {"y": "',
        "\\",
        '\\"',
        "\n\r\t\x00\x1f",
        "\u2028{{ issue.title }}",
        "ü😀",
        "x" * 100_000,
    ):
        body = json.loads(sent(spoiled(hostile, news), template=template).body)
        assert len(body) == 2
        assert "x" not in body


def test_event_text_cannot_mention_anybody_in_a_chat() -> None:
    body = sent(spoiled('<@all> @all <at user_id="all">x</at> @everyone'), template=WECOM).body.decode()
    assert "<@all>" not in body
    assert "@all" not in body
    assert "<at" not in body
    assert "@everyone" not in body


def test_the_plain_body_is_data_and_has_texts_as_they_are() -> None:
    body = json.loads(sent(spoiled("@all <!channel>\n")).body)
    assert body["issue"]["title"] == "@all <!channel>\n"
    # But for the one that chats show which take any webhook.
    assert "@all" not in body["text"]
    assert "<!channel>" not in body["text"]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"headers": "Host: x"}, "headers"),
        ({"template": "{{ nothing }}"}, "template"),
        ({"template": '{"a": {{ issue.title }}'}, "template"),
    ],
)
def test_what_is_checked(config: dict[str, str], field: str) -> None:
    assert list(KIND.check({"url": URL, **config})) == [field]


def test_errors_in_the_body_of_an_answer() -> None:
    with pytest.raises(Failed, match="error 93000"):
        sent(notice(), Response(200, {}, b'{"errcode": 93000, "errmsg": "invalid webhook url"}'))


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_ALLOW = allow_list.parse("127.0.0.1")
    with receiving(reply(302, b"", Location="/"), reply(200, b"thanks")) as found:
        yield found


def test_on_the_wire(receiver: Receiver) -> None:
    config = {"url": receiver.url, "secret": "s3cret"}
    with pytest.raises(Failed, match="redirect"):
        KIND.send(config, notice(), {}, send)
    assert KIND.send(config, notice(), {}, send).answer == "thanks"
    first, second = receiver.got
    assert first.headers["x-rustrak-request-id"] == second.headers["x-rustrak-request-id"]
    expected = hmac.new(
        b"s3cret", second.headers["x-rustrak-timestamp"].encode() + b"." + second.body, hashlib.sha256
    )
    assert second.headers["x-rustrak-signature"] == f"sha256={expected.hexdigest()}"
