"""What is remembered of keys survives anything that may be in its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.edge.holder import Holder
from ingest.edge.keys.memory import KeyMemory
from ingest.rate_limits.windows import RateLimits

KEY = "a" * 32


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\0", b"[]", b"null", b"[" * 100_000, b'{"a": 1}', b'{"a": [1]}', b'{"a": [1, null, []]}',
        b'{"a": ["x", [], []]}', b'{"a": [1, [], [1, 2, 3, 4, 5]]}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_no_memory(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)
    assert KeyMemory(tmp_path / "keys").get(KEY) is None


def test_it_is_written_when_it_has_changed(tmp_path: Path) -> None:
    memory = KeyMemory(path := tmp_path / "keys")
    holder = Holder(1, ("https://ü.example",), RateLimits(5, 0, 7, 8, 9, 10), (), 11, False)
    memory.replace({KEY: holder})
    written = path.stat().st_mtime_ns, path.stat().st_ino
    memory.replace({KEY: holder})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == written
    memory.replace({KEY: Holder(2)})
    assert KeyMemory(path).get(KEY) == Holder(2)
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]


def test_what_another_process_has_written_is_known(tmp_path: Path) -> None:
    here, there = KeyMemory(tmp_path / "keys"), KeyMemory(tmp_path / "keys")
    for number in range(3):
        assert here.get(f"{number}") is None
        there.replace({f"{number}": Holder(number)})
        assert here.get(f"{number}") == Holder(number)
    here.forget("2")
    assert here.get("2") is None


def test_a_file_that_cannot_be_written_harms_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    memory = KeyMemory(tmp_path / "file" / "keys")
    memory.replace({KEY: Holder(1)})
    assert memory.get(KEY) == Holder(1)
    assert "cannot be written down" in caplog.text


def test_limits_that_were_used_up_are_not_written_down(tmp_path: Path) -> None:
    KeyMemory(path := tmp_path / "keys").replace({KEY: Holder(1, (), RateLimits(1, 1, 1, 1))})
    assert json.loads(path.read_text()) == {KEY: [1, [], [1, 1, 1, 1, 0, 0], 0, True]}


def test_what_an_earlier_version_wrote_is_read(tmp_path: Path) -> None:
    (path := tmp_path / "keys").write_text(f'{{"{KEY}": [1, ["https://a.example"], [5, 0, 7, 8]]}}')
    assert KeyMemory(path).get(KEY) == Holder(1, ("https://a.example",), RateLimits(5, 0, 7, 8))
