"""The smaller sections of an event: extra, modules, SDK, CSP report, debug images, and fields without a section."""

from __future__ import annotations

from typing import Any

from issues.payload.access import items, mapping
from issues.render.tables import Field, Table, is_empty, show, table
from issues.render.values import line

MOST_MODULES = 500

# Shown by a section, in the head of the page, or, when it is about the payload itself, in the raw JSON only.
_SHOWN_ELSEWHERE = {
    "event_id", "timestamp", "platform", "level", "exception", "sentry.interfaces.Exception", "stacktrace",
    "sentry.interfaces.Stacktrace", "threads", "message", "logentry", "sentry.interfaces.Message", "breadcrumbs",
    "sentry.interfaces.Breadcrumbs", "request", "sentry.interfaces.Http", "user", "sentry.interfaces.User", "tags",
    "contexts", "extra", "modules", "sdk", "environment", "release", "dist", "server_name", "transaction", "logger",
    "fingerprint", "csp", "type", "transaction_info", "project", "_meta", "debug_meta", "key_id",
}  # fmt: skip

_SDK_LABELS = {"name": "Name", "version": "Version", "integrations": "Integrations", "packages": "Packages"}


def extra_data(value: object) -> Table | None:
    """`extra`, row by row."""
    return None if is_empty(value) else table("Extra", value)


def modules(value: object) -> Table | None:
    """Installed packages and their versions, in the order of their names."""
    if is_empty(value):
        return None
    if isinstance(value, dict):
        value = dict(sorted(value.items(), key=lambda pair: str(pair[0]).lower()))
    return table("Modules", value, most=MOST_MODULES)


def sdk(value: object) -> Table | None:
    """The SDK that sent the event, its integrations and packages on one line each."""
    if is_empty(value):
        return None
    if not isinstance(value, dict):
        return table("SDK", value)
    rows: dict[str, Any] = {}
    order = list(_SDK_LABELS)
    for name, member in sorted(
        value.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else 99
    ):
        if is_empty(member):
            continue
        if name == "integrations" and isinstance(member, list):
            member = ", ".join(line(one, 80) for one in member)
        elif name == "packages" and items(member) and all(isinstance(one, dict) for one in items(member)):
            member = ", ".join(
                f"{line(one.get('name'), 80)} {line(one.get('version'), 40)}" for one in items(member)
            )
        rows[_SDK_LABELS.get(name) or str(name)] = member
    return table("SDK", rows)


def csp(value: object) -> Table | None:
    """A Content Security Policy report; the directive and the address it blocked come first."""
    if is_empty(value):
        return None
    first = (
        "effective_directive",
        "violated_directive",
        "blocked_uri",
        "document_uri",
        "source_file",
        "line_number",
        "disposition",
    )
    sent = mapping(value)
    known = {
        name.replace("_", " ").capitalize().replace("uri", "URI"): sent[name]
        for name in first
        if sent.get(name)
    }
    rest = {name: member for name, member in sent.items() if name not in first and not is_empty(member)}
    return table("Blocked by the content security policy", {**known, **rest} if sent else value)


def debug_images(value: object) -> Table | None:
    """`debug_meta.images`: the binaries and source maps that the addresses of this event belong to."""
    if not isinstance(value, dict):
        return None if is_empty(value) else table("Debug images", value)
    images = value.get("images")
    if not isinstance(images, list):
        return table("Debug images", value) if value else None
    rows = []
    for image in images[:100]:
        sent = mapping(image)
        name = line(sent.get("code_file") or sent.get("debug_file") or sent.get("type"), 200)
        rest = {key: member for key, member in sent.items() if key != "code_file" and not is_empty(member)}
        rows.append(Field(name, show(rest if sent else image)))
    return Table("Debug images", tuple(rows), max(0, len(images) - 100)) if rows else None


def other(payload: dict[str, Any]) -> Table | None:
    """Top-level fields that nothing else on the page shows."""
    rest = {
        name: member
        for name, member in payload.items()
        if name not in _SHOWN_ELSEWHERE and not is_empty(member)
    }
    return table("Other fields", rest) if rest else None
