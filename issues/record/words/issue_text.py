"""Adds the words of events to the text of their groupings. Only issues.record.writer and reindex call this.

Most events say nothing that their grouping does not have. A process remembers that by hashes, of what is committed only, so such an event
costs no statement. What a grouping gets is decided by its row: other processes write it, too. See docs/decisions/0034.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import Project
from issues import usage
from issues.models import IssueText
from issues.payload.read import Occurrence
from issues.payload.searchable import COLUMNS, TAGS, frames_by_column, own_by_column
from issues.payload.tags import MOST_COUNTED
from issues.record.issue_delta import GroupingDelta, NewEvent
from issues.record.words.text_lines import Draft, Known
from rustrak.lib import bulk
from rustrak.lib.sized_cache import SizedCache

_CACHED_BYTES = 32 * 1024 * 1024
# What a hash takes in a set, a short value of a tag, and a grouping besides.
_HASH, _VALUE, _GROUPING = 70, 160, 1500
# Of a grouping so many hashes and so many values are remembered.
_MOST = 256
_FIELDS = [*COLUMNS, "is_full"]


@dataclass(slots=True)
class _Memory:
    """What a grouping has: its lines, hashes of stacks and of other texts of events, and values of tags.

    Never changed but after the commit of what it says. `version` is the project's text_version.
    """

    version: int
    known: Known
    hashes: set[int]
    values: set[str]


# Of a grouping of which nothing is remembered.
_NOTHING = _Memory(-1, Known(), set(), set())
_cache: SizedCache[int, _Memory] = SizedCache(_CACHED_BYTES)


def forget() -> None:
    """Forget what this process remembers; for tests."""
    _cache.clear()


def _remembered(grouping: GroupingDelta, version: int) -> _Memory:
    memory = None if grouping.is_new else _cache.get(grouping.id)
    return _NOTHING if memory is None or memory.version != version else memory


class _OfGrouping:
    """The part of a batch that is about one grouping: what its events have that is not known, each once."""

    __slots__ = ("_hashes", "_values", "grouping", "hashes", "is_new", "memory", "texts", "values")

    def __init__(self, grouping: GroupingDelta, memory: _Memory) -> None:
        self.grouping = grouping.id
        self.is_new = grouping.is_new
        self.memory = memory
        self._hashes, self._values = memory.hashes, memory.values
        self.hashes: set[int] = set()
        self.values: set[str] = set()
        # In the order of the events.
        self.texts: list[tuple[str, str]] = []

    def look(self, occurrence: Occurrence) -> None:
        """Remember what is not known of an event."""
        frames_hash, own_hash, *_ = texts = occurrence.texts
        known, values = self._hashes, self._values
        if own_hash not in known and own_hash not in self.hashes:
            self.hashes.add(own_hash)
            self.texts += own_by_column(texts)
        if frames_hash not in known and frames_hash not in self.hashes:
            self.hashes.add(frames_hash)
            self.texts += frames_by_column(texts)
        if not values.issuperset(occurrence.tags.values()):
            self._see(list(occurrence.tags.values())[:MOST_COUNTED])
        if occurrence.release not in values or occurrence.environment not in values:
            self._see((occurrence.release, occurrence.environment))

    def _see(self, values: Iterable[str]) -> None:
        for value in values:
            if value not in self._values and value not in self.values:
                self.values.add(value)
                self.texts.append((TAGS, value))

    def draft(self, known: Known) -> Draft:
        draft = Draft(known)
        for column, text in self.texts:
            draft.put(column, text)
        return draft

    def remember(self, known: Known, version: int) -> None:
        """To be called after the commit."""
        hashes, values = self.hashes, self.values
        if len(hashes) + len(self._hashes) <= _MOST:
            hashes |= self._hashes
        if len(values) + len(self._values) <= _MOST:
            values |= self._values
        if len(hashes) > _MOST:
            hashes = set(list(hashes)[:_MOST])
        if len(values) > _MOST:
            values = set(list(values)[:_MOST])
        size = _GROUPING + _HASH * (len(known.lines) + len(hashes)) + _VALUE * len(values)
        _cache.put(self.grouping, _Memory(version, known, hashes, values), size)


def add(
    project_id: int,
    events: Sequence[NewEvent],
    version: int,
    *,
    has_room: bool = True,
) -> int:
    """Add what the groupings of `events` do not have: one statement for new ones, two or three if others get something.

    `version` is the project's text_version. Without `has_room` nothing is added. Returns about how many bytes were.
    """
    memories: dict[int, _Memory] = {}
    found: dict[int, _OfGrouping] = {}
    for event in events:
        grouping, occurrence = event.grouping, event.occurrence
        memory = memories.get(key := grouping.id)
        if memory is None:
            memory = memories[key] = _remembered(grouping, version)
        values = memory.values
        if (
            occurrence.texts.own_hash in memory.hashes
            and occurrence.texts.frames_hash in memory.hashes
            and values.issuperset(occurrence.tags.values())
            and occurrence.release in values
            and occurrence.environment in values
        ):
            continue
        if key not in found:
            found[key] = _OfGrouping(grouping, memory)
        found[key].look(occurrence)
    changed = [of_grouping for of_grouping in found.values() if of_grouping.hashes or of_grouping.values]
    return _add(project_id, changed, version) if changed and has_room else 0


def _add(project_id: int, changed: Sequence[_OfGrouping], version: int) -> int:
    drafts: list[tuple[_OfGrouping, Draft]] = []
    uncertain: list[_OfGrouping] = []
    for of_grouping in changed:
        if of_grouping.is_new:
            drafts.append((of_grouping, of_grouping.draft(Known())))
        elif of_grouping.memory is _NOTHING:
            uncertain.append(of_grouping)
        else:
            draft = of_grouping.draft(known := of_grouping.memory.known)
            if draft.added or draft.is_full != known.is_full:
                uncertain.append(of_grouping)
            else:
                transaction.on_commit(partial(of_grouping.remember, known, version))
    rows = _rows([of_grouping.grouping for of_grouping in uncertain])
    for of_grouping in uncertain:
        drafts.append((of_grouping, of_grouping.draft(_known(rows.get(of_grouping.grouping)))))
    for of_grouping, draft in drafts:
        transaction.on_commit(partial(of_grouping.remember, draft.known(), version))
    return _write(project_id, drafts, rows)


def _known(row: Mapping[str, Any] | None) -> Known:
    return Known() if row is None else Known.of(row, row["is_full"])


def _rows(groupings: Sequence[int]) -> dict[int, dict[str, Any]]:
    if not groupings:
        return {}
    found = IssueText.objects.filter(grouping__in=groupings).values("grouping_id", "id", *_FIELDS)
    return {row["grouping_id"]: row for row in found}


def _write(
    project_id: int, drafts: Sequence[tuple[_OfGrouping, Draft]], rows: Mapping[int, Mapping[str, Any]]
) -> int:
    inserted, updated = [], []
    size, has_old = 0, False
    for of_grouping, draft in drafts:
        row = rows.get(of_grouping.grouping)
        if row is None:
            has_old |= not of_grouping.is_new
            columns = draft.columns({})
            texts = [columns.get(name, "") for name in COLUMNS]
            inserted.append((of_grouping.grouping, *texts, of_grouping.is_new, draft.is_full))
            size += usage.TEXT + usage.size(*texts)
        elif draft.added or draft.is_full != row["is_full"]:
            columns = draft.columns(row)
            texts = [columns.get(name, row[name]) for name in COLUMNS]
            updated.append((row["id"], *texts, draft.is_full))
            size += sum(usage.size(text) - usage.size(row[name]) for name, text in columns.items())
    inserted.sort()
    updated.sort()
    bulk.insert(IssueText, ["grouping", *COLUMNS, "is_complete", "is_full"], inserted)
    assign = ", ".join(f"{name} = :{name}:" for name in _FIELDS)
    bulk.update(IssueText, ["id", *_FIELDS], updated, assign)
    if has_old:
        # Its earlier events are still to be read.
        Project.objects.filter(pk=project_id, is_indexed=True).update(is_indexed=False)
    return size


def tag_texts(occurrence: Occurrence) -> Iterable[tuple[str, str]]:
    """The values of the tags of an event that are counted, its release and its environment. Not its level, which would be found
    with every issue."""
    values = list(occurrence.tags.values())[:MOST_COUNTED]
    return [(TAGS, value) for value in (*values, occurrence.release, occurrence.environment)]


def complete(project_id: int, grouping: int, texts: Iterable[tuple[str, str]]) -> None:
    """Add `texts` (with their columns) to those of a grouping, and say that they are all. May be repeated.

    Must be called in a transaction with the project's lock.
    """
    row = _rows([grouping]).get(grouping)
    draft = Draft(_known(row))
    for column, text in texts:
        draft.put(column, text)
    columns = draft.columns(row or {})
    if row is None:
        columns = {name: columns.get(name, "") for name in COLUMNS}
        IssueText.objects.create(grouping_id=grouping, is_full=draft.is_full, is_complete=True, **columns)
        size = usage.TEXT + usage.size(*columns.values())
    else:
        IssueText.objects.filter(pk=row["id"]).update(is_full=draft.is_full, is_complete=True, **columns)
        size = sum(usage.size(text) - usage.size(row[name]) for name, text in columns.items())
    usage.add(project_id, {"issue": (0, size)})


def clear(project_id: int, groupings: Sequence[int]) -> None:
    """Forget the texts of these groupings; reindexing reads their events again.

    Must be called in a transaction with the project's lock.
    """
    size = -sum(
        usage.size(*texts) for texts in IssueText.objects.filter(grouping__in=groupings).values_list(*COLUMNS)
    )
    IssueText.objects.filter(grouping__in=groupings).update(
        is_complete=False, is_full=False, **dict.fromkeys(COLUMNS, "")
    )
    usage.add(project_id, {"issue": (0, size)})
    Project.objects.filter(pk=project_id).update(is_indexed=False, text_version=F("text_version") + 1)
