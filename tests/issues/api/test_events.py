"""/api/projects/{id}/issues/{uuid}/events"""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from accounts.models import Project, User
from issues.models import Issue
from issues.record import writer
from issues.search.events import scan
from tests.lib import builders, mapping
from tests.lib.json_api import Caller, error_of
from tests.lib.occurrences import thrown

pytestmark = pytest.mark.django_db

FIELDS = {
    "id", "event_id", "issue_id", "title", "timestamp", "ingested_at", "level", "platform", "release", "environment",
}  # fmt: skip
DETAIL = FIELDS | {
    "server_name",
    "transaction",
    "tags",
    "sdk_name",
    "sdk_version",
    "grouping_key",
    "grouping",
    "attachments",
    "user_reports",
    "data",
}
SDK_ID = UUID("fc6d8c0c43fc4630ad850ee518f1b9d0")


@pytest.fixture
def issue(shop: Project) -> Issue:
    return builders.issue(shop)


def path(issue: Issue, event: object = "") -> str:
    return f"/api/projects/{issue.project_id}/issues/{issue.pk}/events" + (f"/{event}" if event else "")


def test_an_event_in_the_list_has_the_contracts_fields(bo: User, issue: Issue) -> None:
    event = builders.event(issue, event_id=SDK_ID)
    [found] = Caller(bo).all(path(issue))
    assert found == {
        "id": str(event.pk),
        "event_id": "fc6d8c0c43fc4630ad850ee518f1b9d0",
        "issue_id": str(issue.pk),
        "title": "ValueError: no 1",
        "timestamp": "2026-03-01T12:01:00.123456Z",
        "ingested_at": "2026-03-01T12:01:01.123456Z",
        "level": "error",
        "platform": "python",
        "release": "1.0",
        "environment": "production",
    }
    assert set(found) == FIELDS


def test_the_detail_adds_the_payload_and_what_is_in_it(bo: User, issue: Issue) -> None:
    payload = {
        "server_name": "web-1",
        "transaction": "/cart",
        "tags": {"region": "eu", "retry": True, "empty": None},
        "sdk": {"name": "sentry.python", "version": "2.8.0"},
        "extra": {"big": 2**80, "float": 0.1, "text": "é\u2028😀", "list": [None, {}]},
    }
    event = builders.event(
        issue, payload=payload, event_id=SDK_ID, own_title="ValueError: mine", release="", environment=""
    )
    found = Caller(bo).get(path(issue, event.pk))
    assert set(found) == DETAIL
    assert found["data"] == {"event_id": SDK_ID.hex, **payload}
    assert found["tags"] == {"region": "eu", "retry": "True"}
    assert (found["server_name"], found["transaction"]) == ("web-1", "/cart")
    assert (found["sdk_name"], found["sdk_version"]) == ("sentry.python", "2.8.0")
    assert found["grouping_key"] == issue.groupings.get().key
    assert found["title"] == "ValueError: mine"
    assert (found["release"], found["environment"]) == (None, None)
    [listed] = Caller(bo).all(path(issue))
    assert listed == {key: value for key, value in found.items() if key in FIELDS}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"server_name": ["x"], "transaction": {"a": 1}, "tags": 7, "sdk": "python"},
        {
            "server_name": None,
            "transaction": 1.5,
            "tags": [["a", "b"], ["c"], 3, None],
            "sdk": {"name": {}, "version": []},
        },
        {"tags": [[{"k": 1}, "v"], ["", "x"]], "sdk": []},
    ],
)
def test_a_payload_of_any_shape_is_shown(bo: User, issue: Issue, payload: dict[str, object]) -> None:
    found = Caller(bo).get(path(issue, builders.event(issue, payload=payload).pk))
    assert set(found) == DETAIL
    assert {key: found["data"][key] for key in payload} == payload
    assert all(isinstance(value, str) for value in found["tags"].values())
    for name in ("server_name", "transaction", "sdk_name", "sdk_version"):
        assert found[name] is None or isinstance(found[name], str)


def test_an_event_is_found_by_either_id_in_any_spelling(bo: User, issue: Issue) -> None:
    event = builders.event(issue, event_id=SDK_ID)
    builders.event(issue, 2)
    for own in (event.pk, SDK_ID):
        for text in (str(own), own.hex, str(own).upper(), own.hex.upper(), f"{{{own}}}", f"urn:uuid:{own}"):
            assert Caller(bo).get(path(issue, text))["id"] == str(event.pk), text


def test_rustraks_id_takes_precedence_over_an_sdks(bo: User, issue: Issue) -> None:
    first = builders.event(issue, 1)
    second = builders.event(issue, 2, event_id=first.pk)
    assert Caller(bo).get(path(issue, first.pk))["id"] == str(first.pk)
    assert Caller(bo).get(path(issue, second.pk))["id"] == str(second.pk)


