"""Django's admin for the issues app. Everything is read-only, because a change here would make counts wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from issues import feedback, lifecycle
from issues.models import (
    Attachment,
    CheckIn,
    Event,
    Grouping,
    Issue,
    IssueQuerySet,
    Monitor,
    SessionDay,
    UserReport,
)

if TYPE_CHECKING:
    IssueAdminBase = admin.ModelAdmin[Issue]
    EventAdminBase = admin.ModelAdmin[Event]
    GroupingAdminBase = admin.ModelAdmin[Grouping]
    AttachmentAdminBase = admin.ModelAdmin[Attachment]
    UserReportAdminBase = admin.ModelAdmin[UserReport]
    MonitorAdminBase = admin.ModelAdmin[Monitor]
    CheckInAdminBase = admin.ModelAdmin[CheckIn]
    SessionDayAdminBase = admin.ModelAdmin[SessionDay]
else:
    IssueAdminBase = EventAdminBase = GroupingAdminBase = admin.ModelAdmin
    AttachmentAdminBase = UserReportAdminBase = admin.ModelAdmin
    MonitorAdminBase = CheckInAdminBase = SessionDayAdminBase = admin.ModelAdmin


class ReadOnly:
    """Denies adding, changing and deleting."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Issue)
class IssueAdmin(ReadOnly, IssueAdminBase):
    """The actions change and delete issues through issues.lifecycle, which keeps counts and history right."""

    list_display = ("short_id", "title", "project", "status", "event_count", "last_seen")
    list_filter = ("status", "level", "project")
    list_select_related = ("project",)
    search_fields = ("title", "culprit")
    ordering = ("-last_seen",)
    show_full_result_count = False
    actions = ("resolve", "reopen", "delete_with_events")

    @admin.action(description="Resolve selected issues")
    def resolve(self, request: HttpRequest, issues: QuerySet[Issue]) -> None:
        self._report(request, lifecycle.resolve(_rows(issues), by=_by(request)), "resolved")

    @admin.action(description="Reopen selected issues")
    def reopen(self, request: HttpRequest, issues: QuerySet[Issue]) -> None:
        self._report(request, lifecycle.reopen(_rows(issues), by=_by(request)), "reopened")

    @admin.action(description="Delete selected issues with their events")
    def delete_with_events(self, request: HttpRequest, issues: QuerySet[Issue]) -> None:
        self._report(request, lifecycle.delete(_rows(issues), by=_by(request)), "deleted")

    def _report(self, request: HttpRequest, count: int, done: str) -> None:
        self.message_user(request, f"{count} {done}.")


def _by(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _rows(issues: QuerySet[Issue]) -> IssueQuerySet:
    return Issue.objects.filter(pk__in=list(issues.values_list("pk", flat=True)))


@admin.register(Event)
class EventAdmin(ReadOnly, EventAdminBase):
    """Without the payload, which the event's page shows."""

    list_display = ("event_id", "project", "issue", "level", "release", "environment", "ingested_at")
    list_select_related = ("project", "issue__project")
    search_fields = ("event_id",)
    exclude = ("payload",)
    ordering = ("-pk",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).defer("payload")


@admin.register(Grouping)
class GroupingAdmin(ReadOnly, GroupingAdminBase):
    list_display = ("key", "project", "issue", "mechanism")
    list_select_related = ("project", "issue__project")
    search_fields = ("key",)
    show_full_result_count = False


@admin.register(Attachment)
class AttachmentAdmin(ReadOnly, AttachmentAdminBase):
    """Without the bytes, which the project's list of attachments links to."""

    list_display = ("name", "project", "kind", "content_type", "size", "event_id", "ingested_at")
    list_select_related = ("project",)
    search_fields = ("name", "event_id")
    ordering = ("-ingested_at",)
    show_full_result_count = False


@admin.register(UserReport)
class UserReportAdmin(ReadOnly, UserReportAdminBase):
    """Feedback is deleted on its page, which asks first."""

    list_display = ("ingested_at", "project", "name", "email", "source", "event_id", "is_done", "changed_by")
    list_filter = ("is_done",)
    list_select_related = ("project", "changed_by")
    search_fields = ("name", "email", "comments")
    ordering = ("-ingested_at",)
    show_full_result_count = False
    actions = ("finish", "reopen")

    @admin.action(description="Mark selected feedback as done")
    def finish(self, request: HttpRequest, reports: QuerySet[UserReport]) -> None:
        self.message_user(request, f"{feedback.finish(_chosen(reports), by=_by(request))} marked as done.")

    @admin.action(description="Reopen selected feedback")
    def reopen(self, request: HttpRequest, reports: QuerySet[UserReport]) -> None:
        self.message_user(request, f"{feedback.reopen(_chosen(reports), by=_by(request))} reopened.")


def _chosen(reports: QuerySet[UserReport]) -> QuerySet[UserReport]:
    """The same rows without the admin's order and joins, which an update cannot have."""
    return UserReport.objects.filter(pk__in=list(reports.values_list("pk", flat=True)))


@admin.register(Monitor)
class MonitorAdmin(ReadOnly, MonitorAdminBase):
    """A monitor can be muted and deleted on its page."""

    list_display = ("slug", "name", "project", "schedule_type", "schedule", "timezone", "is_muted")
    list_select_related = ("project",)
    search_fields = ("slug", "name")
    show_full_result_count = False


@admin.register(CheckIn)
class CheckInAdmin(ReadOnly, CheckInAdminBase):
    list_display = ("check_in_id", "state", "status", "started_at", "finished_at")
    list_select_related = ("state",)
    search_fields = ("check_in_id",)
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(SessionDay)
class SessionDayAdmin(ReadOnly, SessionDayAdminBase):
    list_display = ("day", "project", "release", "environment", "total", "errored", "crashed", "abnormal")
    list_select_related = ("project",)
    search_fields = ("release",)
    ordering = ("-day",)
    show_full_result_count = False
