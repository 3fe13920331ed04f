"""/api/projects/{id}/issues"""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Project, User
from issues.models import Event, Issue, Level
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

FIELDS = {
    "id", "project_id", "short_id", "digest_order", "title", "value", "culprit", "level", "platform", "status",
    "is_resolved", "is_muted", "first_seen", "last_seen", "event_count", "stored_event_count", "user_count",
    "first_release", "last_release", "first_environment", "last_environment", "assignee", "external_issues",
    "resolution", "resolved_at", "resolved_release", "regressed_at", "regressed_release", "mute", "state_text", "decision",
    "is_escalating",
}  # fmt: skip


def path(issue: Issue) -> str:
    return f"/api/projects/{issue.project_id}/issues/{issue.pk}"


def titles(caller: Caller, shop: Project, query: str = "") -> list[str]:
    return [issue["title"] for issue in caller.all(f"/api/projects/{shop.pk}/issues?{query}")]


def test_an_issue_has_the_contracts_fields(bo: User, shop: Project) -> None:
    issue = builders.issue(
        shop, 12, level=Level.WARNING, event_count=9, stored_event_count=8, user_count=7,
        first_release="1.0", last_release="1.1", first_environment="staging",
    )  # fmt: skip
    found = Caller(bo).get(path(issue))
    assert found == {
        "id": str(issue.pk),
        "project_id": shop.pk,
        "short_id": "SHOP-12",
        "digest_order": 12,
        "title": "ValueError: no 12",
        "value": "no 12",
        "culprit": "shop.cart.total",
        "level": "warning",
        "platform": "python",
        "status": "open",
        "is_resolved": False,
        "is_muted": False,
        "first_seen": "2026-03-01T12:00:00.123456Z",
        "last_seen": "2026-03-02T00:00:00.123456Z",
        "first_release": "1.0",
        "last_release": "1.1",
        "first_environment": "staging",
        "last_environment": None,
        "assignee": None,
        "external_issues": [],
        "event_count": 9,
        "stored_event_count": 8,
        "user_count": 7,
        **dict.fromkeys(
            ["resolution", "resolved_at", "resolved_release", "regressed_at", "regressed_release", "mute"]
        ),
        "state_text": "Open",
        "decision": "",
        "is_escalating": False,
    }
    assert set(found) == FIELDS
    assert Caller(bo).all(f"/api/projects/{shop.pk}/issues") == [found]


@pytest.mark.parametrize("level", list(Level))
def test_a_level_is_a_word(bo: User, shop: Project, level: Level) -> None:
    assert Caller(bo).get(path(builders.issue(shop, level=level)))["level"] == level.name.lower()


def test_filter_chooses_by_status_and_open_is_the_default(bo: User, shop: Project) -> None:
    for number, status in enumerate(Issue.Status, start=1):
        builders.issue(shop, number, title=status.value, status=status)
    caller = Caller(bo)
    assert titles(caller, shop) == titles(caller, shop, "filter=open") == ["open"]
    assert titles(caller, shop, "filter=resolved") == ["resolved"]
    assert titles(caller, shop, "filter=muted") == ["muted"]
    assert titles(caller, shop, "filter=all") == ["muted", "resolved", "open"]


def test_a_query_that_names_a_state_or_an_issue_is_not_about_open_ones(bo: User, shop: Project) -> None:
    for number, status in enumerate(Issue.Status, start=1):
        builders.issue(shop, number, title=status.value, status=status)
    caller = Caller(bo)
    assert titles(caller, shop, "query=is:resolved") == ["resolved"]
    assert titles(caller, shop, "query=-is:open") == ["muted", "resolved"]
    assert titles(caller, shop, "query=is:resolved&filter=open") == []
    assert titles(caller, shop, "query=is:unassigned") == ["open"]
    for issue in shop.issues.exclude(status="deleting"):
        assert titles(caller, shop, f"query={issue.short_id}") == [issue.status]
        assert titles(caller, shop, f"query={issue.pk}") == [issue.status]


def test_sort_and_order(bo: User, shop: Project) -> None:
    for number, (first, last, events) in enumerate([(1, 9, 5), (3, 7, 6), (2, 8, 4)], start=1):
        day = timedelta(days=1)
        builders.issue(
            shop,
            number,
            title=str(number),
            first_seen=builders.START + first * day,
            last_seen=builders.START + last * day,
            event_count=events,
        )
    caller = Caller(bo)
    for sort, ascending in (
        ("last_seen", ["2", "3", "1"]),
        ("first_seen", ["1", "3", "2"]),
        ("digest_order", ["1", "2", "3"]),
        ("events", ["3", "1", "2"]),
    ):
        assert titles(caller, shop, f"sort={sort}&order=asc") == ascending
        assert titles(caller, shop, f"sort={sort}&order=desc") == ascending[::-1]
        assert titles(caller, shop, f"sort={sort}") == ascending[::-1]
    assert titles(caller, shop) == ["1", "3", "2"]


