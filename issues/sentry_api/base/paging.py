"""Pages of lists: a JSON array, and a Link header that leads to the next page. Source: docs/sentry-api.md, "Answers"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rustrak.lib import cursor as cursors
from rustrak.lib import problems, tolerant_json

MOST = 100
# What clients send for the first page: `0:0:0`, or nothing.
_FIRST = re.compile(r"\d{1,9}:0:[01]", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def limit(request: HttpRequest, usual: int = MOST) -> int:
    """How many items a client wants, as `limit` or `per_page`: 1 to MOST. Some read one page only, so that without a word it is long.
    Raises BadInput."""
    asked = request.GET.get("limit") or request.GET.get("per_page") or str(usual)
    if not _NUMBER.fullmatch(asked) or not int(asked):
        raise problems.BadInput(f"limit, per_page: a number from 1 to {MOST}")
    return min(int(asked), MOST)


def cursor(request: HttpRequest) -> str | None:
    """The cursor that a client sends; None for the first page."""
    text = request.GET.get("cursor", "")
    return None if not text or _FIRST.fullmatch(text) else text


def answer(
    request: HttpRequest, items: Sequence[Any], next_cursor: str | None = None, **headers: str
) -> HttpResponse:
    """The response with one page of a list. `next_cursor` is None on the last page."""
    response = HttpResponse(tolerant_json.dumps(list(items)), content_type="application/json")
    response["Link"] = ", ".join(
        (_link(request, "previous", None), _link(request, "next", next_cursor)),
    )
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def part(request: HttpRequest, items: Sequence[Any], name: str) -> tuple[list[Any], str | None]:
    """One page of a list that is whole in memory, and the cursor of the next page: `name` tells one list's cursors from another's.

    Raises BadCursor.
    """
    start, text = 0, cursor(request)
    if text:
        values = cursors.decode(text)
        if len(values) != 2 or values[0] != name or not isinstance(values[1], int) or values[1] < 0:
            raise cursors.BadCursor("belongs to another list")
        start = values[1]
    end = start + limit(request)
    return list(items[start:end]), cursors.encode((name, end)) if end < len(items) else None


def _link(request: HttpRequest, relation: str, cursor: str | None) -> str:
    query = {name: values for name, values in request.GET.lists() if name != "cursor"} | {
        "cursor": [cursor or ""]
    }
    base = urlsplit(settings.PUBLIC_URL)
    address = f"{base.scheme}://{base.netloc}{quote(request.path)}?{urlencode(query, doseq=True)}"
    has = "true" if cursor else "false"
    return f'<{address}>; rel="{relation}"; results="{has}"; cursor="{cursor or ""}"'
