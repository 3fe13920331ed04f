"""What an uploaded debug file is."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import uuid
import zipfile
from pathlib import Path

import pytest

from issues.artifacts import debug_files
from issues.artifacts.content import BadUpload, Content
from issues.symbols import client
from issues.symbols.answers import DebugObject, Unavailable, Unreadable
from tests.lib import artifacts
from tests.lib.artifacts import DEBUG_ID
from tests.lib.growth import assert_linear

MAPPING = b"# compiler: R8\nshop.Cart -> a.b:\n    1:1:void total() -> a\n"


@pytest.fixture(autouse=True)
def _uploads(settings, tmp_path: Path):
    settings.UPLOAD_DIR = tmp_path


def identified(data: bytes, name: str = "", debug_id: str = "") -> list[Content]:
    with open("upload", "w+b") as file:
        file.write(data)
        found = []
        for each in debug_files.identify(file, name, debug_id):
            assert each.file.read() == data or name.endswith(".zip")
            found.append(each)
        return found


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)


def test_a_mapping_of_proguard():
    (by_name,) = identified(MAPPING, f"/proguard/{DEBUG_ID}.txt")
    (by_client,) = identified(MAPPING, "mapping.txt", DEBUG_ID.upper())
    (by_content,) = identified(MAPPING, "mapping.txt")

    assert (by_name.kind, by_name.debug_id) == ("proguard", DEBUG_ID)
    assert by_client.debug_id == DEBUG_ID
    digest = hashlib.sha1(uuid.uuid5(uuid.NAMESPACE_DNS, "guardsquare.com").bytes + MAPPING).digest()
    assert by_content.debug_id == str(uuid.UUID(bytes=digest[:16], version=5))


def test_a_zip_file_of_mappings():
    """As sentry-cli 2 sends it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "x")
        archive.writestr(f"proguard/{DEBUG_ID}.txt", MAPPING)

    (content,) = identified(made.getvalue(), "upload.zip")

    assert (content.kind, content.debug_id, content.size) == ("proguard", DEBUG_ID, len(MAPPING))


def test_objects_of_native_code(monkeypatch: pytest.MonkeyPatch):
    data = b"\xca\xfe\xba\xbe" + bytes(40)

    def objects(file: client.File) -> list[DebugObject]:
        with file.open() as opened:
            assert (file.size, file.is_compressed, opened.read()) == (len(data), False, data)
        assert file.sha256 == hashlib.sha256(data).hexdigest()
        return [
            DebugObject(DEBUG_ID.upper() + "-0", "", "x86_64", "debug", "macho", ("debug", "symtab")),
            DebugObject(DEBUG_ID[:-1] + "4-A", "abc", "arm64", "debug", "macho", ("debug",)),
            DebugObject("", "", "arm", "debug", "macho", ()),
        ]

    monkeypatch.setattr(client, "objects", objects)
    first, second = identified(data, "Shop", "11111111-2222-5333-8444-555555555555")

    assert (first.kind, first.name, first.debug_id, first.arch) == ("native", "Shop", DEBUG_ID, "x86_64")
    assert first.details == {"format": "macho", "kind": "debug", "features": ["debug", "symtab"]}
    assert (second.debug_id, second.code_id) == (DEBUG_ID[:-1] + "4-a", "abc")
    assert first.file is second.file


def test_a_source_bundle():
    data = artifacts.bundle([artifacts.BundleFile("src/cart.c", b"int", "source")], debug_id=DEBUG_ID)

    (content,) = identified(data, "shop.src.zip")

    assert (content.kind, content.debug_id, content.details) == (
        "source_bundle",
        DEBUG_ID,
        {"format": "sourcebundle", "files": 1},
    )


def test_files_whose_id_only_the_client_knows():
    for data, kind, format_ in (
        (b'["Cart","aB","total","bC"]\n', "dart_symbols", "dartsymbolmap"),
        (b"BCSymbolMap Version: 2.0\n", "bc_symbol_map", "bcsymbolmap"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE plist>\n<plist></plist>', "bc_symbol_map", "uuidmap"),
        (json.dumps({"/a.cpp": {"/a.cs": {"1": 2}}}).encode(), "other", "il2cpp"),
    ):
        (content,) = identified(data, "x", DEBUG_ID)
        assert (content.kind, content.debug_id, content.details["format"]) == (kind, DEBUG_ID, format_)
        with pytest.raises(BadUpload, match="says no debug id"):
            identified(data, "x", "none")


def test_what_is_no_debug_file_is_said(monkeypatch: pytest.MonkeyPatch):
    def unreadable(file: client.File) -> list[DebugObject]:
        raise Unreadable("It is cut off.")

    def reason(data: bytes, name: str = "") -> str:
        with pytest.raises(BadUpload) as caught:
            identified(data, name, DEBUG_ID)
        return caught.value.reason

    monkeypatch.setattr(client, "objects", unreadable)
    assert reason(b"\x7fELF\x02") == "The debug file cannot be read: It is cut off."
    monkeypatch.setattr(client, "objects", lambda file: [])
    assert "has no debug id" in reason(b"\x7fELF\x02")
    assert reason(b"") == "The file is empty."
    assert "no debug file, by its first bytes" in reason(b"hello -> world")
    assert "no debug file, by its first bytes" in reason(b'["a","b"')
    assert "has no class" in reason(b"# nothing\n", f"proguard/{DEBUG_ID}.txt")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("notes.txt", MAPPING)
    assert "no debug file in the zip file" in reason(made.getvalue(), "x.zip")
    assert "cut off" in reason(made.getvalue()[:-1], "x.zip")
    no_id = artifacts.bundle([], debug_id="x")
    with pytest.raises(BadUpload, match="no debug id in its manifest"):
        identified(no_id, "x.zip")


def test_a_child_that_cannot_answer_is_not_the_files_fault(monkeypatch: pytest.MonkeyPatch):
    def unavailable(file: client.File) -> list[DebugObject]:
        raise Unavailable

    monkeypatch.setattr(client, "objects", unavailable)
    with pytest.raises(Unavailable):
        identified(b"\x7fELF\x02")


def test_time_grows_with_the_file(monkeypatch: pytest.MonkeyPatch):
    def read(data: bytes) -> None:
        with contextlib.suppress(BadUpload):
            for _ in debug_files.identify(io.BytesIO(data), "x", DEBUG_ID):
                pass

    for start, piece in (
        (b"", b"a -> "),
        (b"", b"a -> b:"),
        (b"a -> b:", b" "),
        (b"[", b'"a",'),
        (b"<?xml", b"<plist"),
        (b"", b"\n"),
    ):
        assert_linear(lambda count, start=start, piece=piece: start + piece * count, read, largest=1 << 16)