@pytest.mark.parametrize(
    "query",
    ["filter=", "filter=Open", "filter=closed", "sort=", "sort=title", "sort=-last_seen", "order=", "order=DESC",
     "order=up", "query=%00", "query=" + "x" * 501, "query=" + "+".join(map(str, range(31))), "limit=0", "limit=101", "cursor=AAAA"],
)  # fmt: skip
def test_anything_else_is_refused(bo: User, shop: Project, query: str) -> None:
    assert error_of(Caller(bo)("GET", f"/api/projects/{shop.pk}/issues?{query}")) == (400, "ValidationError")


def test_a_cursor_belongs_to_its_sort_and_order(bo: User, shop: Project) -> None:
    for number in range(1, 4):
        builders.issue(shop, number)
    base = f"/api/projects/{shop.pk}/issues"
    cursor = Caller(bo).get(f"{base}?limit=1")["next_cursor"]
    assert len(Caller(bo).get(f"{base}?cursor={cursor}")["items"]) == 2
    for other in ("sort=first_seen", "sort=digest_order", "order=asc"):
        assert error_of(Caller(bo)("GET", f"{base}?{other}&cursor={cursor}")) == (400, "ValidationError")


@pytest.mark.parametrize("sort", ["last_seen", "first_seen", "digest_order", "events"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_together_are_the_list_also_with_ties_and_new_issues(
    bo: User, shop: Project, sort: str, order: str
) -> None:
    dice = random.Random(f"{sort} {order}")
    for number in range(1, 30):
        moment = builders.START + timedelta(days=dice.randrange(3))
        builders.issue(shop, number, first_seen=moment, last_seen=moment, event_count=dice.randrange(3))
    caller = Caller(bo)
    base = f"/api/projects/{shop.pk}/issues?sort={sort}&order={order}"
    whole = [issue["id"] for issue in caller.get(f"{base}&limit=100")["items"]]
    assert len(whole) == 29
    for limit in (1, 7, 29):
        assert [issue["id"] for issue in caller.all(base, limit=limit)] == whole

    seen: list[str] = []
    cursor, number = "", 100
    while True:
        part = caller.get(f"{base}&limit=4{cursor}")
        seen += [issue["id"] for issue in part["items"]]
        if not part["has_more"]:
            break
        cursor = f"&cursor={part['next_cursor']}"
        if number < 106:
            number += 1
            moment = builders.START + timedelta(days=dice.randrange(3))
            builders.issue(shop, number, first_seen=moment, last_seen=moment, event_count=dice.randrange(3))
    assert len(seen) == len(set(seen))
    assert [issue for issue in seen if issue in set(whole)] == whole


def test_query_finds_words_and_short_ids(bo: User, shop: Project) -> None:
    builders.issue(
        shop, 1, title="KeyError: basket", type="KeyError", value="basket", culprit="shop.cart.add"
    )
    builders.issue(
        shop, 2, title="TypeError: no total", type="TypeError", value="no total\nat SHOP-1", culprit="pay"
    )
    builders.issue(shop, 12, title="100% sure_ly", type="", value="", culprit="")
    for issue in Issue.objects.all():
        builders.searchable(issue)
    caller = Caller(bo)
    for query, found in (
        ("basket", {"KeyError: basket"}),
        ("KEYERROR", {"KeyError: basket"}),
        ("error", {"KeyError: basket", "TypeError: no total"}),
        ("error+cart", {"KeyError: basket"}),
        ("cart+pay", set()),
        ("SHOP-12", {"100% sure_ly"}),
        ("shop-1", {"KeyError: basket"}),
        ("%22at+SHOP-1%22", {"TypeError: no total"}),
        ("%2312", {"100% sure_ly"}),
        ("OTHER-12", set()),
        ("SHOP-999999999999999999", set()),
        ("100%25", {"100% sure_ly"}),
        ("type:keyerror", {"KeyError: basket"}),
        ("-type:keyerror+is:open", {"TypeError: no total", "100% sure_ly"}),
        ("+", {"KeyError: basket", "TypeError: no total", "100% sure_ly"}),
    ):
        assert set(titles(caller, shop, f"query={query}")) == found, query


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("is:opn", "There is no state"),
        ("basket+colour:red", "“colour:red” (character 8): No event has the tag “colour”."),
        ("%25", "nothing to search for"),
        ("x+" * 250, "at most 30"),
        ("assigned:zoe", "Nobody who can see the project"),
    ],
)
def test_a_query_with_a_mistake_is_refused_with_its_place(
    bo: User, shop: Project, query: str, said: str
) -> None:
    answer = Caller(bo)("GET", f"/api/projects/{shop.pk}/issues?query={query}")
    assert error_of(answer) == (400, "ValidationError")
    message = answer.json()["error"]["message"]
    assert message.startswith("query: ")
    assert said in message


