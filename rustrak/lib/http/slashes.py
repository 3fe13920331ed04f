"""The paths of Sentry's web API, which clients write with a slash at the end, without one, and with several in a row. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

# Begins at the first of several slashes only, or the time would grow with their square.
_API = re.compile(rb"(?<!/)/++api/++0(?:/|$)")


def tidy(path: str, raw_path: bytes) -> str:
    """`path` below `/api/0` with single slashes and one at the end; any other path as it is.

    `raw_path` is the path as it was sent, of which a slash that is percent-encoded belongs to a name: `a%2F%2Fb` stays `a//b`. It may be
    missing (empty) or longer than `path`, by the prefix of PUBLIC_URL.
    """
    sent = path.encode("utf-8", "surrogatepass")
    if not _API.match(sent):
        return path
    raw = raw_path.partition(b"?")[0]
    found = _API.search(raw)
    if found is not None and unquote_to_bytes(raw[found.start() :]) == sent:
        parts = [unquote_to_bytes(part) for part in raw[found.start() :].split(b"/") if part]
    else:
        parts = [part for part in sent.split(b"/") if part]
    return "/" + b"/".join(parts).decode("utf-8", "replace") + "/"
