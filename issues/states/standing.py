"""An issue that is not open, while the events of a batch are judged one after the other. Pure: rows come in and go out as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from issues.states.rule import NOTHING, Counts, Decision, Effect, Order, Sent, State, decide, reached
from issues.states.window import Window
from issues.versions.names import Kind, read
from issues.versions.order import Known, compare


@dataclass(frozen=True, slots=True)
class Out:
    """A release of the project, and when the project got to know it."""

    known: Known
    noted_at: datetime

    def was_out(self, moment: datetime) -> bool:
        """Whether it was released or seen already. A clock that is wrong does not make it older than the project's knowledge."""
        time = self.known.time
        return time is not None and max(time, self.noted_at) <= moment


@dataclass(slots=True)
class Standing:
    """The state of one issue, what its decisions need, and what they were.

    `releases` are those that the batch or the state name and that are known. `fix_out_at`: when the release with the fix came out.
    `from_events` and `from_people` are what the issue had when it was muted, `user_count` is what it had before the batch; `window` what arrived within the minutes of its muting.
    `decision` is Issue.decision. `said` are the reasons (Decision.why) that belong into the history, by the SDK's id of the event.
    `is_held`: it is still resolved or muted; else `last` is the decision that opened it, and `opened_by` the event. `is_changed`: its row has to be written.
    """

    state: State
    decision: Mapping[str, Any] | None = None
    from_events: int = 0
    from_people: int = 0
    user_count: int = 0
    window: Window | None = None
    releases: dict[str, Out] = field(default_factory=dict)
    fix_out_at: datetime | None = None
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    last: Decision = NOTHING
    opened_by: str = ""
    is_held: bool = True
    is_changed: bool = False

    def judge(self, sent: Sent, event_id: str, event_count: int, person: int | None) -> Decision:
        """Decide about an event. `event_count` is that of the issue with it; `person` is whom it happened to (None: nobody)."""
        counts = self._counted(sent, event_count, person) if self.state.status == "muted" else Counts()
        decision = decide(self.state, sent, self._order(sent), counts)
        if decision is not NOTHING:
            self._note(decision, event_id)
        return decision

    def judge_people(self, new: int, event_id: str) -> Decision:
        """Decide about so many people whom the issue has met in a batch, of which `event_id` is its last event."""
        decision = reached(self.state, Counts(people=self.user_count + new - self.from_people))
        if decision is not NOTHING:
            self._note(decision, event_id)
        return decision

    @property
    def waits_for_people(self) -> bool:
        """Whether it is muted until it has met so many more people."""
        state = self.state
        return self.is_held and state.mute_people is not None and state.mute_minutes is None

    def _note(self, decision: Decision, event_id: str) -> None:
        if decision.effect is not Effect.STAYS:
            self.is_held, self.is_changed, self.last, self.opened_by = False, True, decision, event_id
            self.decision = self.said[event_id] = decision.why
            return
        before = self.decision.get("said", []) if self.decision else []
        known = [*before, decision.code] if decision.code not in before else before
        now = {**decision.why, "said": known}
        if known is not before:
            self.said[event_id] = decision.why
        if now != self.decision:
            self.decision, self.is_changed = now, True

    def _counted(self, sent: Sent, event_count: int, person: int | None) -> Counts:
        state = self.state
        is_older = state.muted_at is not None and sent.arrived_at < state.muted_at
        if self.window is None:
            if is_older and state.mute_events is not None:
                self.from_events += 1
                self.is_changed = True
            return Counts(event_count - self.from_events)
        if is_older:
            return Counts()
        self.is_changed = True
        return self.window.add(sent.arrived_at, person, keep_people=state.mute_people is not None)

    def _order(self, sent: Sent) -> Order:
        state = self.state
        if not state.resolved_release or not sent.release:
            return Order(fix_out_at=self.fix_out_at)
        than = self.releases.get(state.resolved_release)
        fix = than.known if than else Known(state.resolved_release)
        package, of_fix = read(sent.release).package, read(state.resolved_release)
        if (
            state.resolution == "in_release"
            and package
            and not of_fix.package
            and of_fix.kind is not Kind.NAME
        ):
            # A person wrote `4.1.0` for the `shop@4.1.0` of the SDK.
            fix = Known(f"{package}@{state.resolved_release}")
        out = self.releases.get(sent.release)
        # A release that nobody knew is first seen with this event.
        event = out.known if out else Known(sent.release, None, sent.happened_at)
        was_out = out is not None and state.resolved_at is not None and out.was_out(state.resolved_at)
        is_alike = package == of_fix.package
        return Order(compare(event, fix), is_alike, was_out, self.fix_out_at)
