"""Maps an event: for the digest, for pages, and for events that are read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from issues.mapping.steps import Explanation


@dataclass(frozen=True, slots=True)
class Mapped:
    """The readable form of an event. `payload` is a copy in which mapped frames have their original function, path, line and
    source, and exceptions their original types; it shares with the sent payload what is the same. `count` frames of `of` that could be mapped were.
    `explanations` say why, by the path of the frame in the payload (`exception.values.0.stacktrace.frames.3`), where asked for."""

    payload: dict[str, Any]
    count: int
    of: int
    uploads: frozenset[int] = frozenset()
    explanations: Mapping[str, Explanation] = field(default_factory=dict)


def mapped(project_id: int, version: int, payload: dict[str, Any], *, explain: bool = False) -> Mapped | None:
    """The readable form of `payload`, an event of the project whose artifacts_version is `version`. None when no frame is changed and
    nothing was asked to be explained. Never raises: what cannot be looked up stays as it was sent."""
    raise NotImplementedError
