"""Lists of tables in Django's admin that cannot be changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Any]
else:
    AdminBase = object

MOST_LISTED = 10_000


class ReadOnly:
    """Denies adding, changing and deleting."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MOST_LISTED rows: to count millions takes seconds."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list  # a queryset
        return int(rows.order_by()[:MOST_LISTED].count())


class Bounded(ReadOnly, AdminBase):
    """A list of a table that may have millions of rows."""

    paginator = BoundedPaginator
    show_full_result_count = False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        subtitle = f"Lists have at most {MOST_LISTED:,} rows. Search or filter for others."
        listed: HttpResponse = super().changelist_view(
            request, extra_context={"subtitle": subtitle, **(extra_context or {})}
        )
        return listed
