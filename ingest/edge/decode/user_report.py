"""Reads feedback about an error that came in a form or as JSON. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ingest.edge.errors import BadEnvelope
from rustrak.lib import ids

MAX_BODY_BYTES = 100 * 1024
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def read(given: Mapping[str, Any], event_id: object) -> dict[str, str]:
    """The payload of a `user_report` item, from the fields in `given`. Raises BadEnvelope if one of them is invalid."""
    found = ids.event_id(event_id)
    if found is None:
        raise BadEnvelope("event_id must be the id of an event")
    report = {name: _text(given.get(name)) for name in ("name", "email", "comments")}
    if not report["comments"]:
        raise BadEnvelope("comments must not be empty")
    if report["email"] and not _ADDRESS.fullmatch(report["email"]):
        raise BadEnvelope("email must be an e-mail address")
    return {"event_id": found, **report}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
