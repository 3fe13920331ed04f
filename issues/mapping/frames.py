"""Maps all frames of an event by what is known, and copies what changes. Asks nothing: what is missing is wanted from then on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from issues.mapping import dart, java, javascript, native
from issues.mapping.frame import Outcome
from issues.mapping.known import Known
from issues.mapping.sent_event import SentEvent
from issues.payload.frames.in_app import family
from issues.payload.stack import Keys, places, thrown_at

#: The newest frames of a stack that are looked up, of all stacks of an event together, and exceptions.
MOST_OF_STACK, MOST_FRAMES, MOST_EXCEPTIONS = 1_000, 3_000, 100
JAVASCRIPT, JAVA, NATIVE = "javascript", "java", "native"


@dataclass(slots=True)
class MappedStack:
    """One list of frames: `keys` lead to it, `first` is the index of the first frame that was looked at."""

    keys: Keys
    frames: list[Any]
    first: int
    outcomes: dict[int, Outcome]

    @property
    def is_changed(self) -> bool:
        return any(outcome.frames for outcome in self.outcomes.values())


@dataclass(slots=True)
class MappedFrames:
    """What became of all frames and exceptions of an event."""

    stacks: list[MappedStack] = field(default_factory=list)
    thrown: list[tuple[Keys, dict[str, Any]]] = field(default_factory=list)
    left_out: int = 0

    def payload(self, sent: dict[str, Any]) -> dict[str, Any] | None:
        """A copy of the event with what was mapped, which shares what stays; None where all of it stays."""
        changed = [stack for stack in self.stacks if stack.is_changed]
        if not changed and not self.thrown:
            return None
        copy = _Copy(sent)
        for keys, thrown in self.thrown:
            copy.at(keys).update(thrown)
        for stack in changed:
            frames: list[Any] = stack.frames[: stack.first]
            outcomes = stack.outcomes
            for index, frame in enumerate(stack.frames[stack.first :]):
                if (outcome := outcomes.get(index)) is not None and outcome.frames:
                    frames += outcome.frames
                else:
                    frames.append(frame)
            copy.at(stack.keys[:-1])[stack.keys[-1]] = frames
        return copy.at(())  # type: ignore[no-any-return]


class _Copy:
    """A copy of a JSON value in which only those containers are new that were asked for."""

    def __init__(self, sent: dict[str, Any]) -> None:
        self._made: dict[Keys, Any] = {(): dict(sent)}

    def at(self, keys: Keys) -> Any:
        """The container that these keys lead to, which may be changed."""
        if (made := self._made.get(keys)) is None:
            parent = self.at(keys[:-1])
            old = parent[keys[-1]]
            made = self._made[keys] = dict(old) if isinstance(old, dict) else list(old)
            parent[keys[-1]] = made
        return made


def kind_of(frame: dict[str, Any], platform: str) -> str:
    """How a frame is looked up: JAVASCRIPT, JAVA, NATIVE; empty where it is not."""
    if native.is_native(frame):
        return NATIVE
    group = family(frame, platform)
    if group in ("javascript", "node"):
        return JAVASCRIPT
    if group == "java":
        return JAVA
    # No platform that is known: only scripts have columns.
    return JAVASCRIPT if group == "" and frame.get("colno") else ""


def map_event(event: SentEvent, known: Known) -> MappedFrames:
    """What became of the frames and exceptions of the event."""
    found = MappedFrames()
    stacks = list(places(event.payload))
    left = MOST_FRAMES
    for keys, frames in stacks:
        first = max(0, len(frames) - min(MOST_OF_STACK, left))
        left -= len(frames) - first
        found.left_out += first
        some = frames[first:] if first else frames
        outcomes = _map_stack(keys, some, event, known)
        if outcomes:
            found.stacks.append(MappedStack(keys, frames, first, outcomes))
    if event.proguard_ids or event.dart_ids:
        for keys, thrown in list(thrown_at(event.payload))[-MOST_EXCEPTIONS:]:
            new = java.map_exception(thrown, event, known) or dart.map_exception(thrown, event, known)
            if new is not None:
                found.thrown.append(
                    (keys, {name: new[name] for name in ("type", "module", "value") if name in new})
                )
    for stack in found.stacks:
        for outcome in stack.outcomes.values():
            if outcome.upload_id is not None:
                known.uploads.add(outcome.upload_id)
    return found


def _map_stack(keys: Keys, frames: list[Any], event: SentEvent, known: Known) -> dict[int, Outcome]:
    kinds = [kind_of(frame, event.platform) if isinstance(frame, dict) else "" for frame in frames]
    found: dict[int, Outcome] = {}
    for kind in dict.fromkeys(kinds):
        if not kind:
            continue
        own = [frame if of == kind else None for frame, of in zip(frames, kinds, strict=True)]
        if kind == JAVASCRIPT:
            found |= javascript.map_frames(own, event, known)
        elif kind == JAVA:
            found |= java.map_frames(own, event, known)
        else:
            found |= native.map_frames(own, event, known, _adjustment(keys, event.payload))
    return found


def _adjustment(keys: Keys, payload: dict[str, Any]) -> str:
    """The stack's `instruction_addr_adjustment`: auto, all, all_but_first or none."""
    holder: Any = payload
    for key in keys:
        if isinstance(holder, dict) and isinstance(own := holder.get("instruction_addr_adjustment"), str):
            return own
        holder = holder[key]
    return "auto"
