"""Counts the events and people that arrived within some minutes, without a row for each. Pure.

A sixtieth of the minutes is one step. What arrived is kept by its step, so that what is counted has arrived within the minutes
for certain; what arrived almost as many minutes ago may be left out. A window is small: sixty numbers, and fewer people than
unmute the issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from issues.states.rule import Counts

STEPS = 60


@dataclass(slots=True)
class Window:
    """`events` are numbers by step, `people` the latest steps by person (their number in issues.payload.user)."""

    minutes: int
    events: dict[int, int] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)

    def add(self, arrived_at: datetime, person: int | None, *, keep_people: bool) -> Counts:
        """Count an event. Returns what arrived within the minutes up to it. `keep_people`: people are asked for."""
        step = int(arrived_at.timestamp()) // self.minutes
        self.events[step] = self.events.get(step, 0) + 1
        if keep_people and person is not None:
            self.people[person] = max(step, self.people.get(person, step))
        # Both ways: a clock that was wrong may have counted something far in the future.
        self.events = {at: count for at, count in self.events.items() if abs(step - at) < STEPS}
        self.people = {who: at for who, at in self.people.items() if abs(step - at) < STEPS}
        return Counts(sum(self.events.values()), len(self.people))

    def as_json(self) -> dict[str, Any]:
        """As Issue.mute_window keeps it."""
        return {"events": sorted(self.events.items()), "people": sorted(self.people.items())}


def window(minutes: int, stored: Mapping[str, Any] | None) -> Window:
    """What `as_json` wrote, or an empty window."""
    if not stored:
        return Window(minutes)
    return Window(
        minutes, *({int(key): int(value) for key, value in stored[name]} for name in ("events", "people"))
    )
