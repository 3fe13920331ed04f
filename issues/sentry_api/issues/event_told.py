"""Events as Sentry's API tells them: the payload in entries. Pure but for its addresses.

What an SDK sent may have any JSON type: what is of the wrong one is read as absent, or passed on as it is where clients show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from issues.models import Event, Level
from issues.payload import message, stack, tags
from issues.payload.access import entries, interface, mapping, text
from issues.payload.title import type_and_value
from issues.payload.user import stored_identity
from issues.sentry_api.issues.named import number_of
from rustrak.lib import clock

#: Of a stack, those next to where it happened; a page of Rustrak shows all.
MOST_FRAMES = 1_000
_USER = ("id", "email", "username", "ip_address", "name")


def event_line(event: Event, payload: dict[str, Any]) -> dict[str, Any]:
    """An event in a list. Its `issue` is loaded, with the project."""
    issue = event.issue
    plain = event.event_id.hex
    return {
        "id": plain,
        "eventID": plain,
        "groupID": number_of(issue),
        "projectID": str(event.project_id),
        "title": event.own_title or issue.title,
        "message": message.formatted(payload),
        "location": None,
        "culprit": issue.culprit,
        "platform": event.platform or "other",
        "event.type": "error" if entries(interface(payload, "exception")) else "default",
        "dateCreated": clock.rfc3339(event.timestamp),
        "dateReceived": clock.rfc3339(event.ingested_at),
        "tags": _tags(event, payload),
        "user": _user(event, payload),
        "crashFile": None,
    }


def event_out(event: Event, sent: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    """A whole event. `payload` is the readable form of what was `sent`, or that itself."""
    type_, value = type_and_value(payload)
    line = event_line(event, payload)
    return line | {
        "type": line["event.type"],
        "metadata": {"title": line["title"], "type": type_, "value": value},
        "size": 0,
        "entries": list(_entries(sent, payload)),
        "contexts": _contexts(payload),
        "context": mapping(payload.get("extra")),
        "packages": mapping(payload.get("modules")),
        "sdk": _sdk(payload),
        "dist": text(payload.get("dist")) or None,
        "release": {"version": event.release} if event.release else None,
        "environment": event.environment or None,
        "fingerprints": [],
        "errors": [],
        "userReport": None,
        "nextEventID": None,
        "previousEventID": None,
        "level": Level(event.level).label,
        "occurrence": None,
    }


def event_sent(event: Event, sent: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    """The event in the form in which SDKs send it, of `payload`, its readable form."""
    thrown = entries(interface(payload, "exception"))
    raw = entries(interface(sent, "exception"))
    values = []
    for index, one in enumerate(thrown):
        before = raw[index] if payload is not sent and index < len(raw) else one
        frames, raw_frames = stack.frames(one), stack.frames(before)
        # sentry-cli takes a stack for mapped if there is another one as it was sent.
        is_mapped = frames != raw_frames
        if is_mapped and len(frames) == len(raw_frames):
            frames = [_with_address(*both) for both in zip(frames, raw_frames, strict=True)]
        values.append(
            {
                **one,
                "stacktrace": {"frames": frames} if frames else None,
                "raw_stacktrace": {"frames": raw_frames} if is_mapped else None,
            }
        )
    return payload | {
        "event_id": event.event_id.hex,
        "project": event.project_id,
        "platform": event.platform or "other",
        "release": event.release or None,
        "dist": text(payload.get("dist")) or None,
        "tags": [[tag["key"], tag["value"]] for tag in _tags(event, payload)],
        **({"exception": {"values": values}} if thrown else {}),
    }


def _with_address(frame: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    """A mapped frame whose source is named by a URL, as that of its script is: `sourcemaps explain` refuses any other name."""
    # Browsers' frames have no abs_path: their filename is the URL.
    script = text(raw.get("abs_path")) or text(raw.get("filename"))
    source = text(frame.get("abs_path"))
    if "://" not in script or "://" in source:
        return frame
    try:
        return {**frame, "abs_path": urljoin(script, source)}
    except ValueError:  # such as an IPv6 address that is none
        return {**frame, "abs_path": script}


def _tags(event: Event, payload: dict[str, Any]) -> list[dict[str, str]]:
    """With what Sentry counts as tags besides."""
    own = {
        "level": Level(event.level).label,
        "environment": event.environment,
        "release": event.release,
        "server_name": text(payload.get("server_name")),
        "transaction": text(payload.get("transaction")),
    }
    found = {name: value for name, value in own.items() if value} | tags.read(payload)
    return [{"key": name, "value": value} for name, value in sorted(found.items())]


def _user(event: Event, payload: dict[str, Any]) -> dict[str, Any] | None:
    user = mapping(interface(payload, "user"))
    if not user:
        return None
    if "auto" in text(user.get("ip_address")):  # the SDK left it to the server
        known_as = stored_identity(payload, event.notes or [])
        user = {**user, "ip_address": known_as.ip_address if known_as else ""}
    known: dict[str, Any] = {name: text(user[name]) if user.get(name) else None for name in _USER}
    known["data"] = {name: value for name, value in user.items() if name not in _USER}
    return known


def _contexts(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in mapping(payload.get("contexts")).items() if isinstance(value, dict)
    }


def _sdk(payload: dict[str, Any]) -> dict[str, str] | None:
    sdk = mapping(payload.get("sdk"))
    return {"name": text(sdk.get("name")), "version": text(sdk.get("version"))} if sdk else None


def _entries(sent: dict[str, Any], payload: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if said := message.formatted(payload):
        yield {
            "type": "message",
            "data": {"formatted": said, "message": message.unformatted(payload) or None},
        }
    if thrown := entries(interface(payload, "exception")):
        raw = entries(interface(sent, "exception")) if sent is not payload else []
        values = [_thrown(one, raw[index] if index < len(raw) else None) for index, one in enumerate(thrown)]
        yield {
            "type": "exception",
            "data": {
                "values": values,
                "excOmitted": None,
                "hasSystemFrames": any(
                    one["stacktrace"] and one["stacktrace"]["hasSystemFrames"] for one in values
                ),
            },
        }
    elif own := _stack(payload):
        yield {"type": "stacktrace", "data": own}
    if threads := entries(payload.get("threads")):
        yield {"type": "threads", "data": {"values": [_thread(one) for one in threads]}}
    if crumbs := entries(interface(payload, "breadcrumbs")):
        yield {"type": "breadcrumbs", "data": {"values": [_crumb(one) for one in crumbs]}}
    if request := mapping(interface(payload, "request")):
        yield {"type": "request", "data": _request(request)}
    if images := entries(mapping(payload.get("debug_meta")).get("images")):
        yield {"type": "debugmeta", "data": {"images": images}}


def _thrown(one: dict[str, Any], raw: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "type": text(one.get("type")) or None,
        "value": text(one.get("value")) or None,
        "module": text(one.get("module")) or None,
        "mechanism": one.get("mechanism") if isinstance(one.get("mechanism"), dict) else None,
        "threadId": one.get("thread_id"),
        "stacktrace": _stack(one),
        "rawStacktrace": _stack(raw) if raw else None,
    }


def _thread(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one.get("id"),
        "name": text(one.get("name")) or None,
        "crashed": one.get("crashed") is True,
        "current": one.get("current") is True,
        "stacktrace": _stack(one),
        "rawStacktrace": None,
    }


def _stack(holder: dict[str, Any]) -> dict[str, Any] | None:
    """The stack trace of an exception, a thread or the event, the oldest call first; None without frames."""
    frames = stack.frames(holder)
    if not frames:
        return None
    kept = frames[-MOST_FRAMES:]
    shown = [_frame(one) for one in kept]
    return {
        "frames": shown,
        "framesOmitted": [0, len(frames) - len(kept)] if len(kept) < len(frames) else None,
        "hasSystemFrames": any(not one["inApp"] for one in shown),
        "registers": None,
    }


def _frame(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "filename": text(one.get("filename")) or None,
        "absPath": text(one.get("abs_path")) or None,
        "module": text(one.get("module")) or None,
        "package": text(one.get("package")) or None,
        "platform": text(one.get("platform")) or None,
        "function": text(one.get("function")) or None,
        "rawFunction": text(one.get("raw_function")) or None,
        "instructionAddr": text(one.get("instruction_addr")) or None,
        "symbolAddr": text(one.get("symbol_addr")) or None,
        "lineNo": _whole(one.get("lineno")),
        "colNo": _whole(one.get("colno")),
        "inApp": one.get("in_app") is True,
        "context": _context(one),
        "vars": one.get("vars") if isinstance(one.get("vars"), dict) else None,
        "errors": None,
    }


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _context(frame: dict[str, Any]) -> list[list[Any]]:
    """Lines of source, with their numbers."""
    number = _whole(frame.get("lineno"))
    if number is None or not isinstance(frame.get("context_line"), str):
        return []
    before = _lines(frame.get("pre_context"))
    lines = [*before, frame["context_line"], *_lines(frame.get("post_context"))]
    return [[number - len(before) + index, line] for index, line in enumerate(lines)]


def _lines(value: Any) -> list[str]:
    return [text(line) for line in value] if isinstance(value, list) else []


def _crumb(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": text(one.get("type")) or "default",
        "category": text(one.get("category")) or None,
        "level": text(one.get("level")) or "info",
        "message": text(one.get("message")) or None,
        "timestamp": one.get("timestamp"),
        "data": one.get("data") if isinstance(one.get("data"), dict) else None,
        "event_id": None,
    }


def _request(sent: dict[str, Any]) -> dict[str, Any]:
    return {
        "method": text(sent.get("method")) or None,
        "url": text(sent.get("url")) or None,
        "query": _pairs(sent.get("query_string")),
        "fragment": text(sent.get("fragment")) or None,
        "data": sent.get("data"),
        "headers": _pairs(sent.get("headers")),
        "cookies": _pairs(sent.get("cookies")),
        "env": sent.get("env") if isinstance(sent.get("env"), dict) else None,
        "inferredContentType": text(sent.get("inferred_content_type")) or None,
    }


def _pairs(value: Any) -> list[list[str]] | str:
    if isinstance(value, str):
        return value
    return [[text(name), text(each)] for name, each in mapping(value).items()]
