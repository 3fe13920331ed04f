from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.record import media
from tests.lib.attachments import PNG


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("screenshot.png", "screenshot.png"),
        ("/var/log/app.log", "app.log"),
        (r"C:\dumps\crash.dmp", "crash.dmp"),
        ("folder/", "folder"),
        ("../..", "attachment"),
        ("", "attachment"),
        (None, "attachment"),
        (["a"], "attachment"),
        ("a\nb\x00c.txt", "a_b_c.txt"),
        ("invoice\u202egpj.exe", "invoice_gpj.exe"),
        ("\ud83d.png", "_.png"),
        ("x" * 300 + ".tar", "x" * 251 + ".tar"),
        (".env", ".env"),
    ],
)
def test_names(sent: object, name: str) -> None:
    assert media.name(sent) == name


@given(st.one_of(st.text(), st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Zs", "Po"]))))
def test_any_input_gives_a_valid_name(sent: str) -> None:
    name = media.name(sent)
    assert 1 <= len(name) <= 255
    assert not set(name) & {"/", "\\", "\0", "\n", "\r"}
    assert name not in (".", "..")
    name.encode()
    assert media.name(name) == name


@pytest.mark.parametrize(
    ("sent", "head", "is_"),
    [
        ("image/png", PNG, "image/png"),
        ("text/plain", PNG, "image/png"),
        ("image/png", b"\x89PNG", "application/octet-stream"),
        ("image/png", b"<html>", "application/octet-stream"),
        (None, b"\xff\xd8\xff\xe0", "image/jpeg"),
        (None, b"GIF89a", "image/gif"),
        (None, b"RIFF1234WEBPVP8 ", "image/webp"),
        (None, b"RIFF1234WAVE", "text/plain"),
        (None, b"hello", "text/plain"),
        ("application/octet-stream", "größer\n".encode(), "text/plain"),
        ("application/octet-stream", b"MDMP\x93\xa7\x00\x00", "application/octet-stream"),
        ("text/plain", b"\x00\x01\xff", "application/octet-stream"),
        ("text/html; charset=utf-8", b"<b>", "text/html"),
        ("APPLICATION/JSON", b"{}", "application/json"),
        ("image/svg+xml", b"<svg/>", "image/svg+xml"),
        ("application/x-dmp", b"MDMP\x93\xa7\x00", "application/x-dmp"),
        ("text/plain\r\nSet-Cookie: a=b", b"\xff", "application/octet-stream"),
        ({"a": 1}, b"", "application/octet-stream"),
        ("x/" + "y" * 500, b"\xff", "application/octet-stream"),
    ],
)
def test_media_types(sent: object, head: bytes, is_: str) -> None:
    assert media.media_type(sent, head, whole=True) == is_


def test_a_text_may_be_cut_within_a_character() -> None:
    cut = "ä".encode()[:1]
    assert media.media_type(None, b"a" + cut, whole=False) == "text/plain"
    assert media.media_type(None, b"a" + cut, whole=True) == "application/octet-stream"


def test_texts() -> None:
    assert media.text("\ufeffä".encode()) == "ä"
    assert media.text("ä".encode("utf-16")) == "ä"
    assert media.text(b"a\x1b[31mred\x1b[0m\tb\r\n") == "a\x1b[31mred\x1b[0m\tb\r\n"
    assert media.text(b"a\x00b") is None


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("event.minidump", "event.minidump"),
        (None, "event.attachment"),
        ("Event Minidump", "event.attachment"),
        ("a" * 65, "event.attachment"),
    ],
)
def test_kinds(sent: object, kind: str) -> None:
    assert media.kind(sent) == kind
