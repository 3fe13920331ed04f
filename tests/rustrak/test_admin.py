"""Every list of Django's admin: it costs few queries, deletes nothing unasked, and changes nothing that a rule protects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db import connection, models
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import audit, keys
from accounts.admin.read_only import Bounded
from accounts.models import ApiToken, Project, ProviderIdentity, User
from issues.alerts import stored_channels
from issues.alerts.rules import stored
from issues.alerts.rules.values import RuleValues
from issues.models import PrivacyRules
from tests.lib import builders

pytestmark = pytest.mark.django_db

ADMINS: dict[str, admin.ModelAdmin[Any]] = {
    model._meta.label: found
    for model, found in sorted(admin.site._registry.items(), key=lambda each: each[0]._meta.label)
}
#: What may be changed in the admin. All else is read-only there, or has a page of its own that keeps the rules.
CHANGED = {
    "accounts.User": {"email", "name", "password", "is_active", "role", "theme", "single_key_shortcuts"},
    "accounts.Project": {"name", "slug", "platform"},
    "accounts.Team": {"name", "slug", "members"},
}  # fmt: skip
#: What is deleted there, after a page that asks, with the action that does.
DELETED = {
    "accounts.User": "delete_selected", "accounts.ApiToken": "delete_selected", "issues.AlertChannel": "delete_selected",
    "issues.AlertRule": "delete_selected", "issues.Issue": "delete_with_events",
}  # fmt: skip
#: Tables that people fill by hand: a search may read all of them.
SMALL = {"issues.Monitor", "issues.SavedSearch", "issues.AlertChannel", "issues.AlertRule"}


@pytest.fixture
def rows(bo: User, shop: Project) -> dict[str, models.Model]:
    """Something of what is listed."""
    Project.objects.filter(pk=shop.pk).update(stored_event_count=1)
    issue = builders.issue(shop, event_count=1, stored_event_count=1)
    builders.event(issue)
    keys.create(shop, "Second")
    audit.record(audit.Action.PROJECT_CHANGE, shop)
    ProviderIdentity.objects.create(user=bo, issuer="https://id.example", subject="b")
    PrivacyRules.objects.create(project=shop)
    options = {"url": "https://example.org/"}
    return {
        "issues.Issue": issue,
        "accounts.User": bo,
        "accounts.ApiToken": ApiToken.objects.issue(bo)[0],
        "issues.AlertChannel": stored_channels.create(
            kind="webhook", name="W", values=options, project=shop, by=bo
        ),
        "issues.AlertRule": stored.create(shop, RuleValues(name="R", triggers=("new",), to_members=True), bo),
    }


@pytest.fixture
def asked(ana: User, rf: RequestFactory) -> HttpRequest:
    request = rf.get("/admin/")
    request.user = ana
    return request


def address(label: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_').lower()}_{page}", args=args)


def test_lists_cost_few_queries(
    rows: dict[str, models.Model], ana: User, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(ana)
    client.get("/admin/")
    for label in ADMINS:
        for query in ("", "?q=00000000-0000-0000-0000-000000000001"):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(address(label, "changelist") + query)
            assert page.status_code == 200, label
            assert len(queries) <= 14, label


@pytest.mark.parametrize("label", ADMINS)
def test_a_list_loads_with_its_rows_what_it_shows_of_others(label: str) -> None:
    found = ADMINS[label]
    related = {
        each.name
        for each in found.model._meta.get_fields()
        if each.many_to_one and each.name in found.list_display
    }
    assert found.list_select_related is True or related <= {
        each.split("__")[0] for each in found.list_select_related or ()
    }


@pytest.mark.parametrize("label", ADMINS)
def test_a_search_in_a_large_table_goes_through_an_index(label: str) -> None:
    found = ADMINS[label]
    if isinstance(found, Bounded) and label not in SMALL:
        own = type(found).get_search_results is not admin.ModelAdmin.get_search_results
        assert own or not found.search_fields
    if found.search_fields and isinstance(found, Bounded) and label not in SMALL:
        assert found.search_help_text


@pytest.mark.parametrize("label", ADMINS)
def test_nothing_is_changed_or_deleted_but_what_is_listed_here(label: str, asked: HttpRequest) -> None:
    found = ADMINS[label]
    assert found.has_delete_permission(asked) == (DELETED.get(label) == "delete_selected")
    deletes = {name for name in found.get_actions(asked) if "delete" in name}
    assert deletes == {DELETED[label]} if label in DELETED else not deletes
    changeable: set[str] = set()
    if found.has_change_permission(asked):
        one = found.model()
        changeable = set(flatten_fieldsets(found.get_fieldsets(asked, one))) - set(
            found.get_readonly_fields(asked, one)
        )
    assert changeable == CHANGED.get(label, set())


@pytest.mark.parametrize("label", DELETED)
def test_what_deletes_asks_first(
    label: str, rows: dict[str, models.Model], ana: User, sign_in: Callable[[User], Client]
) -> None:
    row, client = rows[label], sign_in(ana)
    chosen = {"action": DELETED[label], "_selected_action": row.pk}
    page = client.post(address(label, "changelist"), chosen)
    assert page.status_code == 200
    assert 'name="post"' in page.content.decode()
    assert type(row)._default_manager.filter(pk=row.pk).exists()
    answer = client.post(address(label, "changelist"), {**chosen, "post": "yes"})
    assert answer.status_code == 302
    assert not type(row)._default_manager.filter(pk=row.pk).exists()
