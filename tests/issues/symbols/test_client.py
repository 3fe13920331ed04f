from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from issues.symbols import client
from issues.symbols.answers import DebugObject, JavaFrame, NativeFrame, Original, Unreadable
from issues.symbols.child import limits, questions
from issues.symbols.child.kept import Kept
from issues.symbols.child.loading import Loader
from issues.symbols.child.suspects import Suspects
from tests.lib.symbol_files import ELF, ELF_ID, PROGUARD, Stored, source_bundle, source_map


@pytest.fixture(autouse=True)
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the child would be asked; it is answered in this process."""
    watch = limits.Watch(lambda key, seconds: None)
    loader = Loader(Kept(), Suspects(tmp_path), watch)
    loader.start()
    found: list[dict[str, Any]] = []

    def ask(
        kind: str, files: Sequence[Any], question: dict[str, Any], patience: float, part: str = ""
    ) -> Any:
        found.append(question)
        named = [
            file and {"sha256": file.sha256, "size": file.size, "zstd": file.is_compressed} for file in files
        ]
        opened = [file.open() for file in files if file is not None]
        try:
            return questions.answer(
                {"kind": kind, "files": named, **question},
                loader,
                watch,
                lambda: [os.dup(one.fileno()) for one in opened],
            )
        finally:
            for one in opened:
                one.close()

    monkeypatch.setattr(client, "ask", ask)
    return found


def test_originals() -> None:
    one, nothing = client.originals(None, Stored(source_map(sourcesContent=["a\nb"])), [(1, 1), (9, 1)])
    assert one == Original("src/a.js", 1, 1, "", "foo", "a", (), ("b",), is_ignored=False)
    assert nothing is None
    assert client.originals(None, Stored(b"broken"), []) == []


def test_many_positions_are_several_messages(asked: list[dict[str, Any]]) -> None:
    found = client.originals(
        None, Stored(source_map()), [(1, 1), (1, -5), (1 << 70, 1)] * 200, context=1 << 40
    )
    assert len(found) == 600
    assert [one is not None for one in found[:3]] == [True, False, False]
    assert [len(question["positions"]) for question in asked] == [250, 250, 100]
    assert asked[0]["context"] == client.MOST_CONTEXT


def test_a_script_that_cannot_be_read_leaves_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deeply nested code ends the child; it only names functions."""
    ask = client.ask

    def without_script(kind: str, files: Any, *others: Any) -> Any:
        if files[0] is not None:
            raise Unreadable("nested")
        return ask(kind, files, *others)

    monkeypatch.setattr(client, "ask", without_script)
    assert client.originals(Stored(b"[[["), Stored(source_map()), [(1, 1)])[0]
    with pytest.raises(Unreadable):
        client.originals(Stored(b"a"), Stored(b"{"), [(1, 1)])


def test_several_messages_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def ask(*args: Any, part: str = "") -> Any:
        given.append(args[3])
        now[0] += 2.0
        if args[1][0] is not None:
            raise Unreadable("")
        return [None]

    now = [10.0]
    monkeypatch.setattr(client, "ask", ask)
    monkeypatch.setattr(client.time, "monotonic", lambda: now[0])
    client.originals(Stored(b"f()"), Stored(b"{}"), [(1, 1)], patience=5.0)
    assert given == [5.0, 3.0]


def test_lines() -> None:
    assert client.source_line(Stored(b"a\nb\nc"), 2, 1) == (("a",), "b", ("c",))
    assert client.source_line(Stored(b"a\nb\nc"), -1) is None
    packed = Stored(source_bundle({"x": {"path": "/x.c"}}, x=b"a\nb"))
    assert client.bundled_line(packed, "/x.c", 2) == (("a",), "b", ())
    assert client.bundled_line(packed, "/y\ud800.c", 2) is None


def test_java() -> None:
    frames, classes = client.java_frames(
        Stored(PROGUARD), [("a.b.d", "a", 1), ("x\ud800", "", 1)], ["a.b.c", "x\0"]
    )
    assert frames == [[JavaFrame("com.example.Sync$Inner", "go", "Sync.kt", 7)], []]
    assert classes == {"a.b.c": "com.example.Main"}


def test_dart() -> None:
    assert client.dart_names(Stored(b'["Real","a"]'), ["a", "b", "\udfff"]) == {"a": "Real"}


def test_native() -> None:
    file = Stored(ELF.read_bytes())
    assert client.native_frames(file, ELF_ID, [0x1000, -1]) == [
        [NativeFrame("outer", "/src/lib.c", 2, "c")],
        [],
    ]
    (one,) = client.objects(file)
    assert one == DebugObject(
        ELF_ID, "0123456789abcdef" * 2 + "01234567", "x86_64", "lib", "elf", ("debug", "symtab", "unwind")
    )
    with pytest.raises(Unreadable):
        client.native_frames(file, "other", [1])
