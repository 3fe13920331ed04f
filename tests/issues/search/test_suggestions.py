"""What is offered while a search is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project, User
from issues.models import IssueTag, IssueTagKey, Monitor, Person
from issues.query.keys import KEYS
from issues.query.parsing import LONGEST
from issues.search.find import Scope
from issues.search.suggestions import MOST, suggest
from tests.lib import builders
from tests.lib.search_texts import texts

NOW = builders.START


def tagged(project: Project, number: int, **tags: str) -> None:
    issue = builders.issue(project, number)
    for key, value in tags.items():
        key = key.replace("__", " ")
        IssueTagKey.objects.create(
            grouping=issue.groupings.get(), project=project, key=key, count=1, values_kept=1
        )
        IssueTag.objects.create(
            grouping=issue.groupings.get(), project=project, key=key, value=value, count=1
        )


@pytest.fixture
def scope(shop: Project, bo: User) -> Scope:
    tagged(shop, 1, browser="Chrome", environment="production", release="shop@2.4.1", odd__key='a"b]')
    tagged(shop, 2, browser="Chrome", environment="production", level="x")
    tagged(shop, 3, browser="Firefox 120", environment="staging", big="100%")
    return Scope([shop], bo, NOW)


def offered(text: str, scope: Scope, cursor: int | None = None) -> list[str]:
    """The whole texts that taking each suggestion makes."""
    found = suggest(text, len(text) if cursor is None else cursor, scope)
    return [text[: each.start] + each.text + text[each.end :] for each in found]


def test_keys_are_offered_first(scope: Scope) -> None:
    assert len(offered("", scope)) == MOST
    assert offered("foo -lev", scope) == ["foo -level:"]
    assert offered("stack.fu", scope) == ["function:"]
    assert offered("bro", scope) == ["browser:"]
    assert offered("unres", scope) == ["is:open"]
    assert offered("fat", scope) == ["level:fatal"]
    assert offered("odd", scope) == ['"odd key":']
    # In the middle, the rest of the key is replaced as well.
    assert offered("leve:error", scope, cursor=3) == ["level:error"]


def test_values_are_offered_by_how_many_issues_have_them(scope: Scope) -> None:
    assert offered("browser:", scope) == ["browser:Chrome", 'browser:"Firefox 120"']
    assert offered("browser:fire", scope) == ['browser:"Firefox 120"']
    assert offered('browser:"fire', scope) == ['browser:"Firefox 120"']
    assert offered("x -browser:[Chrome,f", scope) == ['x -browser:[Chrome,"Firefox 120"']
    assert offered("environment: ", scope) == ["environment: production", "environment: staging"]
    assert offered("release:", scope) == ["release:latest", "release:shop@2.4.1"]
    assert offered("tags[level]:", scope) == ["tags[level]:x"]
    assert offered("odd: x", scope) == []
    assert offered('"odd key":', scope) == ['"odd key":"a\\"b]"']
    assert [each.about for each in suggest("browser:", 8, scope)] == ["in 2 issues", "in 1 issue"]


def test_values_of_fixed_keys(scope: Scope, shop: Project) -> None:
    assert offered("is:re", scope) == ["is:resolved", "is:regressed"]
    assert offered("level:>=w", scope) == ["level:>=warning"]
    assert "first-seen:<24h" in offered("first-seen:", scope)
    assert offered("has:bro", scope) == ["has:browser"]
    assert offered("type:val", scope) == ["type:ValueError"]
    assert offered("project:sh", scope) == ["project:shop"]
    Monitor.objects.create(project=shop, slug="nightly-backup", name="Nightly backup")
    assert offered("monitor:nig", scope) == ["monitor:nightly-backup"]


def test_people_are_offered(scope: Scope, shop: Project, bo: User) -> None:
    Person.objects.create(project=shop, person=1, user_id="8812", email="ana@example.com", last_seen=NOW)
    assert offered("user:88", scope) == ["user:8812"]
    assert offered("user.email:An", scope) == ["user.email:ana@example.com"]
    assert offered("user.ip:", scope) == []
    assert offered("assigned:", scope)[0] == "assigned:me"
    assert f"assigned:{bo.email}" in offered("assigned:bo", scope)
    assert "assigned:me" not in offered("assigned:", Scope([shop], None, NOW))


def test_values_that_sort_late_are_found_by_their_beginning(shop: Project) -> None:
    issue = builders.issue(shop)
    IssueTag.objects.bulk_create(
        IssueTag(grouping=issue.groupings.get(), project=shop, key="n", value=f"{number:04}", count=1)
        for number in range(300)
    )
    IssueTag.objects.create(grouping=issue.groupings.get(), project=shop, key="n", value="Zebra", count=1)
    assert offered("n:zeb", Scope([shop], None, NOW)) == ["n:Zebra"]


def test_only_the_scope_is_offered(scope: Scope) -> None:
    other = Project.objects.create(name="Other", slug="other")
    tagged(other, 1, browser="Safari", secret="x")
    assert offered("browser:Saf", scope) == offered("secr", scope) == []
    both = Scope([*scope.projects, other], None, NOW)
    assert offered("browser:", both) == ["browser:Chrome", 'browser:"Firefox 120"', "browser:Safari"]
    assert offered("browser:", Scope([], None, NOW)) == []


def test_few_queries(scope: Scope, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for text in ("", "b", "user:a", "browser:x", "assigned:", *(f"{key.name}:" for key in KEYS)):
        with django_assert_max_num_queries(5):
            suggest(text, len(text), scope)


@pytest.mark.django_db
@given(texts, st.integers(-3, 40))
def test_any_text_has_suggestions_inside(text: str, cursor: int) -> None:
    for each in suggest(text, cursor, Scope([], None, NOW)):
        assert 0 <= each.start <= each.end <= len(text)


def test_a_text_too_long_for_a_search_has_none(scope: Scope) -> None:
    assert suggest("level:" + "x" * LONGEST, 6, scope) == []
    assert suggest("b" * LONGEST, LONGEST, scope) == []
