"""Issues, events and what came with them. Everything is read-only, because a change here would make counts wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.admin.read_only import Bounded
from accounts.models import Project, User
from issues import feedback, lifecycle
from issues.models import (
    Attachment,
    CheckIn,
    Event,
    Grouping,
    Issue,
    IssueQuerySet,
    Monitor,
    SavedSearch,
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
    SavedSearchAdminBase = admin.ModelAdmin[SavedSearch]
else:
    IssueAdminBase = EventAdminBase = GroupingAdminBase = admin.ModelAdmin
    AttachmentAdminBase = UserReportAdminBase = admin.ModelAdmin
    MonitorAdminBase = CheckInAdminBase = SessionDayAdminBase = SavedSearchAdminBase = admin.ModelAdmin


# How many issues an action changes; further ones need another request.
MOST_CHANGED = 10_000
_BATCH, _SHOWN = 500, 20


class FoundByEvent(Bounded):
    """A search for an event's id, in any spelling of it, looks for exactly that one, through an index."""

    search_help_text = "The whole id of the event"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            event_id = UUID(term)
        except ValueError:
            return queryset.none(), False
        # All indexes begin with the project.
        projects = list(Project.objects.values_list("pk", flat=True))
        return queryset.filter(project__in=projects, event_id=event_id), False


@admin.register(Issue)
class IssueAdmin(Bounded, IssueAdminBase):
    """The actions change and delete issues through issues.lifecycle, which keeps counts and history right."""

    list_display = ("short_id", "title", "project", "status", "assignee", "event_count", "last_seen")
    list_filter = ("status", "level", "project")
    list_select_related = ("project", "assignee")
    search_fields = ("id",)
    search_help_text = (
        "The whole id of the issue, as SHOP-12 or as in its address. The issue list searches texts."
    )
    ordering = ("-last_seen",)
    actions = ("resolve", "reopen", "delete_with_events")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        slug, _, number = term.rpartition("-")
        if slug and number.isascii() and number.isdigit() and len(number) < 19:
            return queryset.filter(project__slug=slug.lower(), digest_order=int(number)), False
        try:
            return queryset.filter(pk=UUID(term)), False
        except ValueError:
            return queryset.none(), False

    def view_on_site(self, obj: Issue) -> str:
        return reverse("issue", kwargs={"slug": obj.project.slug, "issue_id": obj.pk})

    @admin.action(description="Resolve selected issues")
    def resolve(self, request: HttpRequest, issues: QuerySet[Issue]) -> None:
        self._change(request, issues, partial(lifecycle.resolve, by=_by(request)), "resolved")

    @admin.action(description="Reopen selected issues")
    def reopen(self, request: HttpRequest, issues: QuerySet[Issue]) -> None:
        self._change(request, issues, partial(lifecycle.reopen, by=_by(request)), "reopened")

    @admin.action(description="Delete selected issues with their events")
    def delete_with_events(self, request: HttpRequest, issues: QuerySet[Issue]) -> HttpResponse | None:
        """Ask first. With many events the issues are only hidden now, and their rows deleted in the background."""
        first = issues.order_by("pk")[:MOST_CHANGED]
        about = Issue.objects.filter(pk__in=first.values("pk")).aggregate(
            count=Count("pk"), events=Sum("stored_event_count", default=0)
        )
        if request.POST.get("post"):
            few = about["events"] <= lifecycle.AT_ONCE_EVENTS
            delete = partial(
                lifecycle.delete, by=_by(request), at_once=lifecycle.AT_ONCE_EVENTS if few else -1
            )
            done = "deleted" if few else "deleted. Their events are being deleted in the background"
            self._change(request, issues, delete, done)
            return None
        shown = list(first[:_SHOWN])
        context = {
            **self.admin_site.each_context(request),
            **about,
            "title": "Delete issues with their events",
            "opts": self.opts,
            "more": issues.order_by("pk")[MOST_CHANGED : MOST_CHANGED + 1].exists(),
            "shown": shown,
            "not_shown": about["count"] - len(shown),
            "selected": request.POST.getlist("_selected_action"),
            "across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/issues/issue/delete_issues.html", context)

    def _change(
        self,
        request: HttpRequest,
        issues: QuerySet[Issue],
        change: Callable[[IssueQuerySet], int],
        done: str,
    ) -> None:
        """Change the first MOST_CHANGED of `issues` in batches, and say how many there were and whether there are more."""
        keys = list(issues.order_by("pk").values_list("pk", flat=True)[: MOST_CHANGED + 1])
        chosen, more = keys[:MOST_CHANGED], len(keys) > MOST_CHANGED
        count = sum(
            change(Issue.objects.filter(pk__in=chosen[start : start + _BATCH]))
            for start in range(0, len(chosen), _BATCH)
        )
        rest = f" More are selected than are changed at a time ({MOST_CHANGED:,}): do it again for the rest."
        self.message_user(request, f"{count} {done}.{rest if more else ''}")


