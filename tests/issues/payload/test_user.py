from __future__ import annotations

from typing import Any

import pytest

from issues.payload.notes import Notes
from issues.payload.user import identity, is_auto, stored_identity, with_address

CLIENT = "198.51.100.7"
AUTO, NEVER = {"settings": {"infer_ip": "auto"}}, {"settings": {"infer_ip": "never"}}


def asked(
    user: Any, sdk: dict[str, Any] | None = None, *, remote_addr: str | None = CLIENT, **event: Any
) -> tuple[int | None, list[tuple[str, str]]]:
    notes = Notes()
    event = {"user": user, **event}
    who = identity(event, sdk or {}, remote_addr, notes)
    assert all(note.field == "user.ip_address" for note in notes.all())
    if sdk is None:
        assert stored_identity(event, [list(note) for note in notes.all()]) == who
    return who.number if who else None, [(note.what, note.detail) for note in notes.all()]


def known_by(address: str) -> int | None:
    return asked({"ip_address": address})[0]


FILLED = [("client_address", CLIENT)]


@pytest.mark.parametrize(
    ("user", "sdk", "event", "address", "notes"),
    [
        ({"ip_address": "192.0.2.1"}, None, {}, "192.0.2.1", []),
        ({"ip_address": "192.0.2.1"}, NEVER, {}, "192.0.2.1", []),
        ({"ip_address": "2001:DB8::0:1"}, None, {}, "2001:db8::1", []),
        ({"ip_address": "{{auto}}"}, None, {}, CLIENT, FILLED),
        ({"ip_address": "{{auto}}"}, AUTO, {}, CLIENT, FILLED),
        ({"ip_address": "{{auto}}"}, NEVER, {}, None, [("no_address", "")]),
        ({"ip_address": " {{ AUTO }}"}, None, {}, CLIENT, FILLED),
        ({"ip_address": "{{auto}}"}, None, {"request": {"env": {"REMOTE_ADDR": "192.0.2.2"}}}, CLIENT, FILLED),
        (None, None, {"request": {"env": {"REMOTE_ADDR": "{{auto}}"}}}, CLIENT, FILLED),
        (None, AUTO, {}, CLIENT, FILLED),
        ({"ip_address": ""}, AUTO, {}, CLIENT, FILLED),
        (None, NEVER, {"platform": "javascript"}, None, []),
        (None, None, {"platform": "javascript"}, CLIENT, FILLED),
        (None, None, {"platform": "cocoa"}, CLIENT, FILLED),
        (None, None, {"platform": "python"}, None, []),
        (None, None, {"request": {"env": {"REMOTE_ADDR": "192.0.2.2"}}}, "192.0.2.2", []),
        (None, None, {"request": {"env": {"REMOTE_ADDR": "unix:"}}, "platform": "javascript"}, CLIENT, FILLED),
        (None, None, {"sentry.interfaces.Http": {"env": {"REMOTE_ADDR": "192.0.2.2"}}}, "192.0.2.2", []),
        ({"ip_address": "300.1.1.1"}, None, {}, None, [("bad_address", "300.1.1.1")]),
        ({"ip_address": "01.2.3.4"}, None, {}, None, [("bad_address", "01.2.3.4")]),
        ({"ip_address": [CLIENT]}, None, {}, None, [("bad_address", "an array of 1")]),
        ({"ip_address": 5}, AUTO, {}, None, [("bad_address", "5")]),
        (None, {"settings": ["auto"]}, {}, None, []),
        (None, {"settings": {"infer_ip": {}}}, {}, None, []),
    ],
)  # fmt: skip
def test_the_address(
    user: Any, sdk: Any, event: dict[str, Any], address: str | None, notes: list[Any]
) -> None:
    who, taken = asked(user, sdk, **event)
    assert taken == notes
    assert who == (known_by(address) if address else None)


def test_without_a_client_address_none_is_filled_in() -> None:
    assert asked({"ip_address": "{{auto}}"}, remote_addr=None) == (None, [])
    assert asked({"ip_address": "{{auto}}"}, remote_addr="unix") == (None, [])
    request = {"env": {"REMOTE_ADDR": "192.0.2.2"}}
    assert asked({"ip_address": "{{auto}}"}, remote_addr=None, request=request) == (known_by("192.0.2.2"), [])


def test_a_name_takes_precedence_over_the_address_which_is_still_noted() -> None:
    who, notes = asked({"id": 7, "ip_address": "{{auto}}"})
    assert who == asked({"id": "7"})[0]
    assert notes == FILLED


def test_the_legacy_user() -> None:
    assert asked(None, **{"sentry.interfaces.User": {"id": 7}})[0] == asked({"id": 7})[0]


ASKING = {
    "user": {"id": 7, "ip_address": "{{auto}}"},
    "request": {"url": "/", "env": {"REMOTE_ADDR": "{{ auto }}", "A": "b"}},
    "contexts": {"client": {"ip_address": "{{auto}}", "a": 1}, "os": {"name": "{{auto}}"}, "odd": []},
    "extra": {"ip_address": "{{auto}}"},
}


def test_the_address_in_every_place_that_asks_for_it() -> None:
    assert with_address(ASKING, CLIENT) == {
        "user": {"id": 7, "ip_address": CLIENT},
        "request": {"url": "/", "env": {"REMOTE_ADDR": CLIENT, "A": "b"}},
        "contexts": {"client": {"ip_address": CLIENT, "a": 1}, "os": {"name": "{{auto}}"}, "odd": []},
        "extra": {"ip_address": "{{auto}}"},
    }
    without = with_address(ASKING, "")
    assert (without["user"], without["request"]["env"]) == ({"id": 7}, {"A": "b"})
    assert ASKING["user"] == {"id": 7, "ip_address": "{{auto}}"}


def test_the_address_in_the_event_itself() -> None:
    event = {
        "sentry.interfaces.User": [["ip_address", "{{auto}}"]],
        "request": {"env": {"REMOTE_ADDR": "192.0.2.2"}},
    }
    assert with_address(event, "")["sentry.interfaces.User"] == {"ip_address": "192.0.2.2"}
    plain = {"user": {"ip_address": "192.0.2.1"}, "contexts": {"a": 5}}
    assert with_address(plain, CLIENT) is plain


@pytest.mark.parametrize(
    "value", [None, 5, [], {}, "auto", "{{autos}}", "{{" * 5_000, " " * 5_000 + "{{auto}}", "\x00{{auto}}"]
)
def test_what_does_not_ask_for_an_address(value: Any) -> None:
    assert not is_auto(value)
    for event in (
        {"user": value},
        {"user": {"ip_address": value}},
        {"request": {"env": value}},
        {"contexts": value},
    ):
        assert with_address(event, CLIENT) == event
