from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from accounts.models import Project, Team, User
from issues.models import Monitor
from rustrak.lib.http import confirmation


@pytest.mark.parametrize(
    ("typed", "is_it"),
    [("shop", True), (" Shop ", True), ("", False), ("sho", False), ("shop2", False), ("%", False)],
)
def test_the_name_must_be_typed(typed: str, is_it: bool) -> None:
    assert confirmation.names({"confirm": typed}, "shop") is is_it


def test_a_form_without_the_field_deletes_nothing() -> None:
    assert not confirmation.names(QueryDict(), "shop")


@pytest.mark.parametrize("typed", [None, "", "wrong"])
def test_nothing_large_is_deleted_by_a_click(
    typed: str | None, shop: Project, ana: User, sign_in: Callable[[User], Client]
) -> None:
    """The server asks, whatever the browser does."""
    team = Team.objects.create(name="Payments", slug="payments")
    monitor = Monitor.objects.create(project=shop, slug="nightly")
    client = sign_in(ana)
    sent = {} if typed is None else {"confirm": typed}
    for path, more, name in (
        (reverse("project_delete", args=["shop"]), {}, "shop"),
        (reverse("team", args=[team.pk]), {"action": "delete"}, "payments"),
        (reverse("monitor_delete", args=["shop", "nightly"]), {}, "nightly"),
    ):
        page = client.post(path, sent | more, follow=True).content.decode()
        assert f"Nothing was deleted. To delete it, type {name} into the field." in page
        assert f"<code>{name}</code>" in page
    assert Project.objects.filter(deleting_at=None).get() == shop
    assert (Team.objects.get(), Monitor.objects.get()) == (team, monitor)
