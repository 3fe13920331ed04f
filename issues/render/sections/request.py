"""The HTTP request of an event: `request`.

Headers come as an object, an object of lists (PHP) or pairs; query string and cookies also as text; the body as
text or as an object (protocol.md, 1.8). What an SDK did not send is said to be absent, never guessed.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from issues.render.values import (
    CUT_CHARACTERS,
    FILTERED,
    Field,
    Table,
    Value,
    line,
    mapping,
    pairs,
    show,
    string,
    table,
    web_address,
)

_KNOWN = {
    "url",
    "method",
    "query_string",
    "headers",
    "cookies",
    "data",
    "env",
    "fragment",
    "inferred_content_type",
}
_LONGEST_PARSED = 100_000


@dataclass(frozen=True)
class Request:
    """A request. `address` is its URL without the query, which is a table of its own."""

    method: str
    address: str
    link: str
    tables: tuple[Table, ...]
    body: Value | None
    body_type: str
    body_fields: tuple[Field, ...]
    curl: str
    stray: Value | None = None


def request(value: object) -> Request | None:
    """`request` of an event, or None when there is none."""
    if value in (None, "", {}, []):
        return None
    if not isinstance(value, dict):
        return Request("", "", "", (), None, "", (), "", stray=show(value))
    url = string(value.get("url"))
    address, _, in_url = url.partition("?")
    headers = _headers(value.get("headers"))
    query = _query(value.get("query_string") if value.get("query_string") not in (None, "") else in_url)
    body_value, body_type, body_fields = _body(
        value.get("data"), headers, string(value.get("inferred_content_type"))
    )
    other = {
        name: member
        for name, member in value.items()
        if name not in _KNOWN and member not in (None, "", {}, [])
    }
    if value.get("url") and not url:
        other["url"] = value["url"]
    if value.get("fragment"):
        other["fragment"] = value["fragment"]
    tables = (
        table("Query", query),
        table("Headers", headers),
        table("Cookies", _cookies(value.get("cookies"))),
        table("Environment", value.get("env")),
        table("Other", other),
    )
    method = line(value.get("method"), 32)
    return Request(
        method=method,
        address=address[:CUT_CHARACTERS],
        link=web_address(value.get("url")),
        tables=tuple(one for one in tables if one.fields),
        body=body_value,
        body_type=body_type,
        body_fields=body_fields,
        curl=_curl(method, url, query, headers, value.get("data")),
    )


def _headers(value: object) -> object:
    """Pairs or an object of lists as an object of values; as it came when it is neither."""
    if not isinstance(value, dict | list):
        return value
    return [
        [name, member[0] if isinstance(member, list) and len(member) == 1 else member]
        for name, member in pairs(value)
    ]


def _query(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.removeprefix("?")[:_LONGEST_PARSED]
    try:
        parsed = parse_qsl(text, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return text
    return [[name, member] for name, member in parsed] or text


def _cookies(value: object) -> object:
    if not isinstance(value, str) or "=" not in value:
        return value
    parts = (part.strip().partition("=") for part in value[:_LONGEST_PARSED].split(";") if part.strip())
    return [[name, member] for name, _, member in parts]


def _body(value: object, headers: object, inferred: str) -> tuple[Value | None, str, tuple[Field, ...]]:
    """The body to show, what it is said to be, and its fields when it is a form."""
    if value in (None, "", {}, []):
        return None, "", ()
    said = inferred or next(
        (line(member) for name, member in pairs(headers) if name.lower() == "content-type"), ""
    )
    if isinstance(value, str):
        if value == FILTERED:
            return show(value), said, ()
        if "form-urlencoded" in said and len(value) < _LONGEST_PARSED:
            form = table("Body", _query(value))
            return None, said, form.fields
        if value.lstrip()[:1] in ("{", "[") and len(value) < _LONGEST_PARSED:
            try:
                return show(json.loads(value)), said, ()
            except (ValueError, RecursionError):
                return show(value), said, ()
    if isinstance(value, dict) and "form" in said:
        return None, said, table("Body", value).fields
    return show(value), said, ()


def _curl(method: str, url: str, query: object, headers: object, data: object) -> str:
    """The request as a command line; what was filtered stays filtered."""
    if not web_address(url):
        return ""
    text = url
    if "?" not in url and isinstance(query, list) and query:
        from_pairs = "&".join(f"{line(name, 200)}={line(member, 500)}" for name, member in pairs(query)[:50])
        text = f"{url}?{from_pairs}"
    parts = ["curl", *(["-X", method] if method and method != "GET" else []), shlex.quote(text[:4_000])]
    skipped = {"content-length", "host", "connection", "accept-encoding"}
    for name, member in pairs(headers)[:60]:
        if name.lower() not in skipped:
            parts += ["-H", shlex.quote(f"{line(name, 120)}: {line(member, 1_000)}")]
    if data not in (None, "", {}, []):
        parts += ["--data", shlex.quote(show(data, limit=2_000).text)]
    return " ".join(parts)


def address_of(value: object) -> str:
    """Method and URL on one line, for a chip."""
    sent: dict[str, Any] = mapping(value)
    return f"{line(sent.get('method'), 16)} {line(sent.get('url'), 120)}".strip()
