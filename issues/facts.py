"""What transactions changed in issues and monitors, written down for `deliver` inside these transactions.

Nothing is compared with rules here, and nothing is sent: whoever changes rows only says what changed. issues.alerts does
the rest later, in another process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from issues.models import News


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `event` is the id of the event's row; `level`, `environment` and `release` are the event's.

    `by` is the id of the user who did it. `detail` is the name of a monitor, or of a new assignee.
    """

    news: News
    issue: UUID | None
    event: UUID | None = None
    level: int = 0
    environment: str = ""
    release: str = ""
    by: int | None = None
    detail: str = ""


#: By issue: how many events, and how many people whom it had not met before.
Volume = Mapping[UUID, tuple[int, int]]


def write(project_id: int, changes: Sequence[Change], volume: Volume, now: datetime) -> None:
    """Write down what changed, with one statement, inside the caller's transaction; nothing if nothing changed.

    `deliver` is woken when the transaction is committed.
    """
    raise NotImplementedError


def is_touched() -> bool:
    """Whether facts were written on this machine since this process asked last."""
    raise NotImplementedError
