"""Reads a check-in that a job sends by calling a URL: `curl …/api/<project>/cron/<monitor>/<key>/?status=ok`. Pure."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qsl

from ingest.edge.decode import json_object
from ingest.edge.errors import BadCheckIn
from rustrak.lib import ids

MAX_BODY_BYTES = 100 * 1024
STATUSES = ("in_progress", "ok", "error")
# The id that refers to the latest run that is in progress (docs/protocol.md, "Item types").
LATEST = "0" * 32
_PARAMETERS = ("status", "check_in_id", "environment", "duration")


def read(monitor: str, query: bytes, body: bytes) -> dict[str, Any]:
    """The payload of a `check_in` item for `monitor`, from the query string and the body (JSON, a form, or empty).

    The body takes precedence. Raises BadCheckIn.
    """
    monitor = monitor.encode("utf-8", "replace").decode().strip()
    if not monitor:
        raise BadCheckIn("the address must name the monitor")
    given: dict[str, Any] = _parameters(query)
    if body.strip():
        document = json_object.parse(body)
        if document is None:
            if json_object.looks_like_object(body) or b"=" not in body:
                raise BadCheckIn("the check-in is not a JSON object")
            document = _parameters(body)
        given |= document
    check_in = {**given, "monitor_slug": monitor, "status": _status(given.get("status"))}
    check_in["check_in_id"] = _id(given.get("check_in_id"))
    if given.get("duration") in (None, ""):
        check_in.pop("duration", None)
    else:
        check_in["duration"] = _duration(given["duration"])
    if not isinstance(given.get("environment"), str) or not given["environment"].strip():
        check_in.pop("environment", None)
    return check_in


def _parameters(query: bytes) -> dict[str, Any]:
    try:
        pairs = dict(parse_qsl(query.decode("utf-8", "replace").strip(), max_num_fields=50))
    except ValueError:
        raise BadCheckIn("the query has too many parameters") from None
    return {name: pairs[name] for name in _PARAMETERS if name in pairs}


def _status(value: object) -> str:
    status = value.strip().lower() if isinstance(value, str) else None
    if status not in STATUSES:
        raise BadCheckIn(f"status must be one of {', '.join(STATUSES)}")
    return status


def _id(value: object) -> str:
    if value in (None, ""):
        return LATEST
    found = ids.event_id(value)
    if found is None:
        raise BadCheckIn("check_in_id must be a UUID")
    return found


def _duration(value: object) -> float:
    """Seconds."""
    try:
        duration = (
            float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
        )
    except (ValueError, OverflowError):
        duration = -1.0
    if not (math.isfinite(duration) and duration >= 0):
        raise BadCheckIn("duration must be a number of seconds")
    return duration
