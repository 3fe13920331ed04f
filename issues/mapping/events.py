"""Maps an event: for the digest, for pages, and for events that are read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from issues.mapping.steps import Explanation, Origin

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
    raise NotImplementedError
