"""What became of one frame."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """What became of one frame. `frames` stand in its place, the oldest call first; empty: it stays as it was sent.

    `is_mapped` is None where no upload can map it. `artifact_id` and `artifact` are the file that it was found in, `upload_id` the
    upload that had it. `why` is for whoever explains it: the subject of the look-up and what is known of it.
    """

    is_mapped: bool | None
    frames: tuple[dict[str, Any], ...] = ()
    artifact_id: int | None = None
    artifact: str = ""
    upload_id: int | None = None
    why: Hashable = None


#: Of a frame that no upload can map.
NOT_FOR_US = Outcome(None)
#: Of one that could not be found.
UNMAPPED = Outcome(False)
