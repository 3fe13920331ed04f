"""New issues are assigned by the project's ownership rules."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import teams
from accounts.models import Project, User
from issues import facts, watching
from issues.models import Activity, AlertFact, Issue, News
from issues.ownership import sentences, stored
from issues.record.steps import owners
from issues.record.writer import record
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


def at(kind: str, path: str, **more: Any) -> Any:
    frames = {"frames": [{"filename": path, "in_app": True, "function": "f"}]}
    return thrown(kind, exception=[{"type": kind, "value": "v", "stacktrace": frames}], **more)


def test_new_issues_have_their_owners(ana: User, bo: User, cy: User, shop: Project) -> None:
    team = teams.create("Payments", by=ana, members=[bo])
    stored.save(shop, "pay/ #payments\nshop/ cy@example.org bo@example.org\nnobody/ @cy\nfree/", ana)
    record(shop.pk, [at("A", "pay/a.py"), at("B", "shop/b.py"), at("C", "nobody/c.py"), at("D", "d.py")], NOW)
    found = {issue.type: (issue.assignee, issue.assigned_team) for issue in Issue.objects.all()}
    # Cy cannot see the project.
    assert found == {"A": (None, team), "B": (bo, None), "C": (None, None), "D": (None, None)}
    history = list(Activity.objects.filter(issue__type="B").order_by("id").values_list("kind", "detail"))
    assert history == [("created", ""), ("assigned", "bo")]
    entry = Activity.objects.get(issue__type="A", kind="assigned")
    assert entry.detail == "#payments"
    assert sentences.sentence(entry.why) == "By the ownership rule “pay/ #payments” (line 1 of version 1)."
    assert watching.watchers(Issue.objects.get(type="B")) == [bo]
    told = [each.news for row in AlertFact.objects.all() for each in facts.changes_of(row)]
    assert told.count(News.ASSIGNED) == 2


def test_what_exists_already_stays(ana: User, bo: User, shop: Project) -> None:
    record(shop.pk, [at("A", "pay/a.py")], NOW)
    stored.save(shop, "pay/ @bo", ana)
    record(shop.pk, [at("A", "pay/a.py")], NOW)
    assert Issue.objects.get().assignee is None


def test_without_rules_there_is_no_further_statement(
    ana: User, shop: Project, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert owners.assign(shop.pk, 0, [], NOW) == 0
