"""Why a frame is mapped or not: one step after the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One condition for mapping a frame. `is_met` is None where it was not reached or does not apply. `says` is a sentence with the facts,
    `fix` what to do about it; empty where there is nothing to do."""

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
