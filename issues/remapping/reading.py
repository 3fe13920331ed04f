"""What an issue would be called if its events arrived now."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from accounts.models import GroupingMechanism, Project
from issues.mapping.batches import BatchMapping
from issues.models import Event, FingerprintRules, Grouping, Issue
from issues.payload import fingerprint
from issues.payload.read import DroppedByRule, Occurrence, Readable, UnreadableEvent, read
from issues.payload.rules.matching import RuleSet, compiled
from issues.payload.searchable import frames_by_column, own_by_column
from issues.record import codec, references

log = logging.getLogger(__name__)

# Groupings of an issue that are looked at, and the newest events of one among which one of the release is looked for.
_MOST_GROUPINGS, _MOST_EVENTS = 50, 200
# How long look-ups for one issue may take, in seconds.
_PATIENCE = 3.0


@dataclass(slots=True)
class Again:
    """What changes of one issue. `columns` are its new values, `before` those that they replace, in which it must still be.

    `smart` are the old and the new smart hash by grouping, `keys` the smart keys that new events have now, `texts` what issues are found by.
    """

    issue: Issue
    columns: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    smart: dict[int, tuple[str, str]] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    texts: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        return bool(self.columns or self.smart or self.keys)


class Late(Exception):
    """The look-ups were not made in time; the message says why."""


def rules_of(project: Project) -> RuleSet | None:
    """The project's fingerprint rules; None where it has none."""
    version = project.fingerprint_rules_version
    row = FingerprintRules.objects.filter(project=project, version=version).first() if version else None
    return compiled(row.text, version) if row is not None and row.text else None


def again(project: Project, issue: Issue, release: str, rules: RuleSet | None) -> Again:
    """What changes of the issue by its events of the release. Raises Late. Writes nothing.

    Only what the events had given it as they were sent is replaced: a title that a rule gave stays, and so does what an earlier
    run has made of other events.
    """
    found = Again(issue)
    for grouping in issue.groupings.order_by("pk")[:_MOST_GROUPINGS]:
        event = _event(grouping, release)
        if event is None:
            continue
        mapping = BatchMapping(project.pk, project.artifacts_version, patience=_PATIENCE)
        try:
            sent, shown = _read(event, rules), _read(event, rules, mapping.readable)
        except (codec.UnknownForm, UnreadableEvent, DroppedByRule):
            continue
        if any(note.what == "not_mapped" for note in shown.notes):
            raise Late(next(note.detail for note in shown.notes if note.what == "not_mapped"))
        if shown.readable_by is None:
            continue
        _compare(found, project, grouping, sent, shown)
    return found


def _compare(found: Again, project: Project, grouping: Grouping, sent: Occurrence, shown: Occurrence) -> None:
    issue = found.issue
    for name in ("title", "type", "value", "culprit"):
        old, new = getattr(sent, name), getattr(shown, name)
        if old != new and getattr(issue, name) == old and name not in found.columns:
            found.columns[name], found.before[name] = new, old
    was, now = fingerprint.key_hash(sent.smart_key), fingerprint.key_hash(shown.smart_key)
    if was != now:
        if grouping.smart_hash == was:
            found.smart[grouping.pk] = (was, now)
        if project.grouping == GroupingMechanism.SMART:
            found.keys[shown.smart_key] = None
    found.texts[grouping.pk] = [*own_by_column(shown.texts), *frames_by_column(shown.texts)]


def _event(grouping: Grouping, release: str) -> Event | None:
    """The event that says what the grouping is called: its first one, where it is of the release, else the latest one that is."""
    own = Event.objects.filter(grouping=grouping)
    first = own.order_by("digest_order", "pk").values_list("pk", "release").first()
    if first is None:
        return None
    key = first[0] if first[1] == release else None
    if key is None:
        newest = own.order_by("-digest_order", "-pk").values_list("pk", "release")[:_MOST_EVENTS]
        key = next((pk for pk, of in newest if of == release), None)
    return None if key is None else Event.objects.filter(pk=key).first()


def _read(event: Event, rules: RuleSet | None, readable: Readable | None = None) -> Occurrence:
    [data] = references.data_of([event.payload])
    return read(
        data, event_id=event.event_id.hex, received_at=event.ingested_at, rules=rules, readable=readable
    )
