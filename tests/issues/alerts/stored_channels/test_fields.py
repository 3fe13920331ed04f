from __future__ import annotations

from collections.abc import Mapping

import pytest

from issues.alerts.channel import Field, Kind, Sent
from issues.alerts.stored_channels.fields import Invalid, read, read_name
from issues.alerts.stored_channels.masking import UNREADABLE, masked

KIND = Kind(
    "hook", "Hook", "about",
    (
        Field("url", "URL", type="url", secret=True, max_length=100),
        Field("server", "Server", type="url", required=False),
        Field("room", "Room", max_length=10, required=False),
        Field("priority", "Priority", type="choice", choices=(("low", "Low"), ("high", "High")), required=False),
        Field("headers", "Headers", type="lines", secret=True, required=False),
        Field("to", "To", type="email", required=False),
    ),
    lambda *_: Sent(),
    lambda config: {"room": "no such room"} if config["room"] == "nowhere" else {},
)  # fmt: skip
URL = "https://hooks.example.org/T0/s3cret-s3cret"
GOOD: Mapping[str, object] = {"url": URL, "room": " alerts ", "headers": "A: b\r\nC: d"}


def errors(
    values: Mapping[str, object], known: Mapping[str, str] | None = None, **options: str
) -> dict[str, str]:
    with pytest.raises(Invalid) as raised:
        read(KIND, values, {} if known is None else known, options)
    assert "s3cret" not in str(raised.value)
    return raised.value.errors


def test_secrets_are_separated() -> None:
    options, secrets = read(KIND, GOOD, {}, {})
    assert options == {"room": "alerts", "priority": "low"}
    assert secrets == {"url": URL, "headers": "A: b\nC: d"}


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("url", "", "is required"),
        ("url", None, "is required"),
        ("url", 5, "must be text"),
        ("url", ["s3cret"], "must be text"),
        ("url", "s3cret", "must begin with https"),
        ("url", "ftp://example.org/s3cret", "must begin with https"),
        ("url", "http://127.0.0.1/s3cret", "an address of this machine"),
        ("url", "http://2130706433/s3cret", "unusual form"),
        ("url", "https://ana:s3cret@example.org/", "no user name"),
        ("url", f"https://example.org/{'s3cret' * 50}", "at most 100 characters"),
        ("url", "https://example.org/s3cret" * 10_000, "at most 100 characters"),
        ("url", "https://example.org/\ns3cret", "control characters"),
        ("room", "a\x00b", "control characters"),
        ("room", "a\nb", "control characters"),
        ("room", "a\u2028b", "control characters"),
        ("room", "a\ud800", "control characters"),
        ("room", "a" * 11, "at most 10 characters"),
        ("room", "nowhere", "no such room"),
        ("headers", "A: b\x00", "control characters"),
        ("priority", "middle", "must be one of low, high"),
        ("to", "ana", "not an e-mail address"),
        ("colour", "red", "not a field of this kind; its fields are url, server, room"),
    ],
)
def test_what_does_not_fit(field: str, value: object, why: str) -> None:
    found = errors({**GOOD, field: value})
    assert list(found) == [field]
    assert why in found[field]


def test_all_errors_are_told_at_once() -> None:
    assert list(errors({"url": "x", "priority": "y", "z": ""})) == ["z", "url", "priority"]


@pytest.mark.parametrize("values", [{}, {"url": ""}, {"url": masked(URL)}, {"url": UNREADABLE}])
def test_a_secret_is_kept(values: Mapping[str, object]) -> None:
    options, secrets = read(KIND, {**values, "room": "b"}, {"url": URL, "headers": "A: b"}, {"room": "a"})
    assert options == {"room": "b", "priority": "low"}
    assert secrets == {"url": URL, "headers": "A: b"}


def test_what_is_not_given_is_kept_and_none_removes() -> None:
    options, secrets = read(
        KIND, {"headers": None}, {"url": URL, "headers": "A: b"}, {"room": "a", "priority": "high"}
    )
    assert options == {"room": "a", "priority": "high"}
    assert secrets == {"url": URL}
    assert read(KIND, {"room": ""}, {"url": URL}, {"room": "a"})[0] == {"priority": "low"}


def test_secrets_that_cannot_be_read_must_be_entered_again() -> None:
    with pytest.raises(Invalid) as raised:
        read(KIND, {"room": "b"}, None, {"room": "a"})
    assert raised.value.errors == {"url": "must be entered again"}
    assert read(KIND, {"url": URL}, None, {"room": "a"})[1] == {"url": URL}


def test_a_secret_does_not_go_to_another_server_unseen() -> None:
    known = {"url": URL, "headers": "Authorization: s3cret-s3cret"}
    other = "https://evil.example.com/"
    assert "another server" in errors({"url": other}, known)["headers"]
    assert list(errors({"server": other}, known, server="https://ntfy.example.org")) == ["headers"]
    assert list(errors({"server": other}, known)) == ["headers"]
    assert read(KIND, {"url": "https://hooks.example.org/else"}, known, {})[1]["headers"] == known["headers"]
    assert read(KIND, {"url": other, "headers": "A: b"}, known, {})[1] == {"url": other, "headers": "A: b"}
    assert read(KIND, {"url": other, "headers": None}, known, {})[1] == {"url": other}


def test_names() -> None:
    assert read_name(" Ops ") == "Ops"
    for bad in ("", "  ", "\u200b", "a" * 101, "a\nb", "a\x00", None, 5, "\ud800"):
        with pytest.raises(ValueError, match=r"is required|at most 100|one line|must be text"):
            read_name(bad)
