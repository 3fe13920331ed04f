"""The smaller sections of an event: extra, modules, SDK, CSP report, debug images, and fields without a section."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from issues.payload.access import items, mapping
from issues.render.room import Room
from issues.render.tables import Field, Table, is_empty, show, table
from issues.render.values import line

MOST_MODULES, MOST_SORTED, MOST_LISTED, MOST_IMAGES = 500, 5_000, 200, 100

# Shown by a section, in the head of the page, or, when it is about the payload itself, in the raw JSON only.
_SHOWN_ELSEWHERE = {
    "event_id", "timestamp", "platform", "level", "exception", "sentry.interfaces.Exception", "stacktrace",
    "sentry.interfaces.Stacktrace", "threads", "message", "logentry", "sentry.interfaces.Message", "breadcrumbs",
    "sentry.interfaces.Breadcrumbs", "request", "sentry.interfaces.Http", "user", "sentry.interfaces.User", "tags",
    "contexts", "extra", "modules", "sdk", "environment", "release", "dist", "server_name", "transaction", "logger",
    "fingerprint", "csp", "type", "transaction_info", "project", "_meta", "debug_meta", "key_id",
}  # fmt: skip

# The members of a CSP report in the order in which they are shown, and those that may only repeat another.
_CSP = (
    "effective_directive", "violated_directive", "blocked_uri", "blocked_url", "document_uri", "document_url", "referrer",
    "source_file", "line_number", "column_number", "script_sample", "sample", "disposition", "status_code",
    "original_policy",
)  # fmt: skip
_CSP_TWINS = {
    "violated_directive": "effective_directive", "blocked_url": "blocked_uri", "document_url": "document_uri",
    "sample": "script_sample",
}  # fmt: skip
_SDK_LABELS = {"name": "Name", "version": "Version", "integrations": "Integrations", "packages": "Packages"}


def extra_data(value: object, room: Room, report: object = None) -> Table | None:
    """`extra`, row by row; None where it only repeats the browser's `report`."""
    return None if is_empty(value) or value == report else table("Extra", value, room=room)


def modules(value: object, room: Room) -> Table | None:
    """Installed packages and their versions, in the order of their names where these are not too many."""
    if is_empty(value):
        return None
    if isinstance(value, dict) and len(value) <= MOST_SORTED:
        value = dict(sorted(value.items(), key=lambda pair: str(pair[0])[:200].lower()))
    return table("Modules", value, room=room, most=MOST_MODULES)


def sdk(value: object, room: Room) -> Table | None:
    """The SDK that sent the event, its integrations and packages on one line each."""
    if is_empty(value):
        return None
    if not isinstance(value, dict):
        return table("SDK", value, room=room)
    rows: dict[str, Any] = {}
    for name in (*_SDK_LABELS, *(name for name in value if name not in _SDK_LABELS)):
        member = value.get(name)
        if is_empty(member):
            continue
        if name == "integrations" and isinstance(member, list):
            member = _listed(line(one, 80) for one in member)
        elif name == "packages" and items(member) and all(isinstance(one, dict) for one in items(member)):
            member = _listed(
                f"{line(one.get('name'), 80)} {line(one.get('version'), 40)}" for one in items(member)
            )
        rows[_SDK_LABELS.get(name) or str(name)] = member
    return table("SDK", rows, room=room)


def _listed(names: Iterable[str]) -> str:
    """The first names, separated by commas."""
    shown = list(islice(names, MOST_LISTED + 1))
    return ", ".join(shown[:MOST_LISTED]) + (" …" if len(shown) > MOST_LISTED else "")


def csp(value: object, room: Room) -> Table | None:
    """A Content Security Policy report; the directive and the address it blocked come first.

    Names have dashes or underscores, as browsers and as Sentry write them. Of two that say the same one is shown.
    """
    if is_empty(value):
        return None
    sent = mapping(value)
    if not sent:
        return table("Blocked by the content security policy", value, room=room)
    names = {name.replace("-", "_"): name for name in sent if isinstance(name, str) and len(name) < 40}
    shown: dict[str, Any] = {}
    done = set()
    for known in _CSP:
        if (name := names.get(known)) is None:
            continue
        done.add(name)
        if is_empty(sent[name]) or (
            known in _CSP_TWINS and sent[name] == sent.get(names.get(_CSP_TWINS[known], ""))
        ):
            continue
        shown[known.replace("_", " ").capitalize().replace("uri", "URI").replace("url", "URL")] = sent[name]
    rest = {name: member for name, member in sent.items() if name not in done and not is_empty(member)}
    return table("Blocked by the content security policy", {**shown, **rest}, room=room)


def debug_images(value: object, room: Room) -> Table | None:
    """`debug_meta.images`: the binaries and source maps that the addresses of this event belong to."""
    if not isinstance(value, dict):
        return None if is_empty(value) else table("Debug images", value, room=room)
    images = value.get("images")
    if not isinstance(images, list):
        return table("Debug images", value, room=room) if value else None
    rows = []
    for image in images[:MOST_IMAGES]:
        if not room.row():
            break
        sent = mapping(image)
        name = line(sent.get("code_file") or sent.get("debug_file") or sent.get("type"), 200)
        rest = {key: member for key, member in sent.items() if key != "code_file" and not is_empty(member)}
        rows.append(Field(name, show(rest if sent else image, room=room)))
    return Table("Debug images", tuple(rows), len(images) - len(rows)) if images else None


def other(payload: dict[str, Any], room: Room) -> Table | None:
    """Top-level fields that nothing else on the page shows."""
    rest = {
        name: member
        for name, member in payload.items()
        if name not in _SHOWN_ELSEWHERE and not is_empty(member)
    }
    return table("Other fields", rest, room=room) if rest else None
