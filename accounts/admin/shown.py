"""What Django's admin shows and does not change: each has a page that keeps the rules of its change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.admin.read_only import Bounded, ReadOnly
from accounts.models import AuditEntry, ProjectKey, ProviderIdentity

if TYPE_CHECKING:
    KeyAdminBase = admin.ModelAdmin[ProjectKey]
    IdentityAdminBase = admin.ModelAdmin[ProviderIdentity]
    EntryAdminBase = admin.ModelAdmin[AuditEntry]
else:
    KeyAdminBase = IdentityAdminBase = EntryAdminBase = admin.ModelAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(Bounded, EntryAdminBase):
    """Nobody changes what the log says. Its own page filters by person and time, and has a CSV file."""

    list_display = ("at", "action", "actor_name", "actor_kind", "target_name", "project_name", "ip")
    list_filter = ("actor_kind",)
    search_fields = ("=actor_name",)
    search_help_text = "The whole e-mail address of who did it"
    ordering = ("-at", "-pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip().lower()
        return (queryset.filter(actor_name=term) if term else queryset), False


@admin.register(ProjectKey)
class ProjectKeyAdmin(ReadOnly, KeyAdminBase):
    """The project's page “Client keys” changes them: a project must have one, and its DSN names one."""

    list_display = (
        "name", "project", "key", "is_enabled", "expires_at", "max_events_per_minute", "max_events_per_hour", "last_used_at",
    )  # fmt: skip
    list_filter = ("is_enabled", ("expires_at", admin.EmptyFieldListFilter))
    list_select_related = ("project",)
    search_fields = ("=key", "name", "project__name")
    search_help_text = "A whole key, or a part of its name or of its project's name"
    ordering = ("project", "pk")

    def view_on_site(self, obj: ProjectKey) -> str:
        return reverse("project_keys", kwargs={"slug": obj.project.slug})


@admin.register(ProviderIdentity)
class ProviderIdentityAdmin(ReadOnly, IdentityAdminBase):
    """Who a person is at a provider. A sign-in there makes and changes it; whoever could edit it here could sign in as somebody else."""

    list_display = ("user", "email", "issuer", "subject", "created_at", "last_used_at")
    list_filter = ("issuer",)
    list_select_related = ("user",)
    search_fields = ("user__email", "email", "=subject")
    search_help_text = "A part of an e-mail address, or the whole subject at the provider"
    ordering = ("user__email", "pk")
