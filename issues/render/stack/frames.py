"""One frame of a stack trace: its name, its file, its source and variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from issues.render.room import Room
from issues.render.stack.source import CodeLine, code_lines
from issues.render.stack.variables import NO_VARIABLES, Variables, variables
from issues.render.tables import Field, Value, fields, is_empty, show
from issues.render.values import line, string, web_address, whole_number

_ADDRESSES = (
    "instruction_addr", "symbol", "symbol_addr", "image_addr", "package", "trust", "addr_mode", "raw_function", "lock", "data",
)  # fmt: skip

LONGEST_PATH, LONGEST_NAME, LONGEST_PACKAGE = 2_000, 240, 80
_SHORT_PATH = 200
_BODY = ("pre_context", "context_line", "post_context", "vars", *_ADDRESSES)


@dataclass(frozen=True)
class Frame:
    """One call. `path` is shortened, `full_path` is not; `raised` marks the newest frame of a trace.

    `stray` are the members of a type that cannot be used; `bare` says that source and variables were left out.
    """

    function: str
    path: str
    full_path: str
    module: str
    line: int | None
    column: int | None
    in_app: bool
    package: str
    link: str = ""
    code: tuple[CodeLine, ...] = ()
    variables: Variables = NO_VARIABLES
    native: tuple[Field, ...] = ()
    stray: Value | None = None
    raised: bool = False
    open: bool = False
    bare: bool = False

    kind = "frame"

    @property
    def has_body(self) -> bool:
        return bool(self.code or self.variables.fields or self.native or self.stray)


def frame(sent: object, platform: str, room: Room, *, bare: bool) -> Frame:
    """One frame as it is shown; a `bare` one, and one without `room`, without its source and variables."""
    if not isinstance(sent, dict):
        stray = show(sent, room=room)
        return Frame(line(sent), "", "", "", None, None, in_app=True, package="", stray=stray)
    full = string(sent.get("abs_path"), LONGEST_PATH) or string(sent.get("filename"), LONGEST_PATH)
    path = string(sent.get("filename"), LONGEST_PATH) or full.replace("\\", "/").rsplit("/", 1)[-1]
    module = string(sent.get("module"), LONGEST_NAME)
    language = string(sent.get("platform")) or platform
    local = sent.get("vars")
    strange = [
        name
        for name in ("function", "filename", "lineno", "pre_context")
        if _is_strange(name, sent.get(name))
    ]
    if not (has_room := room.code(0)):
        full = full[:_SHORT_PATH]
    room.write(escape(full))
    bare = (bare or not has_room) and any(not is_empty(sent.get(name)) for name in _BODY)
    return Frame(
        function=_function(sent),
        path=_shortened(path),
        full_path=full,
        module=module,
        line=whole_number(sent.get("lineno")),
        column=whole_number(sent.get("colno")),
        in_app=sent.get("in_app") is not False,
        package=_package(sent, full or path, module)[:LONGEST_PACKAGE],
        link=web_address(full),
        code=() if bare else code_lines(sent, language, room),
        variables=NO_VARIABLES if bare or is_empty(local) else variables(local, language, room),
        native=()
        if bare
        else fields({name: sent[name] for name in _ADDRESSES if not is_empty(sent.get(name))}, room=room),
        stray=show({name: sent[name] for name in strange}, room=room) if strange else None,
        bare=bare,
    )


def _is_strange(name: str, value: object) -> bool:
    if value is None:
        return False
    if name == "pre_context":
        return not isinstance(value, list)
    return whole_number(value) is None if name == "lineno" else not isinstance(value, str)


def _function(sent: dict[str, Any]) -> str:
    for name in ("function", "raw_function", "symbol"):
        if (text := line(sent.get(name), LONGEST_NAME)) and text != "?":
            return text
    if sent.get("function") == "?":
        return "anonymous"
    return line(sent.get("instruction_addr"), 40) or "unknown function"


def _shortened(path: str, limit: int = 80) -> str:
    """The middle of a long path left out; the whole one is in `full_path`."""
    if len(path) <= limit:
        return path
    return f"{path[: limit // 3]}…{path[-(limit - limit // 3 - 1) :]}"


# What separates the version of a Ruby gem from its name.
_VERSION = re.compile(r"(?<=.)-(?=\d)")
_INSTALLED = ("/site-packages/", "/dist-packages/")


def _package(sent: dict[str, Any], path: str, module: str) -> str:
    """The library a frame belongs to, as people call it."""
    path = path.replace("\\", "/")
    if (at := max(path.rfind(name) for name in _INSTALLED)) >= 0 and (found := path[at + 15 :].split("/")[0]):
        return found.removesuffix(".py")
    before, _, after = path.rpartition("node_modules/")
    if before.endswith("/") or path.startswith("node_modules/"):
        parts = after.split("/", 2)
        if found := "/".join(parts[:2]) if after.startswith("@") and all(parts[:2]) else parts[0]:
            return found
    _, gems, after = path.rpartition("/gems/")
    name, slash, _ = after.partition("/")
    if gems and name and slash:
        return _VERSION.split(name, maxsplit=1)[0] or name
    if path.startswith("node:"):
        return "node"
    if image := string(sent.get("package"), LONGEST_PATH):
        return image.replace("\\", "/").rsplit("/", 1)[-1]
    return module.split(".")[0]
