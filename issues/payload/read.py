"""The bytes an SDK sent, turned into an Occurrence. Pure; nothing in a payload may raise.

Which forms are accepted and what becomes of them: docs/protocol.md, "Event payload". Where a value cannot be used, a
usable one stands in and a note says so; the payload itself is kept as it was sent, but for what no database takes
(rustrak.lib.tolerant_json) and what makes it too large (issues.payload.cut.salvage).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from issues.payload import fields, fingerprint, json_types, stack, tags, timestamp, title
from issues.payload.access import text
from issues.payload.cut import parse_budget, salvage
from issues.payload.notes import Note, Notes, What, short
from issues.payload.user import person
from rustrak.lib import ids, tolerant_json


class UnreadableEvent(ValueError):
    """Not an event at all: the bytes are no JSON object. The message says what is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event, read. `level` is one of issues.models.Level; `salvaged`: its payload was too large and was cut.

    The payload is kept as JSON: a batch of parsed ones would be ten times as large and keep the collector busy.
    """

    event_id: str
    timestamp: datetime
    ingested_at: datetime
    level: int
    platform: str
    release: str
    environment: str
    transaction: str
    title: str
    type: str
    value: str
    culprit: str
    key: str
    tags: dict[str, str]
    person: int | None
    data: bytes
    notes: tuple[Note, ...] = ()
    salvaged: bool = False

    @property
    def payload(self) -> dict[str, Any]:
        """The event as it is stored: as sent, but for what cannot be."""
        event: dict[str, Any] = tolerant_json.loads(self.data)[0]
        return event


def read(
    data: bytes,
    *,
    event_id: str,
    received_at: datetime,
    sent_at: datetime | None = None,
    remote_addr: str | None = None,
    limit: int | None = None,
    sdk: Mapping[str, Any] | None = None,
) -> Occurrence:
    """The event in `data`; `event_id` wins over the payload's. Raises UnreadableEvent when it is no JSON object.

    Of one longer than `limit` bytes only that much is kept. `sdk` is what the envelope says of the SDK.
    """
    notes = Notes()
    too_large = limit is not None and len(data) > limit
    parsed = parse_budget.thinned(data, notes) if too_large else data
    event, strict = _loaded(parsed, notes)
    given = ids.event_id(event_id)
    own = _own_id(event.get("event_id"), given, notes)
    of_sdk = _sdk(event, sdk, notes)
    own_tags = tags.read(event)
    json_types.inspect_tags(event, own_tags, notes)
    json_types.inspect(event, notes)
    transaction = fields.transaction(event.get("transaction"), notes)
    type_, value = title.type_and_value(event)
    happened_at = timestamp.happened_at(event.get("timestamp"), received_at, sent_at, notes)
    level = fields.level(event.get("level"), notes)
    platform = fields.platform(event.get("platform"), notes)
    release = fields.release(event, own_tags, notes)
    environment = fields.environment(event, own_tags, notes)
    who = person(event, of_sdk, remote_addr, notes)
    salvaged = False
    if limit is not None and too_large:
        strict = tolerant_json.dumps(event)
        salvaged = parsed is not data or len(strict) > limit
        if len(strict) > limit:
            strict = salvage.salvage(event, limit, notes)
        if salvaged:
            notes.first(What.SALVAGED, f"{len(data)} {len(strict)}")
    return Occurrence(
        event_id=given or own or ids.new_event_id(),
        timestamp=happened_at,
        ingested_at=received_at,
        level=level,
        platform=platform,
        release=release,
        environment=environment,
        transaction=transaction,
        title=title.title(type_, value),
        type=type_,
        value=value[: title.LONGEST_VALUE],
        culprit=transaction or stack.culprit(event),
        key=fingerprint.grouping_key(event),
        tags=tags.with_origin(own_tags, event),
        person=who,
        data=strict,
        notes=notes.all(),
        salvaged=salvaged,
    )


def _loaded(data: bytes, notes: Notes) -> tuple[dict[str, Any], bytes]:
    """The event, and strict JSON of it."""
    try:
        event, repairs, strict = tolerant_json.load(data)
    except tolerant_json.NotJson as error:
        raise UnreadableEvent(f"not JSON: {error}") from None
    if not isinstance(event, dict):
        raise UnreadableEvent(f"a JSON {_JSON_NAMES.get(type(event), 'value')}, not an object")
    if repairs:
        notes.repaired(repairs)
    return event, strict


_JSON_NAMES = {
    list: "array",
    str: "string",
    bool: "boolean",
    type(None): "null",
    int: "number",
    float: "number",
}


def _own_id(sent: Any, given: str | None, notes: Notes) -> str | None:
    """The id that the event itself names."""
    own = ids.event_id(sent)
    if own is None:
        if sent is not None:
            notes.add("event_id", What.BAD_EVENT_ID, short(sent))
    elif given is not None and own != given:
        notes.add("event_id", What.OTHER_EVENT_ID, own)
    return own


def _sdk(event: dict[str, Any], of_envelope: Mapping[str, Any] | None, notes: Notes) -> Mapping[str, Any]:
    """What the SDK says of itself, in the event or else in its envelope."""
    own = event.get("sdk")
    if isinstance(own, dict) and own:
        return own
    if not isinstance(of_envelope, dict):
        return {}
    name = text(of_envelope.get("name"))
    if name:
        notes.add("sdk", What.ENVELOPE_SDK, f"{name} {text(of_envelope.get('version'))}".strip())
    return of_envelope
