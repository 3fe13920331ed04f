"""Why a frame is mapped or not: one step after the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One condition for mapping a frame. `is_met` is None where it was not reached or does not apply. `says` is a sentence with the facts,
    `fix` what to do about it; empty where there is nothing to do. Both may contain text of the event or of an upload."""

    name: str
    is_met: bool | None
    says: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps of one frame, in their order. `artifact_id` is the artifact that it was found in."""

    is_mapped: bool
    steps: tuple[Step, ...]
    artifact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a frame of the readable form comes from: `sent` is the frame as it was sent, at `path` in the payload as it was
    sent. Where calls were inlined several frames have the same origin. `is_mapped` is None for a frame that no upload can
    map, such as one of the browser itself. `artifact_id` and `artifact` are the id and the name of the file that it was found in."""

    path: str
    sent: Mapping[str, Any]
    is_mapped: bool | None
    artifact_id: int | None = None
    artifact: str = ""
