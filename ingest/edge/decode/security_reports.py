"""Turns the reports that browsers send to /security/ into events. Pure."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import orjson

from ingest.edge.decode import json_object
from ingest.edge.errors import BadEnvelope
from ingest.ledger.outcomes import Reason

# Directive -> what it controls, as an issue's title names it.
_KINDS = {
    "script": "script", "script-src": "script", "script-src-elem": "script", "script-src-attr": "script",
    "style-src": "style", "style-src-elem": "style", "style-src-attr": "style",
    "img-src": "image", "font-src": "font", "connect-src": "connect", "media-src": "media",
    "object-src": "object", "frame-src": "frame", "child-src": "child", "worker-src": "worker",
    "manifest-src": "manifest", "form-action": "form action", "frame-ancestors": "frame ancestor",
    "base-uri": "base URI", "default-src": "default",
}  # fmt: skip
_DIRECTIVES = ("effective-directive", "violated-directive")
# Sent by old browsers, about certificates and pinned keys.
_RETIRED = ("expect-ct-report", "expect-staple-report", "known-pins")
# Of a value that a title, a tag or a URL is made of, in characters.
_MAX_TEXT = 8192
# The members of a report that get their older names. Browsers send about a dozen.
_MAX_RENAMED = 100
_MAX_NAME = 64

_capital = re.compile(r"[A-Z]")


#: A CSP report, None for a report of a type that is not stored, or why it cannot be used.
Report = dict[str, Any] | BadEnvelope | None


def reports(body: bytes) -> list[Report]:
    """The reports in a /security/ body, in order.

    The names in a CSP report are those of the older `csp-report` format, in whichever it was sent. Raises BadEnvelope when
    the body is not JSON.
    """
    try:
        value = json_object.value(body)
    except json_object.NotJson:
        raise BadEnvelope("the report is not JSON", Reason.MALFORMED_JSON) from None
    entries = value if isinstance(value, list) else [value]
    return [_report(entry) for entry in entries]


def _report(entry: Any) -> Report:
    if not isinstance(entry, dict):
        return BadEnvelope("a report is not a JSON object")
    if isinstance(entry.get("csp-report"), dict):
        return dict(entry["csp-report"])
    if isinstance(entry.get("type"), str):
        if entry["type"] != "csp-violation":
            return None
        if not isinstance(entry.get("body"), dict):
            return BadEnvelope("a CSP violation has no body")
        report = {
            _dashed(name) if number < _MAX_RENAMED else name: value
            for number, (name, value) in enumerate(entry["body"].items())
        }
        report.setdefault("document-url", entry.get("url"))
        return report
    if any(name in entry for name in _RETIRED):
        return None
    if any(name in entry for name in _DIRECTIVES):  # without the outer object, as some collectors forward it
        return entry
    return BadEnvelope("the report is of an unknown type")


def event(report: dict[str, Any], *, release: str, environment: str, user_agent: str) -> bytes:
    """The event of a CSP report, as JSON. Its issue follows from the directive and the host that was blocked.

    Raises BadEnvelope for a report that is nested too deeply.
    """

    def text(*names: str) -> str:
        return next((_text(report[name]) for name in names if report.get(name)), "")

    # Firefox sends only violated-directive, once with the whole list of sources.
    directive = (text(*_DIRECTIVES).split() or ["unknown"])[0]
    blocked = text("blocked-uri", "blocked-url")
    document = text("document-uri", "document-url")
    found: dict[str, Any] = {
        "platform": "other",
        "level": "error",
        "logger": "csp",
        "message": _title(directive, blocked, document),
        "transaction": directive,
        "tags": {"effective-directive": directive},
        "csp": report,
    }
    if blocked:
        found["tags"]["blocked-uri"] = blocked[:200]
    headers = {"Referer": text("referrer"), "User-Agent": user_agent}
    if headers := {name: value for name, value in headers.items() if value}:
        found["request"] = {"headers": headers}
    if document:
        found["request"] = {"url": document, **found.get("request", {})}
    if release:
        found["release"] = release
    if environment:
        found["environment"] = environment
    try:
        return orjson.dumps(found)
    except TypeError:
        raise BadEnvelope("a report is nested too deeply") from None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    return str(value) if isinstance(value, int | float) else ""


def _title(directive: str, blocked: str, document: str) -> str:
    kind = _KINDS.get(directive, directive)
    if blocked in {"eval", "wasm-eval"}:
        return f"Blocked unsafe eval() '{kind}'"
    if blocked in {"inline", ""}:
        return f"Blocked {'unsafe ' if kind == 'script' else ''}inline '{kind}'"
    try:
        source = urlsplit(document if blocked == "self" else blocked)
        host = source.netloc or (f"{source.scheme}:" if source.scheme else blocked)
    except ValueError:
        host = blocked
    return f"Blocked '{kind}' from '{host[:200]}'"


def _dashed(name: str) -> str:
    """The older name of a field: `effective-directive` for the Reporting API's `effectiveDirective`."""
    if len(name) > _MAX_NAME:
        return name
    return _capital.sub(lambda letter: f"-{letter[0].lower()}", name).replace("-u-r-l", "-url")
