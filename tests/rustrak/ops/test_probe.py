from __future__ import annotations

import time

import orjson
import pytest
from django.test import Client, override_settings

from rustrak.ops import probe


def test_a_signed_request_is_answered_with_how_it_arrived() -> None:
    asked = probe.question()
    answer = Client().get(
        probe.PATH,
        headers={
            probe.HEADER: asked,
            "Host": "testserver",
            "X-Forwarded-For": "203.0.113.9",
            "Cookie": "secret=1",
        },
    )
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    found = probe.read_answer(answer.content, asked)
    assert found is not None
    assert (found.scheme, found.host, found.peer, found.client) == (
        "http",
        "testserver",
        "127.0.0.1",
        "127.0.0.1",
    )
    assert found.forwarded == {"X-Forwarded-For": "203.0.113.9"}
    assert abs(found.at - time.time()) < 30


@pytest.mark.parametrize(
    "header", ["", "x", "a:b:c", probe.question()[:-1]], ids=["none", "short", "parts", "cut"]
)
def test_a_request_without_a_signature_is_a_404(header: str) -> None:
    assert Client().get(probe.PATH, headers={probe.HEADER: header}).status_code == 404
    assert Client().get(probe.PATH).status_code == 404


def test_requests_and_answers_of_another_installation_are_refused() -> None:
    with override_settings(SECRET_KEY="another installation's secret, long enough"):
        asked = probe.question()
        answer = Client().get(probe.PATH, headers={probe.HEADER: asked})
    assert answer.status_code == 200
    assert probe.read_answer(answer.content, asked) is None
    assert Client().get(probe.PATH, headers={probe.HEADER: asked}).status_code == 404


def test_an_answer_to_another_question_is_refused() -> None:
    asked = probe.question()
    answer = Client().get(probe.PATH, headers={probe.HEADER: asked}).content
    assert probe.read_answer(answer, probe.question()) is None
    for body in (b"", b"{}", b"[]", b'{"answer": 3}', b"<html>", orjson.dumps({"answer": asked})):
        assert probe.read_answer(body, asked) is None