def _by(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@admin.register(Event)
class EventAdmin(FoundByEvent, EventAdminBase):
    """Without the payload, which the event's page shows."""

    list_display = ("event_id", "project", "issue", "level", "release", "environment", "ingested_at")
    list_select_related = ("project", "issue__project")
    search_fields = ("event_id",)
    exclude = ("payload",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).defer("payload")

    def view_on_site(self, obj: Event) -> str:
        where = {"slug": obj.project.slug, "issue_id": obj.issue_id, "event_id": obj.pk}
        return reverse("event", kwargs=where)


@admin.register(Grouping)
class GroupingAdmin(Bounded, GroupingAdminBase):
    list_display = ("key", "project", "issue", "mechanism")
    list_filter = ("mechanism", "project")
    list_select_related = ("project", "issue__project")


@admin.register(Attachment)
class AttachmentAdmin(FoundByEvent, AttachmentAdminBase):
    """Without the bytes, which the project's list of attachments links to."""

    list_display = ("name", "project", "kind", "content_type", "size", "event_id", "ingested_at")
    list_select_related = ("project",)
    list_filter = ("project",)
    search_fields = ("event_id",)
    ordering = ("-ingested_at",)


@admin.register(UserReport)
class UserReportAdmin(FoundByEvent, UserReportAdminBase):
    """Feedback is deleted on its page, which asks first. The page searches texts."""

    list_display = ("ingested_at", "project", "name", "email", "source", "event_id", "is_done", "changed_by")
    list_filter = ("is_done", "project")
    list_select_related = ("project", "changed_by")
    search_fields = ("event_id",)
    ordering = ("-ingested_at",)
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
class MonitorAdmin(Bounded, MonitorAdminBase):
    """A monitor can be muted and deleted on its page."""

    list_display = ("slug", "name", "project", "schedule_type", "schedule", "timezone", "is_muted")
    list_select_related = ("project",)
    search_fields = ("slug", "name")

    def view_on_site(self, obj: Monitor) -> str:
        return reverse("monitor", kwargs={"slug": obj.project.slug, "monitor": obj.slug})


@admin.register(CheckIn)
class CheckInAdmin(Bounded, CheckInAdminBase):
    list_display = ("check_in_id", "state", "status", "started_at", "finished_at")
    list_filter = ("status",)
    list_select_related = ("state__monitor__project",)
    ordering = ("-pk",)


@admin.register(SessionDay)
class SessionDayAdmin(Bounded, SessionDayAdminBase):
    list_display = ("day", "project", "release", "environment", "total", "errored", "crashed", "abnormal")
    list_filter = ("project",)
    list_select_related = ("project",)
    ordering = ("-day",)


@admin.register(SavedSearch)
class SavedSearchAdmin(Bounded, SavedSearchAdminBase):
    """Searches are changed on their own pages, by their owner or, if they are shared, by admins of the project."""

    list_display = ("name", "owner", "project", "status", "query", "is_shared")
    list_filter = ("is_shared",)
    list_select_related = ("owner", "project")
    search_fields = ("name", "query")
