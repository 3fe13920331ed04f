"""Reads the bytes of an event into an Occurrence. Pure; no value in a payload may raise.

A value that cannot be used is replaced by one that can, and noted. The payload is kept as it was sent, except for
characters that no database stores (rustrak.lib.tolerant_json) and for what makes it too large
(issues.payload.cut.salvage). Source: docs/protocol.md, "Event payload".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from issues.payload import fields, fingerprint, json_types, searchable, stack, tags, timestamp, title
from issues.payload.access import text
from issues.payload.cut import outline, parse_budget, salvage
from issues.payload.notes import Note, Notes, What, path, short
from issues.payload.rules.matching import RuleSet, Verdict
from issues.payload.user import Identity, identity
from issues.privacy import addresses, engine
from issues.privacy.ruleset import DEFAULT, Policy
from rustrak.lib import ids, tolerant_json
from rustrak.lib.text.visible_text import has_text


class UnreadableEvent(ValueError):
    """The bytes are not an event because they are not a JSON object; `reason` says what they are."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


#: Makes the readable form of an event, in which frames and types have their original names; the event itself where it has none.
#: May add notes. It changes nothing of the event.
Readable = Callable[[dict[str, Any], Notes], dict[str, Any]]


class DroppedByRule(Exception):
    """A fingerprint rule of the project says that the event is to be dropped; `verdict` names the rule."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"line {verdict.line} of version {verdict.version}")
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event. `level` is one of issues.models.Level, `who` the user.

    `salvaged` says that the payload was too large and was cut. `data` is the payload as JSON: parsed, a batch of them
    would take ten times the memory and keep the garbage collector busy. `texts` are what its issue is found by.
    `key` is the classic grouping key, `smart_key` the smart one.
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
    who: Identity | None
    data: bytes
    notes: tuple[Note, ...] = ()
    salvaged: bool = False
    texts: searchable.Texts = searchable.NOTHING
    smart_key: str = ""
    readable_by: Readable | None = None

    @property
    def person(self) -> int | None:
        """The number that identifies the user."""
        return self.who.number if self.who else None

    @property
    def payload(self) -> dict[str, Any]:
        """The payload, parsed again each time."""
        event: dict[str, Any] = tolerant_json.loads(self.data)[0]
        return event

    @property
    def readable(self) -> dict[str, Any]:
        """The payload in its readable form, made again each time."""
        event = self.payload
        return event if self.readable_by is None else self.readable_by(event, Notes())


def read(
    data: bytes,
    *,
    event_id: str,
    received_at: datetime,
    sent_at: datetime | None = None,
    remote_addr: str | None = None,
    limit: int | None = None,
    sdk: Mapping[str, Any] | None = None,
    reduced: bool = False,
    rules: RuleSet | None = None,
    readable: Readable | None = None,
    policy: Policy = DEFAULT,
) -> Occurrence:
    """The event in `data`, which is JSON. Raises UnreadableEvent when it is not a JSON object, and DroppedByRule when the
    project's fingerprint rules, `rules`, drop it.

    `event_id` wins over the payload's own. A payload of more than `limit` bytes is cut to that size. `sent_at` and
    `sdk` are the members of the envelope's header; `remote_addr` is the address that the request came from. With
    `reduced` only what names the event is read: the rest took too long before. Rules, title, culprit, smart key and texts are
    those of the form that `readable` makes; `data` stays as it was sent, but for what `policy` removes from it before anything is
    made of it.
    """
    notes = Notes()
    too_large = limit is not None and len(data) > limit
    if reduced:
        parsed = outline.outline(data)
    else:
        parsed = parse_budget.thinned(data, notes) if too_large else data
    event, strict = _loaded(parsed, notes, policy)
    remote_addr = addresses.of_client(remote_addr, policy.addresses)
    given = ids.event_id(event_id)
    own = _own_id(event.get("event_id"), given, notes)
    of_sdk = _sdk(event, sdk, notes, policy)
    own_tags = tags.read(event)
    shown = readable(event, notes) if readable else event
    # Before anything is cut: a rule may look at any frame.
    ruled = rules.decide(shown, own_tags, lambda: fingerprint.default_key(event)) if rules else None
    if ruled and ruled.drop:
        raise DroppedByRule(ruled)
    json_types.inspect_tags(event, own_tags, notes)
    json_types.inspect(event, notes)
    transaction = fields.transaction(event.get("transaction"), notes)
    type_, value = title.type_and_value(shown)
    happened_at = timestamp.happened_at(event.get("timestamp"), received_at, sent_at, notes)
    level = fields.level(event.get("level"), notes)
    platform = fields.platform(event.get("platform"), notes)
    release = fields.release(event, own_tags, notes)
    environment = fields.environment(event, own_tags, notes)
    who = identity(event, of_sdk, remote_addr, notes)
    salvaged = reduced
    if reduced:
        notes.first(What.TOO_COSTLY, "")
        notes.first(What.SALVAGED, f"{len(data)} {len(strict)}")
    elif limit is not None and too_large:
        strict = tolerant_json.dumps(event)
        salvaged = parsed is not data or len(strict) > limit
        if len(strict) > limit:
            strict = salvage.salvage(event, limit, notes)
            shown = readable(event, Notes()) if readable else event
        if salvaged:
            notes.first(What.SALVAGED, f"{len(data)} {len(strict)}")
    keys = fingerprint.grouping_keys(event, notes, own_tags, ruled.fingerprint if ruled else None, shown)
    named = title.title(type_, value)
    if ruled:
        notes.add("", What.RULE, f"{ruled.version} {ruled.line}")
        if ruled.title and ruled.title != named:
            notes.add("title", What.RULE_TITLE, named)
            named = ruled.title
        if ruled.level and ruled.level != level:
            notes.add("level", What.RULE_LEVEL, fields.LEVEL_NAMES[level])
            level = ruled.level
    culprit = transaction or (where if has_text(where := stack.culprit(shown)) else "")
    return Occurrence(
        event_id=given or own or ids.new_event_id(),
        timestamp=happened_at,
        ingested_at=received_at,
        level=level,
        platform=platform,
        release=release,
        environment=environment,
        transaction=transaction,
        title=named,
        type=type_,
        value=value[: title.LONGEST_VALUE],
        culprit=culprit,
        key=keys.classic,
        smart_key=keys.smart,
        tags=tags.with_origin(own_tags, event),
        who=who,
        data=strict,
        notes=notes.all(),
        salvaged=salvaged,
        texts=searchable.texts(shown, transaction, culprit),
        readable_by=readable if shown is not event else None,
    )


def _loaded(data: bytes, notes: Notes, policy: Policy) -> tuple[dict[str, Any], bytes]:
    """The event without what `policy` removes, and strict JSON of it. Raises UnreadableEvent."""
    try:
        event, repairs, strict = tolerant_json.load(data)
    except tolerant_json.NotJson as error:
        raise UnreadableEvent(f"the event is not JSON: {error}") from None
    if not isinstance(event, dict):
        raise UnreadableEvent(f"the event is a JSON {_JSON_NAMES.get(type(event), 'value')}, not an object")
    if repairs:
        notes.repaired(
            repair._replace(path=engine.scrub(list(repair.path), policy).payload) for repair in repairs
        )
    scrubbed = engine.scrub(event, policy, strict)
    if not scrubbed.total:
        return event, strict
    for removal in scrubbed.removals:
        notes.add(path(*removal.path), What.REMOVED, removal.kind)
    if more := scrubbed.total - len(scrubbed.removals):
        notes.add("", What.MORE_REMOVED, str(more))
    return scrubbed.payload, tolerant_json.dumps(scrubbed.payload)


_JSON_NAMES = {
    list: "array",
    str: "string",
    bool: "boolean",
    type(None): "null",
    int: "number",
    float: "number",
}


def _own_id(sent: Any, given: str | None, notes: Notes) -> str | None:
    """The id in the event itself; None where it is not valid."""
    own = ids.event_id(sent)
    if own is None:
        if sent is not None:
            notes.add("event_id", What.BAD_EVENT_ID, short(sent))
    elif given is not None and own != given:
        notes.add("event_id", What.OTHER_EVENT_ID, own)
    return own


def _sdk(
    event: dict[str, Any], of_envelope: Mapping[str, Any] | None, notes: Notes, policy: Policy
) -> Mapping[str, Any]:
    """The SDK's description of itself in the event, else in the header of its envelope."""
    own = event.get("sdk")
    if isinstance(own, dict) and own:
        return own
    if not isinstance(of_envelope, dict):
        return {}
    name = text(of_envelope.get("name"))
    if name:
        said = f"{name} {text(of_envelope.get('version'))}".strip()
        notes.add("sdk", What.ENVELOPE_SDK, engine.scrub_text(said, policy))
    return of_envelope
