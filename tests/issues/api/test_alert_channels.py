"""/api/alert-channels"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import Membership, Project, User
from issues.alerts import stored_channels
from issues.alerts.channels.registry import KINDS
from issues.alerts.stored_channels import trial
from issues.models import AlertChannel
from rustrak.lib import clock
from rustrak.outbound import allow_list
from tests.lib.http_receiver import Receiver, receiving, reply
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

BASE = "/api/alert-channels"
TOPIC, TOKEN = "topic-S3CRET-of-the-shop", "tk_S3CRET-token-of-the-shop"
SECRET = b"S3CRET"
OPTIONS = {"server": "https://ntfy.example.org", "topic": TOPIC, "token": TOKEN}
CHANNEL = {"name": "Phones", "kind": "ntfy", "options": OPTIONS}


@pytest.fixture
def admin(bo: User, shop: Project) -> Caller:
    Membership.objects.filter(user=bo, project=shop).update(role=Membership.Role.ADMIN)
    return Caller(bo)


@pytest.fixture
def other(shop: Project, cy: User) -> Project:
    """A project of Cy."""
    project = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(user=cy, project=project, role=Membership.Role.ADMIN)
    return project


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_ALLOW = allow_list.parse("127.0.0.1")
    trial._recent.cache_clear()
    with receiving() as found:
        yield found


def made(caller: Caller, project: Project | None, **more: Any) -> dict[str, Any]:
    answer = caller("POST", BASE, {**CHANNEL, "project_id": project.pk if project else None, **more})
    assert answer.status_code == 201, answer.content
    assert SECRET not in answer.content
    found: dict[str, Any] = answer.json()
    return found


def message_of(answer: Any) -> str:
    assert error_of(answer) == (400, "ValidationError")
    return str(answer.json()["error"]["message"])


def secrets_of(channel: dict[str, Any]) -> tuple[str, str]:
    stored = stored_channels.config(AlertChannel.objects.get(pk=channel["id"]))
    return stored["topic"], stored["token"]


def test_a_channel_is_created_read_changed_and_deleted(admin: Caller, shop: Project, bo: User) -> None:
    channel = made(admin, shop)
    path = f"{BASE}/{channel['id']}"
    assert channel.items() >= {
        "name": "Phones", "kind": "ntfy", "project_id": shop.pk, "can_change": True, "is_enabled": True,
        "has_secret": {"topic": True, "token": True, "password": False}, "paused_at": None, "failures_in_a_row": 0,
        "last_error": "",
    }.items()  # fmt: skip
    assert channel["options"]["server"] == "https://ntfy.example.org"
    assert set(channel["options"]) == {field.name for field in KINDS["ntfy"].fields}
    assert secrets_of(channel) == (TOPIC, TOKEN)
    assert AlertChannel.objects.get().created_by == bo
    assert admin.get(path) == channel
    assert admin.all(BASE) == [channel]
    changed = admin("PATCH", path, {"name": "Pagers", "is_enabled": False}).json()
    assert changed | {"updated_at": ""} == channel | {"name": "Pagers", "is_enabled": False, "updated_at": ""}
    assert admin("DELETE", path).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert error_of(admin(method, path, None if method == "GET" else {})) == (404, "NotFound")


def test_a_channel_may_begin_switched_off(admin: Caller, shop: Project) -> None:
    assert not made(admin, shop, is_enabled=False)["is_enabled"]


def test_secrets_are_kept_replaced_and_removed(admin: Caller, shop: Project) -> None:
    channel = made(admin, shop)
    path = f"{BASE}/{channel['id']}"
    for options in ({}, {"user": ""}, {"topic": ""}, channel["options"]):
        assert admin("PATCH", path, {"options": options}).status_code == 200
        assert secrets_of(channel) == (TOPIC, TOKEN)
    answer = admin("PATCH", path, {"options": {"topic": "another-S3CRET-topic", "token": None}})
    assert answer.json()["has_secret"] == {"topic": True, "token": False, "password": False}
    assert SECRET not in answer.content
    assert secrets_of(channel) == ("another-S3CRET-topic", "")


def test_new_values_and_a_request_resume_a_paused_channel(admin: Caller, shop: Project) -> None:
    channel = made(admin, shop)
    path = f"{BASE}/{channel['id']}"
    for method, where, body in (
        ("PATCH", path, {"options": {"topic": "another-one"}}), ("POST", f"{path}/resume", {}),
    ):  # fmt: skip
        AlertChannel.objects.update(paused_at=clock.now(), failures_in_a_row=9, last_error="It failed.")
        assert admin.get(path)["paused_at"] is not None
        found = admin(method, where, body).json()
        assert (found["paused_at"], found["failures_in_a_row"], found["last_error"]) == (None, 0, "")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "name: "),
        ({"name": "\u200b"}, "name: "),
        ({"name": "a\nb"}, "name: "),
        ({"name": 1}, "name: "),
        ({"is_enabled": "no"}, "is_enabled: "),
        ({"options": []}, "options: "),
        ({"options": {"topic": 1}}, "options.topic: "),
        ({"options": {"topic": "a\0"}}, "options.topic: must not contain a NUL character"),
        ({"options": OPTIONS | {"S3CRET": "x"}}, "options.S3CRET: is not a field of this kind"),
        ({"options": OPTIONS | {"server": "http://127.0.0.1/"}}, "options.server: "),
        ({"options": OPTIONS | {"server": "file:///etc/passwd"}}, "options.server: "),
        ({"options": OPTIONS | {"token": "S3CRET\r\nX-Evil: 1"}}, "options.token: "),
        ({"options": OPTIONS | {"topic": "S3CRET" * 100}}, "options.topic: "),
    ],
    ids=str,
)  # fmt: skip
def test_an_error_names_the_field_and_nothing_is_changed(
    admin: Caller, shop: Project, wrong: dict[str, Any], said: str
) -> None:
    channel = made(admin, shop)
    path = f"{BASE}/{channel['id']}"
    for answer in (
        admin("POST", BASE, CHANNEL | {"project_id": shop.pk} | wrong), admin("PATCH", path, wrong),
    ):  # fmt: skip
        assert message_of(answer).startswith(said)
        assert SECRET not in answer.content.replace(b"options.S3CRET", b"")
    assert AlertChannel.objects.count() == 1
    assert admin.get(path) == channel
    assert secrets_of(channel) == (TOPIC, TOKEN)


def test_what_a_new_channel_must_have(admin: Caller, shop: Project) -> None:
    for body, said in (
        ({}, "name: "), ({"name": "x"}, "kind: "), (CHANNEL | {"kind": "carrier_pigeon"}, "kind: must be one of "),
        (CHANNEL | {"options": {}}, "options.topic: is required"), (CHANNEL | {"project_id": 10**30}, "project_id: "),
        (CHANNEL | {"project_id": "1"}, "project_id: "),
    ):  # fmt: skip
        assert message_of(admin("POST", BASE, {"project_id": shop.pk} | body)).startswith(said)
    assert not AlertChannel.objects.exists()


def test_members_know_the_name_and_the_kind(admin: Caller, shop: Project, cy: User, ana: User) -> None:
    own, shared = made(admin, shop), made(Caller(ana), None)
    Membership.objects.create(user=cy, project=shop)
    for member in (Caller(cy), Caller(cy, token=True)):
        known = {each["id"]: each for each in member.all(BASE)}
        assert set(known) == {own["id"], shared["id"]}
        for channel in (own, shared):
            named = {name: channel[name] for name in ("id", "name", "kind", "project_id")}
            hidden = dict.fromkeys(set(channel) - set(named) - {"can_change"})
            assert known[channel["id"]] == named | {"can_change": False} | hidden
            path = f"{BASE}/{channel['id']}"
            assert member.get(path) == known[channel["id"]]
            for method, where in (
                ("PATCH", path), ("DELETE", path), ("POST", f"{path}/test"), ("POST", f"{path}/resume"),
            ):  # fmt: skip
                assert error_of(member(method, where, {})) == (403, "Forbidden")
        assert error_of(member("POST", BASE, CHANNEL | {"project_id": shop.pk})) == (403, "Forbidden")


def test_shared_channels_are_the_installation_admins(admin: Caller, shop: Project, ana: User) -> None:
    assert error_of(admin("POST", BASE, CHANNEL)) == (403, "Forbidden")
    shared = made(Caller(ana, token=True), None)
    path = f"{BASE}/{shared['id']}"
    for method, where in (
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/test"),
        ("POST", f"{path}/resume"),
    ):
        assert error_of(admin(method, where, {})) == (403, "Forbidden")
    assert [each["id"] for each in admin.all(f"{BASE}?project_id={shop.pk}")] == [shared["id"]]
    own = made(admin, shop)
    assert Caller(ana)("PATCH", f"{BASE}/{own['id']}", {"name": "Theirs"}).json()["name"] == "Theirs"
    can = {each["id"]: each["can_change"] for each in admin.all(BASE)}
    assert can == {shared["id"]: False, own["id"]: True}


def test_other_projects_channels_are_not_there(
    admin: Caller, shop: Project, other: Project, cy: User
) -> None:
    channel = made(admin, shop)
    stranger = Caller(cy)
    path = f"{BASE}/{channel['id']}"
    for method, where in (
        ("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/test"), ("POST", f"{path}/resume"),
        ("GET", f"{BASE}?project_id={shop.pk}"), ("GET", f"{BASE}/99999999999999999999"),
    ):  # fmt: skip
        body = None if method == "GET" else {"name": "Mine"}
        assert error_of(stranger(method, where, body)) == (404, "NotFound")
    assert error_of(stranger("POST", BASE, CHANNEL | {"project_id": shop.pk})) == (404, "NotFound")
    assert stranger.all(BASE) == []
    assert admin.all(BASE) == [channel]


def test_a_channel_stays_in_its_project_and_of_its_kind(
    admin: Caller, shop: Project, other: Project, bo: User
) -> None:
    Membership.objects.create(user=bo, project=other, role=Membership.Role.ADMIN)
    channel = made(admin, shop)
    path = f"{BASE}/{channel['id']}"
    for wrong in ({"project_id": other.pk}, {"project_id": None}, {"kind": "slack"}, {"kind": ""}):
        assert message_of(admin("PATCH", path, {"name": "x"} | wrong)).startswith(
            f"{next(iter(wrong))}: can't change"
        )
    more = {
        "id": 1,
        "created_by": 1,
        "secrets": "",
        "last_error": "x",
        "failures_in_a_row": 5,
        "can_change": False,
    }
    same = admin("PATCH", path, {"project_id": shop.pk, "kind": "ntfy"} | more).json()
    assert same | {"updated_at": ""} == channel | {"updated_at": ""}
    assert admin.get(path) | {"updated_at": ""} == channel | {"updated_at": ""}


def test_a_test_says_what_the_other_side_answered(admin: Caller, shop: Project, receiver: Receiver) -> None:
    options = OPTIONS | {"server": f"http://127.0.0.1:{receiver.port}"}
    path = f"{BASE}/{made(admin, shop, options=options)['id']}/test"
    receiver.scripts = [reply(200, b"{}"), reply(403, f'{{"error": "bad token {TOKEN}"}}'.encode())]
    assert admin("POST", path).json()["success"] is True
    answer = admin("POST", path)
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert "403" in answer.json()["message"]
    assert SECRET not in answer.content
    assert len(receiver.got) == 2


def test_tests_are_limited(admin: Caller, shop: Project, receiver: Receiver) -> None:
    options = OPTIONS | {"server": f"http://127.0.0.1:{receiver.port}"}
    path = f"{BASE}/{made(admin, shop, options=options)['id']}/test"
    answers = [admin("POST", path) for _ in range(trial.MOST_PER_MINUTE + 1)]
    assert [answer.status_code for answer in answers] == [200] * trial.MOST_PER_MINUTE + [429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_test_of_an_address_that_may_not_be_connected_to(admin: Caller, shop: Project) -> None:
    trial._recent.cache_clear()
    path = f"{BASE}/{made(admin, shop)['id']}/test"
    AlertChannel.objects.update(options={"server": "http://169.254.169.254"})
    answer = admin("POST", path).json()
    assert answer["success"] is False
    assert "OUTBOUND_ALLOW" in answer["message"]


def test_the_kinds_are_described_for_forms(bo: User) -> None:
    kinds = Caller(bo).get(f"{BASE}/kinds")["items"]
    assert [kind["name"] for kind in kinds] == list(KINDS)
    (ntfy,) = (kind for kind in kinds if kind["name"] == "ntfy")
    assert ntfy["label"] == "ntfy"
    fields = {
        field["name"]: (field["type"], field["is_secret"], field["is_required"]) for field in ntfy["fields"]
    }
    assert fields["server"] == ("url", False, False)
    assert fields["topic"] == ("text", True, True)


def test_two_changes_at_the_same_time_undo_nothing_of_each_other(
    admin: Caller, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = made(admin, shop)
    path = f"{BASE}/{channel['id']}"
    real = stored_channels.may_change

    def meanwhile(user: User, found: AlertChannel) -> bool:
        """Another change, after the channel was read."""
        AlertChannel.objects.filter(pk=found.pk).update(name="Renamed", options={"server": "https://ntfy.sh"})
        return real(user, found)

    monkeypatch.setattr("issues.alerts.stored_channels.may_change", meanwhile)
    changed = admin("PATCH", path, {"options": {"user": "bo"}, "is_enabled": False}).json()
    assert (changed["name"], changed["is_enabled"]) == ("Renamed", False)
    assert (changed["options"]["server"], changed["options"]["user"]) == ("https://ntfy.sh", "bo")


def test_a_channel_that_is_deleted_meanwhile_is_not_there(
    admin: Caller, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{BASE}/{made(admin, shop)['id']}"

    def meanwhile(user: User, found: AlertChannel) -> bool:
        AlertChannel.objects.filter(pk=found.pk).delete()
        return True

    monkeypatch.setattr("issues.alerts.stored_channels.may_change", meanwhile)
    assert error_of(admin("PATCH", path, {"name": "x"})) == (404, "NotFound")


def test_the_number_of_queries_does_not_grow_with_the_list(
    admin: Caller, shop: Project, bo: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(20):
        project = Project.objects.create(name=f"P{number}", slug=f"p{number}")
        role = Membership.Role.ADMIN if number % 2 else Membership.Role.MEMBER
        Membership.objects.create(user=bo, project=project, role=role)
        AlertChannel.objects.create(name="x", kind="ntfy", project=project)
    with django_assert_max_num_queries(7):
        found = admin.get(f"{BASE}?limit=100")["items"]
    assert len(found) == 20
    for each in found:
        channel = AlertChannel.objects.get(pk=each["id"])
        assert each["can_change"] == stored_channels.may_change(bo, channel)
