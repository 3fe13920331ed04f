"""Requests to the provider. Its answers are JSON objects or lists of at most ANSWER_BYTES."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus, urlencode

from rustrak.outbound import client
from rustrak.outbound.messages import Refused, Request, Response, Unreachable

#: All requests of one sign-in together: somebody looks at an empty page meanwhile.
MOST_SECONDS = 10.0


class Failed(Exception):
    """Nobody is signed in. The message is for people: what went wrong at or with the provider. `detail` is for the log."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


@contextmanager
def together(seconds: float = MOST_SECONDS) -> Iterator[None]:
    """A context whose requests end within `seconds` in all."""
    token = client.ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        client.ends_at.reset(token)


def read(url: str, bearer: str = "") -> Any:
    """The JSON at `url`, which `bearer` may see. Raises Failed."""
    headers = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    return _json(url, _send(Request("GET", url, headers)))


def post(url: str, fields: Mapping[str, str], login: tuple[str, str] | None = None) -> dict[str, Any]:
    """The JSON object that answers a form, which is sent with an id and secret as Basic authentication. Raises Failed.

    An answer with `error` is returned too, whatever its status.
    """
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if login is not None:
        # RFC 6749, section 2.3.1: both are encoded as in forms first.
        pair = ":".join(map(quote_plus, login))
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
    answer = _send(Request("POST", url, headers, urlencode(fields).encode()))
    value = _json(url, answer, whatever_status=True)
    if not isinstance(value, dict):
        raise _odd(url, "the answer is no JSON object")
    return value


def _send(request: Request) -> Response:
    try:
        return client.send(request, MOST_SECONDS)
    except (Refused, Unreachable) as error:
        raise Failed(f"The provider cannot be asked: {error}", str(error)) from None


def _json(url: str, answer: Response, *, whatever_status: bool = False) -> Any:
    if answer.status != 200 and not (whatever_status and 400 <= answer.status < 500):
        raise _odd(url, f"status {answer.status}")
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise _odd(url, f"status {answer.status}, and no JSON") from None


def _odd(url: str, what: str) -> Failed:
    return Failed("The provider gave an answer that cannot be used.", f"{url.partition('?')[0]}: {what}")
