"""Asks as somebody, and takes back what that has changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"(\w+)"', re.IGNORECASE)
#: Written whoever asks, and whatever comes of it.
_BOOKKEEPING = {"django_session", "accounts_signin", "accounts_attempt", "accounts_apitoken"}


@cache
def _client() -> Client:
    """One for all requests: each would load all middleware."""
    return Client(raise_request_exception=False)


def ask(
    method: str, path: str, data: str = "", *, content_type: str = FORM, session: str = "", token: str = ""
) -> tuple[HttpResponse, list[str]]:
    """The answer, and the tables that the request wrote to. What it changed is taken back."""
    client = _client()
    client.cookies.clear()
    if session:
        client.cookies["sessionid"] = session
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    written: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        if (found := _WRITES.match(sql)) and found[1] not in _BOOKKEEPING:
            written.append(found[1])
        return execute(sql, *more)

    with transaction.atomic(), connection.execute_wrapper(note):
        answer = client.generic(method, path, data, content_type=content_type, headers=headers)
        if answer.streaming:
            answer = HttpResponse(b"".join(answer), status=answer.status_code, headers=answer.headers)
        transaction.set_rollback(True)
    return answer, written
