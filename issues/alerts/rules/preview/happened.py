"""What happened in the past, as a rule's filters see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from issues.alerts.rules.matching import About
from issues.models import News


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that a rule may have told. `subject` is what the cooldown is of; `crossed`: of an issue that escalates,
    whether it did not in the hour before."""

    at: datetime
    news: News
    subject: str
    issue: UUID | None
    about: About
    event: UUID | None = None
    detail: str = ""
    crossed: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """What was found in one kind of stored rows. `notes` are for people: what cannot be known exactly from them."""

    found: Sequence[Happened] = ()
    notes: tuple[str, ...] = ()
