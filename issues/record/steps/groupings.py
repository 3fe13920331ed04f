"""Finds the groupings that the events of a batch belong to, with their issues, and makes those that are missing.

A project's mechanism makes the keys that decide. While another mechanism's keys still lead (issues.groupings.mechanism), the event
belongs to the grouping of the former key, and its new key is bound to the same issue: a grouping without events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from accounts.models import GroupingMechanism
from issues.models import Grouping
from issues.payload import fingerprint
from issues.payload.read import Occurrence
from issues.payload.smart.key import MECHANISM as SMART
from issues.record import issue_delta
from issues.record.issue_delta import Counts, GroupingDelta, IssueDelta
from rustrak.lib import bulk
from rustrak.lib.database.prepared import Prepared

#: How long keys of the former mechanism lead after a change: events are kept for 90 days by default, and an issue without an event
#: in this time has none left to be found by.
TRANSITION = timedelta(days=90)


class Mechanisms(NamedTuple):
    """The mechanism whose keys decide, and the one whose keys are looked up before; empty without a transition."""

    current: str = GroupingMechanism.CLASSIC.value
    former: str = ""


class Groupings:
    """The groupings of a batch's events; `new` are those that are to be inserted.

    Reads them with one statement, and another one if some of them are counted.
    """

    def __init__(
        self, project_id: int, occurrences: Sequence[Occurrence], mechanisms: Mechanisms, *, may_bind: bool
    ) -> None:
        """`may_bind`: the project has room for further keys of issues that exist."""
        self.new: list[GroupingDelta] = []
        self._may_bind = may_bind
        self._is_smart = mechanisms.current == GroupingMechanism.SMART
        self._in_transition = bool(mechanisms.former)
        keys = {self._key(occurrence) for occurrence in occurrences}
        if self._in_transition:
            keys |= {self._former_key(occurrence) for occurrence in occurrences}
        self._hashes = {key: fingerprint.key_hash(key) for key in keys}
        self._known = look_up(project_id, self._hashes.values())

    def issues(self) -> Iterable[IssueDelta]:
        """The issues of the groupings that are known; some of them more than once."""
        return (grouping.issue for grouping in self._known.values())

    def of(self, occurrence: Occurrence) -> GroupingDelta | None:
        """The grouping that the event belongs to; None if no key of it is known."""
        key_hash = self._hashes[self._key(occurrence)]
        if not self._in_transition:
            return self._known.get(key_hash)
        grouping = self._known.get(self._hashes[self._former_key(occurrence)])
        if grouping is None:
            return self._known.get(key_hash)
        if key_hash not in self._known and self._may_bind:
            # All events of the issue are those of its other groupings, so this one is counted apart from the beginning.
            self._add(occurrence, key_hash, grouping.issue, is_counted=True)
        return grouping

    def create(self, issue: IssueDelta, first: Occurrence) -> GroupingDelta:
        """The grouping of an issue that its event `first` creates."""
        return self._add(first, self._hashes[self._key(first)], issue)

    def _add(
        self, occurrence: Occurrence, key_hash: str, issue: IssueDelta, *, is_counted: bool = False
    ) -> GroupingDelta:
        grouping = GroupingDelta(
            key_hash,
            issue,
            is_new=True,
            is_counted=is_counted,
            key=self._key(occurrence),
            mechanism=SMART if self._is_smart else fingerprint.MECHANISM,
            smart_hash=key_hash if self._is_smart else fingerprint.key_hash(occurrence.smart_key),
        )
        issue.groupings.append(grouping)
        self._known[key_hash] = grouping
        self.new.append(grouping)
        return grouping

    def _key(self, occurrence: Occurrence) -> str:
        return occurrence.smart_key if self._is_smart else occurrence.key

    def _former_key(self, occurrence: Occurrence) -> str:
        return occurrence.key if self._is_smart else occurrence.smart_key


def look_up(project_id: int, hashes: Iterable[str]) -> dict[str, GroupingDelta]:
    """The groupings that exist, by hash. Executes one statement, and another one if some of them are counted."""
    found: dict[str, GroupingDelta] = {}
    # By the number in the id, because a UUID is slow to hash and to compare.
    issues: dict[int, IssueDelta] = {}
    counted: dict[int, GroupingDelta] = {}
    rows = _BY_HASH.fetch([project_id, *set(hashes)])
    for key_hash, pk, is_counted, issue_id, *columns in rows:
        issue = issues.get(issue_id.int)
        if issue is None:
            columns_by_name = dict(zip(issue_delta.READ, columns, strict=True))
            issue = issues[issue_id.int] = IssueDelta(id=issue_id, **columns_by_name)
        grouping = found[key_hash] = GroupingDelta(key_hash, issue, pk, is_counted=is_counted)
        issue.groupings.append(grouping)
        if is_counted:
            counted[pk] = grouping
    if counted:
        _read_counts(counted)
    return found


_OF_GROUPING = (
    "key_hash",
    "id",
    "is_counted",
    "issue_id",
    *(f"issue__{name}" for name in issue_delta.READ),
)


_BY_HASH = Prepared(
    lambda values: Grouping.objects.filter(project_id=values[0], key_hash__in=values[1:]).values_list(
        *_OF_GROUPING
    )
)


def _read_counts(counted: dict[int, GroupingDelta]) -> None:
    rows = Grouping.objects.filter(pk__in=counted).values_list("id", *issue_delta.COUNTS)
    for pk, *columns in bulk.fetch(rows):
        values = dict(zip(issue_delta.COUNTS, columns, strict=True))
        if values["first_seen"]:
            counted[pk].own = Counts(**values)
        else:
            counted[pk].is_new = True
