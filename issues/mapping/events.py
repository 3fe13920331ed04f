"""Maps an event: for the digest, for pages, and for events that are read again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from issues.mapping import used
from issues.mapping.explaining import explanations
from issues.mapping.frames import MappedFrames, map_event
from issues.mapping.known import Known
from issues.mapping.sent_event import SentEvent
from issues.mapping.steps import Explanation, Origin
from issues.payload.notes import path

log = logging.getLogger(__name__)

#: Lines of source before and after that of a frame.
CONTEXT = 5
# An event is mapped so often until nothing is missing: scripts lead to positions, positions to sources.
_ROUNDS = 6
#: How long a page waits for look-ups, in seconds.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Mapped:
    """The readable form of an event. `payload` is a copy in which mapped frames have their original function, path, line and
    source, and exceptions their original types; it shares with the sent payload what is the same. `count` frames of `of` that could be mapped were.

    `uploads` are those that were used. `late` says why some frames could not be looked up now and may be later; empty for none.
    `origins`, where asked for, has each frame of `payload` that was looked at, by its path in it
    (`exception.values.0.stacktrace.frames.3`). `explanations`, where asked for, say why each of these frames is mapped or
    not, by its path in the payload as it was sent (Origin.path).
    """

    payload: dict[str, Any]
    count: int
    of: int
    uploads: frozenset[int] = frozenset()
    late: str = ""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    explanations: Mapping[str, Explanation] = field(default_factory=dict)


def mapped(
    project_id: int,
    version: int,
    payload: dict[str, Any],
    *,
    origins: bool = False,
    explain: bool = False,
    patience: float = PATIENCE,
) -> Mapped | None:
    """The readable form of `payload`, an event of the project whose artifacts_version is `version`. None when no frame is changed and
    neither `origins` nor explanations were asked for. Never raises: what cannot be looked up within `patience` seconds stays as it was sent.

    `origins` costs little and is meant for each view of an event; `explain` takes some queries more.
    """
    if not version and not (origins or explain):
        return None
    known = Known(project_id, version, context=CONTEXT, patience=patience)
    try:
        return _mapped(known, SentEvent(payload), origins, explain)
    except Exception:
        log.exception("an event of project %d could not be mapped", project_id)
        return None


def _mapped(known: Known, event: SentEvent, origins: bool, explain: bool) -> Mapped | None:
    found = map_completely(event, known)
    used.note(known.uploads)
    readable = found.payload(event.payload)
    if readable is None and not (origins or explain):
        return None
    outcomes = [outcome for stack in found.stacks for outcome in stack.outcomes.values()]
    return Mapped(
        event.payload if readable is None else readable,
        count=sum(outcome.is_mapped is True for outcome in outcomes),
        of=sum(outcome.is_mapped is not None for outcome in outcomes),
        uploads=frozenset(known.uploads),
        late=known.late,
        origins=_origins(found) if origins else {},
        explanations=explanations(found, event, known) if explain else {},
    )


def map_completely(event: SentEvent, known: Known) -> MappedFrames:
    """What became of the frames of the event, with everything looked up that can be within the time of `known`."""
    found = map_event(event, known)
    for _ in range(_ROUNDS):
        if not known.is_wanting or not known.fetch():
            break
        found = map_event(event, known)
    return found


def _origins(found: MappedFrames) -> dict[str, Origin]:
    """The frames of the readable form, by their paths in it."""
    origins: dict[str, Origin] = {}
    for stack in found.stacks:
        place = stack.first
        for index, frame in enumerate(stack.frames[stack.first :]):
            outcome = stack.outcomes.get(index)
            for _ in range(len(outcome.frames) or 1 if outcome else 1):
                if outcome is not None and isinstance(frame, dict):
                    sent_at = path(*stack.keys, stack.first + index)
                    origins[path(*stack.keys, place)] = Origin(
                        sent_at, frame, outcome.is_mapped, outcome.artifact_id, outcome.artifact
                    )
                place += 1
    return origins
