"""JSON to the other side, and what came back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from issues.alerts.channel import Failed, Send
from issues.alerts.channels import answers
from rustrak.outbound.client import Request, Response

NOT_A_TOKEN = "A token has no spaces and only ASCII characters."  # noqa: S105
_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}


def call(
    send: Send,
    url: str,
    payload: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
) -> Response:
    """Send `payload` as JSON in UTF-8. Raises what `send` raises."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return send(Request(method=method, url=url, headers={**_HEADERS, **(headers or {})}, body=body))


def fields(response: Response) -> dict[str, Any]:
    """The JSON object of an answer; empty for an answer that is something else."""
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def word(value: Any, most: int = 100) -> str:
    """A text of an answer, cut and with nothing in it that is not seen; empty for what is no text."""
    return answers.said(value.encode("utf-8", "replace"), most) if isinstance(value, str) else ""


def identity(value: Any) -> str:
    """An id of an answer, which is sent back later; empty for what can be none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 1 << 63 else ""
    if isinstance(value, str) and value.isascii() and value.isprintable() and 0 < len(value) <= 200:
        return value
    return ""


def failed(text: str, response: Response, *, final: bool = False, retry_after: float | None = None) -> Failed:
    """A Failed with the status and the words of an answer. `retry_after` that is given wins over the header's.

    What is not final is about the other side, not about the message: others would fail as well for now.
    """
    seconds = answers.retry_after(response) if retry_after is None else retry_after
    return Failed(
        text,
        final=final,
        holds=not final,
        status=response.status,
        answer=answers.said(response.body),
        retry_after=None if final or seconds is None else min(max(seconds, 0.0), answers.MOST_RETRY_SECONDS),
    )


def seconds(value: Any) -> float | None:
    """A number of seconds from an answer's body; None for what is no number or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    return min(float(min(value, 1e9)), answers.MOST_RETRY_SECONDS)