def test_the_issues_of_all_projects_that_one_may_see(bo: User, shop: Project) -> None:
    other, hidden = (Project.objects.create(name=name, slug=name.lower()) for name in ("Other", "Hidden"))
    other.memberships.create(user=bo)
    for number, project in enumerate((shop, other, hidden), 1):
        made = builders.issue(
            project, number, title=f"KeyError: {project.slug}", user_count=number, trend=-number
        )
        builders.searchable(made)
    caller = Caller(bo)

    def found(query: str) -> list[str]:
        return [issue["title"] for issue in caller.all(f"/api/issues?{query}", limit=1)]

    assert found("query=keyerror") == ["KeyError: other", "KeyError: shop"]
    assert found("query=project:other") == ["KeyError: other"]
    assert found("sort=trend") == ["KeyError: shop", "KeyError: other"]
    assert found("sort=users&order=asc") == ["KeyError: shop", "KeyError: other"]
    assert found("query=OTHER-2") == ["KeyError: other"]
    assert found("query=HIDDEN-3") == []
    assert error_of(caller("GET", "/api/issues?query=project:hidden")) == (400, "ValidationError")
    assert error_of(caller("GET", "/api/issues?sort=digest_order")) == (400, "ValidationError")


def test_queries_do_not_grow_with_the_list(bo: User, shop: Project, django_assert_num_queries) -> None:
    for number in range(1, 21):
        builders.issue(shop, number)
    caller = Caller(bo)
    with django_assert_num_queries(5):  # session, user, project, issues, links
        assert len(caller.get(f"/api/projects/{shop.pk}/issues")["items"]) == 20


@pytest.mark.parametrize("before", ["open", "resolved", "muted"])
@pytest.mark.parametrize(
    ("patch", "after"),
    [
        ({}, {"open": "open", "resolved": "resolved", "muted": "muted"}),
        ({"is_resolved": True}, {"open": "resolved", "resolved": "resolved", "muted": "resolved"}),
        ({"is_resolved": False}, {"open": "open", "resolved": "open", "muted": "muted"}),
        ({"is_muted": True}, {"open": "muted", "resolved": "muted", "muted": "muted"}),
        ({"is_muted": False}, {"open": "open", "resolved": "resolved", "muted": "open"}),
        ({"is_resolved": True, "is_muted": True}, dict.fromkeys(["open", "resolved", "muted"], "resolved")),
        ({"is_resolved": True, "is_muted": False}, dict.fromkeys(["open", "resolved", "muted"], "resolved")),
        ({"is_resolved": False, "is_muted": True}, dict.fromkeys(["open", "resolved", "muted"], "muted")),
        ({"is_resolved": False, "is_muted": False}, dict.fromkeys(["open", "resolved", "muted"], "open")),
    ],
)
def test_patch_sets_the_status(
    bo: User, shop: Project, before: str, patch: dict[str, bool], after: dict[str, str]
) -> None:
    issue = builders.issue(shop, status=before)
    answer = Caller(bo)("PATCH", path(issue), patch)
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == FIELDS
    assert (found["status"], found["is_resolved"], found["is_muted"]) == (
        after[before],
        after[before] == "resolved",
        after[before] == "muted",
    )
    assert Caller(bo).get(path(issue)) == found


@pytest.mark.parametrize(
    "body",
    [[], "x", b"", b"null", b"{", b"{'is_resolved': true}", {"is_resolved": None}, {"is_resolved": 1},
     {"is_resolved": "true"}, {"is_muted": 0}, {"is_muted": []}, {"is_resolved": True, "is_muted": "no"}],
)  # fmt: skip
def test_a_patch_that_is_not_true_or_false_is_refused(bo: User, shop: Project, body: object) -> None:
    issue = builders.issue(shop)
    assert error_of(Caller(bo)("PATCH", path(issue), body)) == (400, "ValidationError")
    assert Issue.objects.get().status == "open"


