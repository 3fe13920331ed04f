"""The HTTP request of an event.

Headers are an object, an object of lists (PHP) or pairs; query string and cookies may also be text; the body is text
or an object (docs/protocol.md, "Event payload", request). What an SDK did not send is shown as absent, not guessed.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from urllib.parse import parse_qsl

from issues.payload.access import mapping
from issues.render.room import Room
from issues.render.tables import Field, Table, Value, is_empty, pairs, show, table
from issues.render.values import FILTERED, LONGEST_TEXT, line, string, web_address

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
MOST_HEADERS = 1_000


@dataclass(frozen=True)
class Request:
    """A request. `address` is its URL without the query, which is a table of its own; `curl` repeats the request."""

    method: str
    address: str
    link: str
    tables: tuple[Table, ...]
    body: Value | None
    body_type: str
    body_fields: tuple[Field, ...]
    curl: str
    stray: Value | None = None

    @property
    def may_have_body(self) -> bool:
        """Whether a request of this method mostly has a body, so that a missing one is worth a word."""
        return self.method.upper() in {"POST", "PUT", "PATCH"}


def request(value: object, room: Room | None = None) -> Request | None:
    """`request` of an event, or None when there is none."""
    if is_empty(value):
        return None
    room = room or Room()
    sent = mapping(value)
    if not sent or (isinstance(value, list) and len(sent) < len(value)):
        return Request("", "", "", (), None, "", (), "", stray=show(value, room=room))
    url = string(sent.get("url"))
    address, _, in_url = url.partition("?")
    headers = _headers(sent.get("headers"))
    query = _query(in_url if is_empty(sent.get("query_string")) else sent["query_string"])
    body_value, body_type, body_fields = _body(
        sent.get("data"), headers, string(sent.get("inferred_content_type"), 200), room
    )
    other = {name: member for name, member in sent.items() if name not in _KNOWN and not is_empty(member)}
    if sent.get("url") and not url:
        other["url"] = sent["url"]
    if sent.get("fragment"):
        other["fragment"] = sent["fragment"]
    tables = (
        table("Query", query, room=room),
        table("Headers", headers, room=room),
        table("Cookies", _cookies(sent.get("cookies")), room=room),
        table("Environment", sent.get("env"), room=room),
        table("Other", other, room=room),
    )
    method = line(sent.get("method"), 32)
    return Request(
        method=method,
        address=address[:LONGEST_TEXT],
        link=web_address(sent.get("url")),
        tables=tuple(one for one in tables if one.fields),
        body=body_value,
        body_type=body_type,
        body_fields=body_fields,
        curl=_curl(method, url, query, headers, sent.get("data")),
    )


def _headers(value: object) -> object:
    """Pairs or an object of lists as pairs of name and value; anything else as it was sent."""
    if not isinstance(value, dict | list):
        return value
    return [
        [name, member[0] if isinstance(member, list) and len(member) == 1 else member]
        for name, member in pairs(value, MOST_HEADERS)
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


def _body(
    value: object, headers: object, inferred: str, room: Room
) -> tuple[Value | None, str, tuple[Field, ...]]:
    """The body to show, its media type as far as it is known, and its fields when it is a form."""
    if is_empty(value):
        return None, "", ()
    said = inferred or next(
        (line(member) for name, member in pairs(headers) if name.lower() == "content-type"), ""
    )
    if isinstance(value, str):
        if value == FILTERED:
            return show(value, room=room), said, ()
        if "form-urlencoded" in said and len(value) < _LONGEST_PARSED:
            form = table("Body", _query(value), room=room)
            return None, said, form.fields
        if value.lstrip()[:1] in ("{", "[") and len(value) < _LONGEST_PARSED:
            try:
                return show(json.loads(value), room=room), said, ()
            except (ValueError, RecursionError):
                return show(value, room=room), said, ()
    if isinstance(value, dict) and "form" in said:
        return None, said, table("Body", value, room=room).fields
    return show(value, room=room), said, ()


def _curl(method: str, url: str, query: object, headers: object, data: object) -> str:
    """The request as a curl command, or empty without a URL. Values that the SDK filtered stay filtered."""
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
    if not is_empty(data):
        parts += ["--data", shlex.quote(show(data, limit=2_000).text)]
    return " ".join(parts)


def address_of(value: object) -> str:
    """Method and URL on one line, for the head of the page."""
    sent = mapping(value)
    return f"{line(sent.get('method'), 16)} {line(sent.get('url'), 120)}".strip()
