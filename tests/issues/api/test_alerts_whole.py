"""Alerts through the API alone, from a channel to the history, with the real rules, deliverer and receivers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Membership, Project, User
from issues.alerts.delivery import run as delivery
from issues.models import Activity, AlertChannel, AlertRule, News
from rustrak.lib import clock
from rustrak.outbound import allow_list
from tests.lib import builders
from tests.lib.alert_rules import happens, of
from tests.lib.http_receiver import Receiver, receiving, reply
from tests.lib.json_api import Caller, error_of

TOPIC, TOKEN = "topic-S3CRET-of-the-shop", "tk_S3CRET-token-of-the-shop"


@pytest.fixture
def receiver(settings: Any, tmp_path: Path) -> Iterator[Receiver]:
    settings.OUTBOUND_ALLOW = allow_list.parse("127.0.0.1")
    settings.RUN_DIR = tmp_path / "run"
    settings.RUN_DIR.mkdir()
    with receiving() as found:
        yield found


@pytest.fixture
def admin(bo: User, shop: Project) -> Caller:
    Membership.objects.filter(user=bo, project=shop).update(role=Membership.Role.ADMIN)
    return Caller(bo, token=True)


def channel(admin: Caller, shop: Project, receiver: Receiver) -> int:
    options = {"server": f"http://127.0.0.1:{receiver.port}", "topic": TOPIC, "token": TOKEN}
    body = {"name": "Phones", "kind": "ntfy", "project_id": shop.pk, "options": options}
    return int(admin("POST", "/api/alert-channels", body).json()["id"])


@pytest.mark.django_db(transaction=True)
def test_from_a_channel_to_the_history(admin: Caller, shop: Project, receiver: Receiver, cy: User) -> None:
    base = f"/api/projects/{shop.pk}"
    key = channel(admin, shop, receiver)
    (first,) = admin.all(f"{base}/alert-rules")
    admin("PATCH", f"{base}/alert-rules/{first['id']}", {"is_enabled": False})
    body = {"name": "All", "triggers": ["new"], "channels": [key], "cooldown_minutes": 0}
    rule = admin("POST", f"{base}/alert-rules", body).json()
    taken, refused = (builders.issue(shop, number, title=f"Boom {number}") for number in (1, 2))
    said = f"nobody knows the token {TOKEN}".encode()
    for issue, answer in ((taken, reply(200, b"{}")), (refused, reply(403, said))):
        receiver.scripts = [answer]
        happens(shop, clock.now(), of(News.NEW, issue, level=40))
        delivery.run(drain=True)
    assert b"Boom 1" in receiver.got[0].body
    history = admin.all(f"{base}/alert-history")
    assert {(one["short_id"], one["status"], one["attempt_count"]) for one in history} == {
        (taken.short_id, "sent", 1), (refused.short_id, "given_up", 1),
    }  # fmt: skip
    assert {one["rule"]["id"] for one in history} == {rule["id"]}
    (failed,) = admin.all(f"{base}/alert-history?issue_id={refused.pk}")
    assert failed["attempts"][0]["status"] == 403
    assert "nobody knows the token" in failed["attempts"][0]["answer"]

    # A member knows that it failed, and nobody sees the token, wherever it was said.
    Membership.objects.create(user=cy, project=shop)
    for caller, knows in ((admin, True), (Caller(cy), False)):
        answers = [
            caller("GET", path).content
            for path in (f"{base}/alert-history", f"/api/alert-channels/{key}", "/api/alert-channels", f"{base}/alert-rules")
        ]  # fmt: skip
        assert (b"nobody knows" in b"".join(answers)) is knows
        assert b"S3CRET" not in b"".join(answers)
    page = admin.client.get("/api/openapi.json", headers=admin.headers).content
    assert b"S3CRET" not in page


@pytest.mark.django_db
def test_a_preview_tells_of_stored_issues(admin: Caller, shop: Project) -> None:
    now = clock.now()
    for number in (1, 2):
        issue = builders.issue(shop, number, title=f"Boom {number}")
        Activity.objects.create(issue=issue, kind="created", at=now - timedelta(hours=number))
    body = {"name": "x", "triggers": ["new"], "to_members": True}
    found = admin("POST", f"/api/projects/{shop.pk}/alert-rules/preview", body).json()
    assert [(one["news"], one["title"]) for one in found["items"]] == [("new", "Boom 1"), ("new", "Boom 2")]
    assert (found["total"], found["by_trigger"]) == (2, {"new": 2})
    assert sum(day["count"] for day in found["by_day"]) == 2
    assert not AlertRule.objects.filter(name="x").exists()


@pytest.mark.django_db
def test_no_error_and_no_log_holds_a_secret(
    admin: Caller,
    shop: Project,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    key = channel(admin, shop, receiver)
    path = f"/api/alert-channels/{key}"
    options = {"server": "https://ntfy.example.org", "topic": TOPIC, "token": TOKEN}
    whole = {"name": "x", "kind": "ntfy", "project_id": shop.pk, "options": options}
    statuses = set()
    for method, where, body in (
        ("POST", "/api/alert-channels", whole | {"name": ""}),
        ("POST", "/api/alert-channels", whole | {"kind": "slack"}),
        ("POST", "/api/alert-channels", whole | {"project_id": 4711}),
        ("POST", "/api/alert-channels", whole | {"project_id": None}),
        ("POST", "/api/alert-channels", whole | {"options": {TOKEN[:2]: 1, "topic": [TOPIC], "server": {"x": TOKEN}}}),
        ("POST", "/api/alert-channels", whole | {"options": options | {"server": f"http://{TOKEN}@127.0.0.2/{TOPIC}"}}),
        ("POST", "/api/alert-channels", f'{{"options": "{TOKEN}'.encode()),
        ("PATCH", path, {"options": {"token": f"{TOKEN}\n"}, "kind": "slack"}),
        ("PATCH", path, {"options": {"token": TOKEN + "x" * 5000}}),
    ):  # fmt: skip
        answer = admin(method, where, body)
        statuses.add(error_of(answer)[0])
        assert b"S3CRET" not in answer.content
    assert statuses == {400, 403, 404}
    monkeypatch.setattr("issues.alerts.stored_channels.rows.seal", _broken)
    for method, where, body in (
        ("POST", "/api/alert-channels", whole), ("PATCH", path, {"options": {"token": f"new-{TOKEN}"}}),
    ):  # fmt: skip
        answer = admin(method, where, body)
        assert error_of(answer) == (500, "InternalError")
        assert b"S3CRET" not in answer.content
    assert "S3CRET" not in caplog.text
    assert AlertChannel.objects.count() == 1


def _broken(values: dict[str, str]) -> bytes:
    raise RuntimeError("the key is lost")


@pytest.mark.django_db
def test_tampered_cursors_are_refused(admin: Caller, shop: Project, receiver: Receiver) -> None:
    for number in range(2):
        channel(admin, shop, receiver)
        AlertRule.objects.create(project=shop, name=f"{number}", triggers=["new"])
    base = f"/api/projects/{shop.pk}"
    lists = ("/api/alert-channels", f"{base}/alert-rules", f"{base}/alert-history", f"{base}/issues")
    cursor = admin.get(f"{lists[0]}?limit=1")["next_cursor"]
    assert admin("GET", f"{lists[0]}?cursor={cursor}").status_code == 200
    for bad in (cursor[:-1], cursor + "x", cursor.swapcase(), "0", "%00", "A" * 5000, "W10", "eyJ4IjoxfQ"):
        for where in lists:
            answer = admin("GET", f"{where}?cursor={bad}")
            assert error_of(answer) == (400, "ValidationError"), (where, bad)
    for where in lists[2:]:
        assert error_of(admin("GET", f"{where}?cursor={cursor}"))[0] == 400
