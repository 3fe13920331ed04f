"""Channels, rules and deliveries. They are changed on the project's pages, which check what is entered.

Secrets of channels are in no list and no form.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import Bounded, ReadOnly
from issues.alerts import stored_channels
from issues.alerts.rules import stored
from issues.models import AlertAttempt, AlertChannel, AlertDelivery, AlertRule

if TYPE_CHECKING:
    ChannelAdminBase = admin.ModelAdmin[AlertChannel]
    RuleAdminBase = admin.ModelAdmin[AlertRule]
    DeliveryAdminBase = admin.ModelAdmin[AlertDelivery]
    AttemptInlineBase = admin.TabularInline[AlertAttempt, AlertDelivery]
else:
    ChannelAdminBase = RuleAdminBase = DeliveryAdminBase = admin.ModelAdmin
    AttemptInlineBase = admin.TabularInline

Deleted = tuple[list[Any], dict[str, int], set[str], list[str]]
_SHOWN = 20


class Deletable(Bounded):
    """Rows that can be deleted here. Django asks first."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def deleted_with(self, keys: list[int]) -> dict[str, int]:
        """How many rows of which kind go with these."""
        raise NotImplementedError

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Deleted:
        """What goes with the rows, by counting: Django would load every one."""
        rows = list(objs)
        shown = [str(row) for row in rows[:_SHOWN]]
        if more := len(rows) - len(shown):
            shown.append(f"and {more} more")
        return shown, self.deleted_with([row.pk for row in rows]), set(), []


@admin.register(AlertChannel)
class AlertChannelAdmin(Deletable, ChannelAdminBase):
    list_display = (
        "name", "kind", "project", "is_enabled", "paused_at", "failures_in_a_row", "last_sent_at",
    )  # fmt: skip
    list_filter = ("kind", "is_enabled", ("paused_at", admin.EmptyFieldListFilter))
    list_select_related = ("project",)
    search_fields = ("name",)
    exclude = ("secrets",)
    ordering = ("name", "pk")
    actions = ("resume",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertChannel]:
        return super().get_queryset(request).defer("secrets")

    def deleted_with(self, keys: list[int]) -> dict[str, int]:
        deliveries = AlertDelivery.objects.filter(channel__in=keys)
        return {"channels": len(keys), "deliveries in the history": deliveries.count()}

    def delete_model(self, request: HttpRequest, obj: AlertChannel) -> None:
        stored_channels.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AlertChannel]) -> None:
        for channel in queryset:
            stored_channels.delete(channel)

    @admin.action(description="Resume selected channels that are paused")
    def resume(self, request: HttpRequest, channels: QuerySet[AlertChannel]) -> None:
        paused = list(channels.exclude(paused_at=None))
        for channel in paused:
            stored_channels.resume(channel)
        self.message_user(request, f"{len(paused)} resumed.")


@admin.register(AlertRule)
class AlertRuleAdmin(Deletable, RuleAdminBase):
    list_display = ("name", "project", "triggers", "is_enabled", "cooldown_minutes", "updated_at")
    list_filter = ("is_enabled", "project")
    list_select_related = ("project",)
    search_fields = ("name",)
    ordering = ("project", "pk")

    def deleted_with(self, keys: list[int]) -> dict[str, int]:
        return {"rules": len(keys)}

    def delete_model(self, request: HttpRequest, obj: AlertRule) -> None:
        stored.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AlertRule]) -> None:
        for rule in queryset:
            stored.delete(rule)


class AttemptInline(ReadOnly, AttemptInlineBase):
    model = AlertAttempt
    fields = ("at", "milliseconds", "succeeded", "status", "answer", "error")
    ordering = ("at", "pk")
    extra = 0


@admin.register(AlertDelivery)
class AlertDeliveryAdmin(Bounded, DeliveryAdminBase):
    list_display = (
        "created_at", "project", "news", "status", "channel", "user", "rule", "attempts", "reason",
    )  # fmt: skip
    list_filter = ("status", "news", "project")
    list_select_related = ("project", "channel", "user", "rule")
    search_fields = ("id",)
    search_help_text = "The whole id of the delivery, or of its issue"
    ordering = ("-created_at",)
    inlines = (AttemptInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AlertDelivery], search_term: str
    ) -> tuple[QuerySet[AlertDelivery], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            wanted = UUID(term)
        except ValueError:
            return queryset.none(), False
        return queryset.filter(pk=wanted) | queryset.filter(issue=wanted), False
