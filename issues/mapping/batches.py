"""Maps the events of a batch of the digest: what they need is asked together, and never for longer than the batch may wait."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import orjson

from accounts.models import Project
from issues.mapping import used
from issues.mapping.events import map_completely
from issues.mapping.frames import map_event
from issues.mapping.known import Known
from issues.mapping.sent_event import SentEvent
from issues.payload.notes import Notes, What

log = logging.getLogger(__name__)

#: How long events that are read again wait for look-ups, in seconds.
PATIENCE = 2.0
#: How long a batch of the digest waits for one project: a large map is read for the first time, on a machine that is busy.
LONGEST_WAIT = 8.0
#: How long each batch waits, also for a project whose look-ups took long lately.
SHORTEST_WAIT = 1.0
# In how many seconds a project has the rest of LONGEST_WAIT again, and for how many projects a process has it at once.
_REGAINED_SECONDS, _PROJECTS_AT_ONCE = 60.0, 3
# Larger events are mapped one by one: all of a batch would be in memory, and parsed twice.
_LARGE = 256 * 1024
_ROUNDS = 4
# Of CPU time, for looking at what the other events of the batch need.
_AHEAD_SECONDS = 0.5


class Waits:
    """How long a batch of the digest waits. Whose look-ups take long waits less the next time, so that one project with slow files holds
    the others up for some seconds of a minute, not with each batch."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # By project, None for all together: the seconds that were taken besides SHORTEST_WAIT, and when.
        self._taken: dict[int | None, tuple[float, float]] = {}

    def patience(self, project_id: int) -> float:
        """For how many seconds the next batch may wait for the project's look-ups."""
        if not self._taken:
            return LONGEST_WAIT
        most = LONGEST_WAIT - SHORTEST_WAIT
        left = min(
            most - self._of(project_id, 1), _PROJECTS_AT_ONCE * most - self._of(None, _PROJECTS_AT_ONCE)
        )
        return SHORTEST_WAIT + max(0.0, left)

    def took(self, project_id: int, seconds: float) -> None:
        """Note for how long a batch has waited."""
        if (more := seconds - SHORTEST_WAIT) <= 0:
            return
        now = self._clock()
        taken = {project_id: self._of(project_id, 1) + more, None: self._of(None, _PROJECTS_AT_ONCE) + more}
        kept = {key: one for key, one in self._taken.items() if now - one[1] < 2 * _REGAINED_SECONDS}
        self._taken = kept | {key: (value, now) for key, value in taken.items()}

    def _of(self, key: int | None, share: int) -> float:
        taken, when = self._taken.get(key, (0.0, 0.0))
        regained = (self._clock() - when) * share * (LONGEST_WAIT - SHORTEST_WAIT) / _REGAINED_SECONDS
        return max(0.0, taken - regained)


waits = Waits()


class BatchMapping:
    """Maps the events of one project's part of a batch. `payloads` returns the JSON of its events. `context` is how many lines of
    source are wanted before and after that of a frame."""

    def __init__(
        self,
        project_id: int,
        version: int,
        payloads: Callable[[], Iterable[bytes]] = tuple,
        patience: float = PATIENCE,
        context: int = 0,
    ) -> None:
        # The source line is part of a smart key; the lines around it are for people.
        self._known = Known(project_id, version, context=context, patience=patience)
        self._payloads: Callable[[], Iterable[bytes]] | None = payloads
        self._noted = 0
        self._is_closed = False
        self._waits: Waits | None = None

    @classmethod
    def of_digest(
        cls, project_id: int, version: int, payloads: Callable[[], Iterable[bytes]]
    ) -> BatchMapping:
        """For events that have just come: mostly those that people look at after a deploy. `close` it."""
        new = cls(project_id, version, payloads, waits.patience(project_id))
        new._waits = waits
        return new

    @classmethod
    def of_project(
        cls, project_id: int, *, patience: float = PATIENCE, context: int = 0
    ) -> BatchMapping | None:
        """For events that are read again; None where nothing was uploaded to the project. One query."""
        version = Project.objects.filter(pk=project_id).values_list("artifacts_version", flat=True).first()
        return cls(project_id, version, patience=patience, context=context) if version else None

    def readable(self, event: dict[str, Any], notes: Notes) -> dict[str, Any]:
        """The readable form of an event, itself where nothing changes. Notes what could not be looked up in time. Never raises an Exception."""
        try:
            return self._readable(event, notes)
        except Exception:
            log.exception("an event of project %d could not be mapped", self._known.project_id)
            return event

    def shown(self, event: dict[str, Any]) -> dict[str, Any]:
        """As `readable`, for who has no use for notes."""
        return self.readable(event, Notes())

    def close(self) -> None:
        """From now on map by what is known, and wait for nothing: a transaction begins."""
        self._is_closed = True
        if self._waits is not None:
            self._waits.took(self._known.project_id, self._known.waited)

    def _readable(self, event: dict[str, Any], notes: Notes) -> dict[str, Any]:
        known, sent = self._known, SentEvent(event)
        known.open = 0
        found = map_event(sent, known)
        if known.open and not self._is_closed:
            if known.is_wanting:
                self._look_ahead()
            known.open = 0
            found = map_completely(sent, known)
            if known.late and known.open:
                notes.add("", What.NOT_MAPPED, known.late)
        if len(known.uploads) != self._noted:
            self._noted = len(known.uploads)
            used.note(known.uploads)
        return found.payload(event) or event

    def _look_ahead(self) -> None:
        """Get what the batch needs, once: mostly all of its events are of the same few scripts."""
        payloads, self._payloads = self._payloads, None
        if payloads is None:
            return
        # It counts as time of the record that is read now, which has a budget (ingest.digest.budget).
        ends = time.process_time() + _AHEAD_SECONDS
        for _ in range(_ROUNDS):
            for data in payloads():
                if time.process_time() > ends:
                    break
                if len(data) <= _LARGE:
                    # What is not strict JSON is mapped when its turn comes.
                    with suppress(orjson.JSONDecodeError):
                        event = orjson.loads(data)
                        if isinstance(event, dict):
                            map_event(SentEvent(event), self._known)
            if not self._known.is_wanting or not self._known.fetch():
                break
