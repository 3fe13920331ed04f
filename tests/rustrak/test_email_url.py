from __future__ import annotations

from typing import Any

import pytest

from rustrak.email_url import email_url, sender
from tests.lib.growth import assert_linear

SECRET = "hunter2"


def read(raw: str) -> tuple[Any, ...]:
    found = email_url(raw)
    tls = "tls" if found["EMAIL_USE_TLS"] else "ssl" if found["EMAIL_USE_SSL"] else ""
    return (
        found["EMAIL_HOST"],
        found["EMAIL_PORT"],
        found["EMAIL_HOST_USER"],
        found["EMAIL_HOST_PASSWORD"],
        tls,
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 25, "", "", "")),
        ("smtp://localhost:1025", ("localhost", 1025, "", "", "")),
        ("smtp+tls://me:pass@mail.example.org", ("mail.example.org", 587, "me", "pass", "tls")),
        ("SMTP+TLS://me:pass@mail.example.org:2525/", ("mail.example.org", 2525, "me", "pass", "tls")),
        ("submission://me:pass@mail.example.org", ("mail.example.org", 587, "me", "pass", "tls")),
        ("smtp+ssl://me:pass@mail.example.org", ("mail.example.org", 465, "me", "pass", "ssl")),
        ("smtps://me:pass@mail.example.org", ("mail.example.org", 465, "me", "pass", "ssl")),
        ("smtps://me:pass@mail.example.org:587", ("mail.example.org", 587, "me", "pass", "tls")),
        ("submissions://me:pass@mail.example.org", ("mail.example.org", 465, "me", "pass", "ssl")),
        ("smtp://me:pass@mail:587?email_use_tls=true", ("mail", 587, "me", "pass", "tls")),
        ("smtp://[::1]:2525", ("::1", 2525, "", "", "")),
        ("smtp://rustrak_mail:25", ("rustrak_mail", 25, "", "", "")),
        (
            "smtp+tls://me%40example.org:p%40ss%2Fw%3Frd%23%25+%3A@h",
            ("h", 587, "me@example.org", "p@ss/w?rd#%+:", "tls"),
        ),
        ("smtp+tls://me@example.org:p@ss:word@h", ("h", 587, "me@example.org", "p@ss:word", "tls")),
        ("smtp+tls://me:пароль@h", ("h", 587, "me", "пароль", "tls")),
    ],
)
def test_an_address_of_a_server(raw: str, expected: tuple[Any, ...]) -> None:
    assert read(raw) == expected


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("mail.example.org", "must begin with one of smtp://"),
        ("pigeon://me:hunter2@home", "must begin with one of smtp://"),
        ("smtp:me:hunter2@mail.example.org", "must begin with one of smtp://"),
        ("smtp://", "must have a host"),
        ("smtp://mail.example.org:25/inbox", "must have nothing after the host"),
        ("smtp+tls://me:hunter2@", "must have a host"),
        ("smtp+tls://me:hunter2@:587", "must have a host"),
        ("smtp+tls://me:hunter2@mail example.org", "must have a host"),
        ("smtp+tls://me:hunter2/x@mail.example.org", "/ is %2F"),
        ("smtp+tls://me:hunter2#x@mail.example.org", "# is %23"),
        ("smtp+tls://me:hunter2?x@mail.example.org", "? is %3F"),
        ("smtp+tls://me:hunter2[@mail.example.org", "percent-encode"),
        ("smtp+tls://me:hunter2%@mail.example.org", "% is %25"),
        ("smtp+tls://me:hunter2%zz@mail.example.org", "% is %25"),
        ("smtp+tls://me:hunter2%FF@mail.example.org", "must be UTF-8"),
        ("smtp+tls://me:hunter2%0A@mail.example.org", "no control characters"),
        ("smtp+tls://me:hunter2@mail.example.org:hunter2", "the port must be a number"),
        ("smtp+tls://me:hunter2@mail.example.org:84430", "the port must be a number"),
        ("smtp+tls://me:hunter2@mail.example.org:0", "the port must be a number"),
        ("smtp+tls://me:hunter2@mail.example.org:465", "use smtp+ssl://"),
        ("smtp://mail.example.org:465", "use smtp+ssl://"),
        ("smtp+tls://hunter2@mail.example.org", "both a user name and a password"),
        ("smtp+tls://:hunter2@mail.example.org", "both a user name and a password"),
        ("smtp+tls://me:hunter2@mail.example.org?timeout=5", "nothing after a question mark"),
        ("filemail://relative", "must name a directory"),
    ],
)
def test_what_is_wrong_is_said_without_the_password(raw: str, words: str) -> None:
    with pytest.raises(ValueError) as error:
        email_url(raw)
    assert words in str(error.value)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


@pytest.mark.parametrize(
    ("raw", "backend", "path"),
    [
        ("consolemail://", "console", ""),
        ("filemail:///var/mail", "filebased", "/var/mail"),
        ("dummymail://", "dummy", ""),
    ],
)
def test_other_places(raw: str, backend: str, path: str) -> None:
    found = email_url(raw)
    assert found["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}.EmailBackend"
    assert found["EMAIL_FILE_PATH"] == path


@pytest.mark.parametrize(
    "raw", ["rustrak@example.org", "Rustrak <rustrak@localhost>", "Ошибки <r@example.org>"]
)
def test_a_sender(raw: str) -> None:
    assert sender(raw) == raw


@pytest.mark.parametrize("raw", ["Rustrak", "Rustrak <>", "a@b@c", "a@b <c", "a@b\nBcc: c@d", "<a b@c>"])
def test_what_is_no_sender(raw: str) -> None:
    with pytest.raises(ValueError):
        sender(raw)


@pytest.mark.parametrize("part", ["@", "%", "%41", "[", ":", "/", "?", "a", ".", "<"])
def test_any_value_takes_linear_time(part: str) -> None:
    def work(text: str) -> None:
        for reader in (email_url, sender):
            try:
                reader(text)
            except ValueError:
                pass

    assert_linear(lambda size: f"smtp://{part * size}", work)