def test_the_newest_come_first_and_the_oldest_when_asked(bo: User, issue: Issue) -> None:
    # They were processed in this order, although their timestamps are equal.
    events = [builders.event(issue, number, timestamp=builders.START).event_id.hex for number in range(1, 8)]
    caller = Caller(bo)
    for limit in (1, 3, 7, 100):
        assert [event["event_id"] for event in caller.all(path(issue), limit=limit)] == events[::-1]
        assert [
            event["event_id"] for event in caller.all(f"{path(issue)}?order=desc", limit=limit)
        ] == events[::-1]
        assert [event["event_id"] for event in caller.all(f"{path(issue)}?order=asc", limit=limit)] == events


def test_new_events_do_not_disturb_pagination(bo: User, issue: Issue) -> None:
    events = [builders.event(issue, number).event_id.hex for number in range(1, 6)]
    caller = Caller(bo)
    first = caller.get(f"{path(issue)}?limit=2")
    builders.event(issue, 6)
    rest = caller.get(f"{path(issue)}?limit=10&cursor={first['next_cursor']}")
    assert [event["event_id"] for event in first["items"] + rest["items"]] == events[::-1]


@pytest.mark.parametrize("query", ["order=", "order=newest", "limit=0", "limit=x", "cursor=AAAA"])
def test_bad_parameters_are_refused(bo: User, issue: Issue, query: str) -> None:
    assert error_of(Caller(bo)("GET", f"{path(issue)}?{query}")) == (400, "ValidationError")


def test_queries_do_not_grow_with_the_list(bo: User, issue: Issue, django_assert_num_queries) -> None:
    for number in range(1, 11):
        builders.event(issue, number)
    caller = Caller(bo)
    with django_assert_num_queries(5):  # session, user, project, issue, events
        assert len(caller.get(path(issue))["items"]) == 10
    event = issue.events.get(digest_order=5)
    with django_assert_num_queries(7):
        caller.get(path(issue, event.event_id))


def test_what_a_user_may_not_see_is_a_404(ana: User, bo: User, cy: User, shop: Project, issue: Issue) -> None:
    event = builders.event(issue)
    elsewhere = builders.event(builders.issue(Project.objects.create(name="Other", slug="other")))
    sibling = builders.issue(shop, 2)
    for caller, place in (
        (Caller(cy), path(issue)),
        (Caller(cy), path(issue, event.pk)),
        (Caller(cy, token=True), path(issue, event.event_id)),
        (Caller(bo), path(elsewhere.issue, elsewhere.pk)),
        (Caller(bo), path(issue, elsewhere.pk)),
        (Caller(ana), path(sibling, event.pk)),
        (Caller(bo), path(issue, uuid4())),
        (Caller(bo), path(issue, "latest")),
        (Caller(bo), f"/api/projects/{shop.pk}/issues/{uuid4()}/events"),
    ):
        assert error_of(caller("GET", place)) == (404, "NotFound"), place
    assert error_of(Caller()("GET", path(issue, event.pk))) == (401, "Unauthorized")


def test_a_query_reads_so_many_events_for_a_page(
    bo: User, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in ("7", "8", "8", "8"):
        sent = thrown(user={"id": user}, release="shop@2.4")
        writer.record(shop.pk, [sent], sent.ingested_at)
    caller, url = Caller(bo), path(Issue.objects.get())
    monkeypatch.setattr(scan, "MOST_READ", 2)
    first = caller.get(f"{url}?query=user:7")
    assert (first["items"], first["has_more"]) == ([], True)
    second = caller.get(f"{url}?query=user:7&cursor={first['next_cursor']}")
    assert [len(second["items"]), second["has_more"]] == [1, False]
    assert len(caller.get(f"{url}?query=release:>=2.4&limit=2")["items"]) == 2
    assert len(caller.get(f"{url}?query=level:error")["items"]) == 4
    assert error_of(caller("GET", f"{url}?query=is:open"))[0] == 400
    assert error_of(caller("GET", f"{url}?query=user:7&cursor=x"))[0] == 400


def test_a_mapped_events_smart_key_is_that_of_its_readable_form(
    bo: User, issue: Issue, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping.uploads(monkeypatch).add_script(shop.pk, {(1, 42): mapping.original(7)})
    event = builders.event(issue, payload=mapping.browser_event((1, 42)), platform="javascript")
    Project.objects.filter(pk=shop.pk).update(artifacts_version=1)
    assert "total" in Caller(bo).get(path(issue, event.pk))["grouping"]["other_key"]
