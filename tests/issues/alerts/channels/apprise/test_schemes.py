from __future__ import annotations

import ast
import inspect
import sys

import pytest

from issues.alerts.channels.apprise import sending
from issues.alerts.channels.apprise.schemes import ALLOWED, OWN_KINDS, flaw, scheme
from tests.lib.growth import assert_linear

# What a plugin must not import: it would connect, run or read something by itself.
OWN_WAYS = {
    "aio", "asyncio", "ctypes", "dbus", "ftplib", "gi", "gntp", "http", "irc", "multiprocessing", "paho", "slixmpp", "smpplib",
    "smtplib", "socket", "ssl", "subprocess", "syslog", "telnetlib", "urllib3", "websocket", "websockets", "win32api",
}  # fmt: skip


def test_allowed_services_send_with_requests_only() -> None:
    sending._apprise()
    from apprise import NotificationManager

    known = NotificationManager()
    assert set(known.schemas()) >= ALLOWED
    for name in ALLOWED:
        module = sys.modules[known[name].__module__]
        nodes = list(ast.walk(ast.parse(inspect.getsource(module))))
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        imported |= {
            node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
        }
        assert "requests" in imported, name
        assert {each.partition(".")[0] for each in imported} & OWN_WAYS == set(), name


@pytest.mark.parametrize(
    "name",
    ["dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "syslog", "rsyslog", "mqtt", "mqtts", "xmpp", "smpp", "growl", "irc", "mailto", "amqp", "aprs", "blink1", "fcm", "vapid", "nostr"],
)  # fmt: skip
def test_services_with_other_effects_are_not_allowed(name: str) -> None:
    assert "is not" in flaw(f"{name}://s3cret")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must be an address of apprise"),
        ("s3cret", "must be an address of apprise"),
        ("https://example.org/s3cret", "https:// is not among the services"),
        ("file:///etc/passwd", "file:// is not among"),
        ("SYSLOG://s3cret", "syslog:// is not among"),
        (" pover://s3cret", "must be an address"),
        ("pover://s3cret ntfy://x", "without blanks"),
        ("pover://s3cret\nsyslog://", "without blanks"),
        ("pover://s3crét", "without blanks"),
        ("pover://" + "s3cret" * 400, "at most 2000"),
        ("json://example.org/?attach=/etc/passwd", "parameter attach"),
        ("json://example.org/?a=b&Template=file:///etc/passwd", "parameter template"),
        ("json://example.org/?a=b;%61ttach=x", "parameter attach"),
        ("json://example.org/?verify=no", "parameter verify"),
        ("json://example.org/?+attach=x", "parameter attach"),
        ("json://example.org/?retry=9&wait=9", "parameter retry"),
    ],
)
def test_what_is_no_address(url: str, why: str) -> None:
    assert why in flaw(url)
    assert "s3cret" not in flaw(url)


def test_services_with_a_kind_of_their_own_are_named() -> None:
    for name, label in OWN_KINDS.items():
        assert label in flaw(f"{name}://x")
    assert set(OWN_KINDS) & ALLOWED == set()


def test_what_is_allowed() -> None:
    assert flaw("POVER://user@token?priority=high") == ""
    assert scheme("POVER://user@token") == "pover"


def test_it_takes_time_in_proportion() -> None:
    for part in ("?a=b&", "+", ":", "a://"):
        assert_linear(lambda size, part=part: f"json://{part * size}", flaw)  # type: ignore[misc]