def test_delete_removes_the_issue_and_its_events(bo: User, shop: Project) -> None:
    issue, other = builders.issue(shop, 1), builders.issue(shop, 2)
    Issue.objects.update(event_count=1, stored_event_count=1)
    Project.objects.update(stored_event_count=2, digested_event_count=2)
    for row in (issue, other):
        builders.event(row)
    answer = Caller(bo)("DELETE", path(issue))
    assert (answer.status_code, answer.content) == (204, b"")
    assert [row.pk for row in Issue.objects.all()] == [other.pk]
    assert Event.objects.get().issue_id == other.pk
    assert error_of(Caller(bo)("DELETE", path(issue))) == (404, "NotFound")


def test_an_issue_is_found_by_its_uuid_in_any_spelling(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    for text in (issue.pk.hex, str(issue.pk).upper()):
        assert Caller(bo).get(f"/api/projects/{shop.pk}/issues/{text}")["id"] == str(issue.pk)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_a_user_may_not_see_is_a_404(ana: User, bo: User, cy: User, shop: Project, method: str) -> None:
    issue = builders.issue(shop)
    other = Project.objects.create(name="Other", slug="other")
    body = {"is_resolved": True} if method == "PATCH" else None
    for caller, place in (
        (Caller(cy), path(issue)),
        (Caller(cy, token=True), path(issue)),
        (Caller(bo), path(builders.issue(other))),
        (Caller(ana), f"/api/projects/{other.pk}/issues/{issue.pk}"),
        (Caller(bo), f"/api/projects/{shop.pk}/issues/{uuid4()}"),
        (Caller(bo), f"/api/projects/{shop.pk}/issues/SHOP-1"),
        (Caller(bo), f"/api/projects/{shop.pk}/issues/%00"),
    ):
        assert error_of(caller(method, place, body)) == (404, "NotFound"), place
    assert set(Issue.objects.values_list("status", flat=True)) == {"open"}
    assert error_of(Caller(cy)("GET", f"/api/projects/{shop.pk}/issues")) == (404, "NotFound")


def test_changes_need_the_csrf_token_with_a_session_only(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    caller = Caller(bo)
    del caller.headers["X-CSRFToken"]
    assert error_of(caller("PATCH", path(issue), {"is_resolved": True})) == (403, "Forbidden")
    assert error_of(caller("DELETE", path(issue))) == (403, "Forbidden")
    assert Caller(bo, token=True)("PATCH", path(issue), {"is_resolved": True}).json()["is_resolved"] is True


def test_a_whole_second_has_no_fraction(bo: User, shop: Project) -> None:
    moment = clock.now().replace(microsecond=0)
    issue = builders.issue(shop, first_seen=moment, last_seen=moment)
    assert Caller(bo).get(path(issue))["first_seen"] == f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def test_somebody_is_assigned(bo: User, ana: User, shop: Project) -> None:
    issue = builders.issue(shop)
    caller = Caller(bo)
    shown = {"id": bo.pk, "email": "bo@example.org", "name": "bo", "kind": "person"}
    for person in (bo.pk, "Bo@example.org"):
        assert caller("PATCH", path(issue), {"assignee": person}).json()["assignee"] == shown
        assert caller.all(f"/api/projects/{shop.pk}/issues")[0]["assignee"] == shown
    assert caller("PATCH", path(issue), {"is_muted": True}).json()["assignee"] == shown
    assert caller("PATCH", path(issue), {"assignee": ana.pk}).json()["assignee"]["id"] == ana.pk
    assert caller("PATCH", path(issue), {"assignee": None}).json()["assignee"] is None


@pytest.mark.parametrize(
    "person", ["cy@example.org", "nobody@example.org", 999_999_999, 10**30, "", "\u0130", True, [1]]
)
def test_somebody_who_cannot_see_the_project_is_not_assigned(
    bo: User, cy: User, shop: Project, person: object
) -> None:
    issue = builders.issue(shop)
    answer = Caller(bo)("PATCH", path(issue), {"assignee": person, "is_resolved": True})
    assert answer.status_code in (400, 422)
    assert "assignee" in answer.content.decode()
    assert "cy@" not in answer.content.decode()
    issue.refresh_from_db()
    assert (issue.assignee, issue.status) == (None, "open")
