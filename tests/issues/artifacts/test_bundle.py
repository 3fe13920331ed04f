"""Artifact bundles: what clients send, and what strangers do."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from issues.artifacts import bundle
from issues.artifacts.content import BadUpload, Content
from issues.artifacts.reading import zip_files
from issues.models import Artifact
from tests.lib import artifacts
from tests.lib.artifacts import DEBUG_ID, BundleFile
from tests.lib.growth import assert_linear


@pytest.fixture(autouse=True)
def _uploads(settings, tmp_path: Path):
    settings.UPLOAD_DIR = tmp_path


def unpacked(data: bytes, *args: str) -> list[tuple[Content, bytes]]:
    return [(each, each.file.read()) for each in bundle.unpack(io.BytesIO(data), *args)]


def reason(data: bytes) -> str:
    with pytest.raises(BadUpload) as caught:
        unpacked(data)
    return caught.value.reason


def test_a_bundle_of_sentry_cli():
    built = artifacts.build(debug_id=DEBUG_ID)
    data = artifacts.bundle(
        artifacts.script_and_map("~/static/app.js", built, DEBUG_ID), release="shop@1", dist="7"
    )

    (script, script_bytes), (map_, map_bytes) = unpacked(data)

    assert (script_bytes, map_bytes) == (built.script, built.map)
    assert (script.kind, script.name, script.size) == (
        "minified_source",
        "~/static/app.js",
        len(built.script),
    )
    assert (script.source_map, script.debug_id) == ("app.js.map", DEBUG_ID)
    assert (map_.kind, map_.name, map_.debug_id) == ("source_map", "~/static/app.js.map", DEBUG_ID)
    assert {(each.release, each.dist) for each in (script, map_)} == {("shop@1", "7")}


def test_what_the_client_said_counts_before_the_manifest():
    data = artifacts.bundle([BundleFile("~/a.js", b"1")], release="old", dist="1", prefix=b"")

    ((content, _),) = unpacked(data, "new", "2")

    assert (content.release, content.dist) == ("new", "2")


def test_headers_in_any_case_and_places_without_a_url():
    files = {
        "_/_/ä.js": {
            "type": "minified_source",
            "headers": {"Debug-Id": DEBUG_ID.upper(), "SourceMap": "x.map"},
        },
        "files/_/_/b.js": {"headers": {"X-SourceMap": "b.map", "debug-id": 7}},
        "c.bin": {"type": "indexed_ram_bundle", "url": "app:///c.bin", "headers": []},
    }
    data = artifacts.bundle([BundleFile("", b"1", path=path) for path in files], manifest={"files": files})
    # The build plugins do not set the flag for names in UTF-8.
    data = data.replace(b"\x14\x00\x00\x08", b"\x14\x00\x00\x00")

    first, second, third = (content for content, _ in unpacked(data))

    assert (first.name, first.debug_id, first.source_map) == ("~/ä.js", DEBUG_ID, "x.map")
    assert (second.name, second.kind, second.source_map) == ("~/b.js", "minified_source", "b.map")
    assert (third.name, third.kind) == ("app:///c.bin", "other")


def test_a_map_inside_a_script_becomes_a_file_of_its_own():
    script, map_ = unpacked(
        artifacts.bundle(
            [BundleFile("~/a.js", artifacts.inline(b'{"version":3}'), headers={"debug-id": DEBUG_ID})]
        )
    )

    assert script[0].source_map == "inline"
    assert (map_[0].kind, map_[0].name, map_[0].debug_id) == ("source_map", "~/a.js#map", DEBUG_ID)
    assert map_[1] == b'{"version":3}'


def test_names_that_leave_a_folder_are_only_names(tmp_path: Path):
    data = artifacts.bundle(
        [
            BundleFile("~/../../etc/passwd", b"1", path="../../../etc/passwd"),
            BundleFile("/abs\\x.js", b"2", path="/tmp/x"),
        ]
    )

    assert [content.name for content, _ in unpacked(data)] == ["~/etc/passwd", "~/abs/x.js"]
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_with_a_bundle_is_said():
    one = [BundleFile("~/a.js", b"1" * 300)]
    good = artifacts.bundle(one)

    assert "no manifest.json" in reason(artifacts.bundle(one, manifest=False))
    assert "is not JSON" in reason(artifacts.bundle(one, manifest=b'{"files":'))
    for manifest in ([], {"files": []}, {"files": {"a": 1}}, {}, "x"):
        assert 'no member "files"' in reason(artifacts.bundle(one, manifest=manifest))
    assert "is not in the bundle, and 1 more" in reason(
        artifacts.bundle(one, manifest={"files": {"x": {}, "y": {}}})
    )
    for cut in (0, 10, len(good) // 2, len(good) - 1):
        assert "is cut off" in reason(good[:cut])
    assert "Bad CRC-32" in reason(
        artifacts.bundle(one, compression=zipfile.ZIP_STORED).replace(b"111", b"121", 1)
    )
    assert "\0" not in reason(artifacts.bundle(one, manifest={"files": {"\0": {}}}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_files_that_a_zip_file_may_not_have():
    def changed(at: int, value: bytes) -> bytes:
        """A bundle with some bytes of its first entry in the directory replaced."""
        data = artifacts.bundle([BundleFile("~/a.js", b"1")])
        start = data.index(b"PK\x01\x02") + at
        return data[:start] + value + data[start + len(value) :]

    assert "is encrypted" in reason(changed(8, b"\x01"))
    assert "method 12" in reason(changed(10, b"\x0c"))
    assert "symbolic link" in reason(changed(41, b"\xa1"))
    assert "not UTF-8" in reason(changed(46, b"\xff"))
    assert "two files with the name" in reason(artifacts.bundle([BundleFile("~/a.js", b"1")] * 2))
    assert "zip64" in reason(
        artifacts.bundle([])[:-22] + b"PK\x06\x07" + bytes(16) + artifacts.bundle([])[-22:]
    )


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(zip_files, "_SMALL", 1 << 20)
    zeros = bytes(1 << 20)

    assert "take too much space" in reason(artifacts.bundle([BundleFile(f"~/{i}", zeros) for i in range(2)]))
    monkeypatch.setattr(zip_files, "MOST_BYTES_OF_ONE", 1 << 19)
    assert "has 1 MiB. At most 512 KiB are allowed" in reason(artifacts.bundle([BundleFile("~/a", zeros)]))
    # A directory that says less than there is: no more is unpacked than it says.
    lying = artifacts.bundle([BundleFile("~/a", zeros)])
    start = lying.index(b"PK\x01\x02") + 24
    assert "cannot be read" in reason(lying[:start] + b"\x10\0\0\0" + lying[start + 4 :])


def test_a_hundred_thousand_entries_are_refused_from_the_directory_alone():
    entry = b"PK\x01\x02" + bytes(24) + b"\x01\0" + bytes(16) + b"x"
    for count in (100_000, 0):  # what its end says, which may be a lie
        directory = entry * 100_000
        end = b"PK\x05\x06" + bytes(4) + min(count, 0xFFFF).to_bytes(2, "little") * 2
        end += len(directory).to_bytes(4, "little") + bytes(6)
        assert reason(directory + end) == "The bundle has too many files: 20,000 are allowed."


def test_a_manifest_is_bounded():
    assert "has 9 MiB. At most 8 MiB" in reason(artifacts.bundle([], manifest=b" " * (9 << 20)))
    assert "too many values" in reason(artifacts.bundle([], manifest=b'{"files":[' + b"[]," * 700_000))


def test_time_grows_with_the_bundle():
    def of(count: int) -> bytes:
        files = {f"f{i}": {"url": f"~/{i}.js", "headers": {"debug-id": DEBUG_ID}} for i in range(count)}
        return artifacts.bundle(
            [BundleFile("", b"x", path=path) for path in files], manifest={"files": files}
        )

    assert_linear(of, unpacked, smallest=8, largest=512)


def test_a_file_may_say_anything_of_itself():
    headers = {f"h{i}": "v" * 5000 for i in range(100)} | {"sourcemap": "\0"}
    ((content, _),) = unpacked(
        artifacts.bundle([BundleFile("~/\0a" + "b" * 3000, b"1", "minified_source", headers, "x")])
    )

    assert len(json.dumps(content.details)) < 30_000
    assert len(content.name) == 1000
    assert "\0" not in content.name + content.source_map + str(content.details)
    assert content.kind in Artifact.Kind.values
