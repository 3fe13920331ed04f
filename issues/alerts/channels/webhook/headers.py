"""The headers that people add to a webhook. Pure."""

from __future__ import annotations

import re

MOST = 20
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_VALUE = re.compile(r"[\x20-\x7e\t]{0,2000}", re.ASCII)
# Those of the connection (RFC 9110, section 7.6.1), and what follows from the request.
_NOT_ALLOWED = frozenset(
    {
        "accept-encoding", "connection", "content-encoding", "content-length", "expect", "host", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


def read(text: str) -> tuple[dict[str, str], str]:
    """The headers in lines of `Name: value`, and what is wrong with them; the message repeats no value."""
    headers: dict[str, str] = {}
    for number, entry in enumerate(filter(str.strip, text.split("\n")), 1):
        name, colon, value = (part.strip() for part in entry.partition(":"))
        if not colon or not _TOKEN.fullmatch(name):
            return {}, f"Line {number} is not a header, as in X-Team: shop."
        if name.lower() in _NOT_ALLOWED or name.lower().startswith("x-rustrak-"):
            return {}, f"The header {name} cannot be set."
        if not _VALUE.fullmatch(value):
            return {}, f"The value of {name} must have at most 2000 characters, all of them ASCII."
        if name.lower() in map(str.lower, headers):
            return {}, f"The header {name} is there twice."
        headers[name] = value
    if len(headers) > MOST:
        return {}, f"There may be at most {MOST} headers."
    return headers, ""
