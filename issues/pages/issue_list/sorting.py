"""The orders of the list. Each ends with the id, so that pages can begin after any row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Concat, Lower

from issues.models import IssueQuerySet

DEFAULT = "last_seen"


@dataclass(frozen=True, slots=True)
class Sort:
    """`name` is what the query string has, `column` the head that it belongs to, `opposite` the name of the reverse order."""

    name: str
    column: str
    label: str
    fields: tuple[str, ...]
    descending: bool
    opposite: str

    @property
    def is_annotated(self) -> bool:
        return "assignee_order" in self.fields

    @property
    def columns(self) -> list[str]:
        """Those of `fields` that the table of issues has."""
        return [field for field in self.fields if field != "assignee_order"]

    def of(self, issues: IssueQuerySet) -> IssueQuerySet:
        """`issues` with what `fields` needs."""
        return issues.annotate(assignee_order=_ASSIGNEE) if self.is_annotated else issues


# People come first, then teams, then what nobody looks after. The letter in front decides that in every collation.
_ASSIGNEE: Any = Case(
    When(assigned_team__isnull=False, then=Concat(Value("b"), F("assigned_team__slug"))),
    When(assignee=None, then=Value("c")),
    When(assignee__name="", then=Concat(Value("a"), Lower(F("assignee__email")))),
    default=Concat(Value("a"), Lower(F("assignee__name"))),
    output_field=CharField(),
)


def _both(column: str, label: str, field: str, *, descending: bool = True) -> list[Sort]:
    other = f"{column}_{'asc' if descending else 'desc'}"
    fields = (field, "id")
    return [
        Sort(column, column, label, fields, descending, other),
        Sort(other, column, f"{label}, reversed", fields, not descending, column),
    ]


SORTS = {
    sort.name: sort
    for pair in (
        _both("last_seen", "Last seen", "last_seen"),
        _both("first_seen", "First seen", "first_seen"),
        _both("events", "Most events", "event_count"),
        _both("users", "Most users", "user_count"),
        _both("trend", "Trend", "trend"),
        _both("assignee", "Assignee", "assignee_order", descending=False),
    )
    for sort in pair
}
