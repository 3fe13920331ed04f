"""Uploads as mapping sees them, without a database or a child process: a script's map is a dictionary of positions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from issues.artifacts import fetching, lookup
from issues.artifacts.files import FileRef
from issues.artifacts.lookup import Found, Script, ScriptFiles
from issues.mapping import known, used
from issues.symbols import client
from issues.symbols.answers import JavaFrame, NativeFrame, Original

DEBUG_ID = "ed51d7c4-e8cd-4658-b20d-60d45f2a0ebc"
URL = "https://shop.example.com/static/app.js"


def original(
    line: int, function: str = "total", source: str = "webpack://shop/./src/cart.ts", **more: Any
) -> Original:
    values = {
        "name": "",
        "context": f"line {line}",
        "before": (f"line {line - 1}",),
        "after": (f"line {line + 1}",),
    }
    return Original(source, line, 7, function, **{**values, **more})


def found(number: int, name: str, **more: Any) -> Found:
    """The artifact with this number; its content is the number."""
    file = FileRef(f"{number:064x}", f"key-{number}", 100)
    values = {"kind": "source_map", "source_map": "", "debug_id": "", "release": "", "dist": ""}
    return Found(id=number, upload_id=number, name=name, file=file, **{**values, **more})


@dataclass
class Uploads:
    """What was uploaded, by project: maps of scripts, ProGuard mappings, names of Dart, functions of native code. `asked` counts the
    questions to the child, `failing` is raised in place of an answer."""

    scripts: dict[tuple[int, str], ScriptFiles] = field(default_factory=dict)
    files: dict[tuple[int, str, str], Found] = field(default_factory=dict)
    named: dict[str, Found] = field(default_factory=dict)
    contents: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    looked_up: int = 0
    used: list[int] = field(default_factory=list)
    failing: Exception | None = None

    def add_script(
        self,
        project_id: int,
        positions: dict[tuple[int, int], Original],
        key: str = DEBUG_ID,
        number: int = 1,
    ) -> Found:
        """A script with its map, found by a debug id or else by its URL."""
        map_ = found(number, "~/static/app.js.map")
        how = "debug_id" if key == DEBUG_ID else "release"
        self.scripts[project_id, key] = ScriptFiles(how, None, map_)
        self.contents[map_.file.sha256] = positions
        return map_

    def add_file(self, project_id: int, kind: str, debug_id: str, content: Any, number: int = 50) -> Found:
        """A debug file."""
        one = found(number, "file", kind=kind, debug_id=debug_id)
        self.files[project_id, kind, debug_id] = one
        self.contents[one.file.sha256] = content
        return one

    def _scripts(self, project_id: int, wanted: Collection[Script]) -> dict[Script, ScriptFiles]:
        self.looked_up += 1
        answers = {}
        for script in wanted:
            for key in (script.debug_id, script.url):
                if (files := self.scripts.get((project_id, key))) is not None:
                    answers[script] = files
                    break
        return answers

    def _by_debug_ids(
        self, project_id: int, debug_ids: Collection[str], kinds: Collection[str]
    ) -> dict[str, list[Found]]:
        self.looked_up += 1
        keys = [(project_id, kind, debug_id) for kind in kinds for debug_id in debug_ids]
        return {key[2]: [self.files[key]] for key in keys if key in self.files}

    def _content(self, file: client.File, count: int) -> Any:
        self.asked.append((file.sha256, count))
        if self.failing is not None:
            raise self.failing
        content = self.contents[file.sha256]
        if isinstance(content, Exception):
            raise content
        return content

    def _originals(
        self,
        source: Any,
        map_: client.File,
        positions: Sequence[tuple[int, int]],
        context: int = 5,
        *,
        patience: float = 0,
    ) -> list[Original | None]:
        content = self._content(map_, len(positions))
        return [content.get(position) for position in positions]

    def _source_line(self, source: client.File, line: int, context: int = 5, *, patience: float = 0) -> Any:
        return self._content(source, 1).get(line)

    def _java_frames(
        self,
        mapping: client.File,
        frames: Sequence[tuple[str, str, int]],
        classes: Sequence[str] = (),
        *,
        patience: float = 0,
    ) -> tuple[list[list[JavaFrame]], dict[str, str]]:
        content = self._content(mapping, len(frames))
        return [content.get(frame, []) for frame in frames], {
            one: content[one] for one in classes if one in content
        }

    def _dart_names(
        self, symbols: client.File, names: Sequence[str], *, patience: float = 0
    ) -> dict[str, str]:
        content = self._content(symbols, len(names))
        return {name: content[name] for name in names if name in content}

    def _native_frames(
        self, file: client.File, debug_id: str, addresses: Sequence[int], *, patience: float = 0
    ) -> list[list[NativeFrame]]:
        content = self._content(file, len(addresses))
        return [content.get(address, []) for address in addresses]

    def _bundled_line(
        self, bundle: client.File, path: str, line: int, context: int = 5, *, patience: float = 0
    ) -> Any:
        return self._content(bundle, 1).get((path, line))

    def _mark_used(self, upload_ids: Iterable[int]) -> None:
        self.used += upload_ids


def uploads(monkeypatch: pytest.MonkeyPatch) -> Uploads:
    """Uploads in place of the look-up in the database and of the child; nothing is remembered from before."""
    fake = Uploads()
    monkeypatch.setattr(lookup, "scripts", fake._scripts)
    monkeypatch.setattr(lookup, "by_debug_ids", fake._by_debug_ids)
    monkeypatch.setattr(
        lookup,
        "named_in_upload",
        lambda project, upload, names: {n: fake.named[n] for n in names if n in fake.named},
    )
    monkeypatch.setattr(lookup, "mark_used", fake._mark_used)
    monkeypatch.setattr(fetching, "ask", lambda project, wanted: None)
    monkeypatch.setattr(fetching, "ask", lambda project_id, wanted: None)
    for name in ("originals", "source_line", "bundled_line", "java_frames", "dart_names", "native_frames"):
        monkeypatch.setattr(client, name, getattr(fake, f"_{name}"))
    known.forget()
    used.forget()
    return fake


def browser_event(*positions: tuple[int, int], **members: Any) -> dict[str, Any]:
    """An event of a browser with a frame at each position (line, column), the oldest call first."""
    frames = [
        {"filename": URL, "function": "e", "in_app": True, "lineno": line, "colno": column}
        for line, column in positions
    ]
    return {
        "platform": "javascript",
        "release": "shop@2.0.0",
        "exception": {
            "values": [{"type": "RangeError", "value": "too few", "stacktrace": {"frames": frames}}]
        },
        "debug_meta": {"images": [{"type": "sourcemap", "code_file": URL, "debug_id": DEBUG_ID}]},
        **members,
    }


def frames_of(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The frames of the event's only exception."""
    frames: list[dict[str, Any]] = payload["exception"]["values"][0]["stacktrace"]["frames"]
    return frames
