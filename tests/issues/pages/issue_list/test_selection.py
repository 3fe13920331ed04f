from __future__ import annotations

from datetime import timedelta

from django.http import QueryDict

from accounts.models import Project, User
from issues import lifecycle
from issues.models import Issue
from issues.pages.issue_list.selection import chosen
from tests.issues.pages.conftest import Send


def _titles(query: str, projects: list[Project], viewer: User) -> list[str]:
    return sorted(chosen(QueryDict(query), projects, viewer).values_list("title", flat=True))


def test_environment_period_and_state_limit_what_is_chosen(shop: Project, bo: User, send: Send) -> None:
    send({"message": "old", "environment": "production"}, ago=timedelta(days=20))
    send({"message": "new", "environment": "production"})
    send({"message": "new", "environment": "staging"})
    send({"message": "muted", "environment": "staging"})
    lifecycle.mute(Issue.objects.filter(title="muted"), by=None)
    other = Project.objects.create(name="Other", slug="other")
    send({"message": "other", "environment": "staging"}, project=other)
    assert _titles("status=open", [shop], bo) == ["new", "old"]
    assert _titles("status=open&period=14d", [shop], bo) == ["new"]
    assert _titles("status=all&environment=staging", [shop], bo) == ["muted", "new"]
    assert _titles("status=all&environment=staging", [shop, other], bo) == ["muted", "new", "other"]
    assert _titles("status=review&environment=production", [shop], bo) == ["new"]
    assert _titles("status=all&environment=none", [shop], bo) == []


def test_the_latest_release_is_that_of_the_environment(shop: Project, bo: User, send: Send) -> None:
    send({"message": "old", "environment": "production", "release": "shop@1.0"})
    send({"message": "beta", "environment": "staging", "release": "shop@1.1"})
    send({"message": "both", "environment": "production", "release": "shop@1.0"})
    send({"message": "both", "environment": "staging", "release": "shop@1.1"})
    latest = "status=all&q=release:latest"
    assert _titles(latest, [shop], bo) == ["beta", "both"]
    assert _titles(f"{latest}&environment=production", [shop], bo) == ["both", "old"]
    assert _titles(f"{latest}&environment=staging", [shop], bo) == ["beta", "both"]


def test_a_mistake_chooses_nothing(shop: Project, bo: User, send: Send) -> None:
    send({"message": "m"})
    assert _titles("status=all&q=is:opne", [shop], bo) == []
    assert _titles("status=all&q=level:error", [shop], bo) == ["m"]


def test_a_state_in_the_text_wins_over_the_tab(shop: Project, bo: User, send: Send) -> None:
    send({"message": "a"})
    send({"message": "b"})
    lifecycle.resolve(Issue.objects.filter(title="b"), by=None)
    assert _titles("status=open&q=is:resolved", [shop], bo) == ["b"]
    assert _titles("status=open&q=is:unresolved", [shop], bo) == ["a"]
    assert _titles("status=open&q=is:%5Bopen,resolved%5D", [shop], bo) == ["a"]
    assert _titles("status=open&q=-is:resolved", [shop], bo) == ["a"]
