"""One frame of a stack trace: its name, its file, its source and variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from issues.payload.frames import name as frame_name
from issues.payload.frames.in_app import in_app
from issues.render.room import Room
from issues.render.stack import origin
from issues.render.stack.origin import FrameOrigin
from issues.render.stack.reading import Reading, address
from issues.render.stack.source import CodeLine, code_lines
from issues.render.stack.variables import NO_VARIABLES, Variables, variables
from issues.render.tables import Field, Value, fields, is_empty, show
from issues.render.values import line, string, visible, web_address, whole_number

_ADDRESSES = (
    "instruction_addr", "symbol", "symbol_addr", "image_addr", "package", "trust", "addr_mode", "raw_function", "lock", "data",
)  # fmt: skip

LONGEST_PATH, LONGEST_NAME, LONGEST_PACKAGE = 2_000, 240, 80
_SHORT_PATH = 200
# Of `_ADDRESSES`, what says more than the file and the line do.
_BESIDE_SOURCE = ("lock", "data", "raw_function")
_BODY = ("pre_context", "context_line", "post_context", "vars", *_ADDRESSES)


@dataclass(frozen=True)
class Frame:
    """One call. `function` is its name with the module where that says more than the path; `full_name` always with it.

    `path` is shortened, `full_path` is not; `raised` marks the frame of a trace that says where it was raised.
    `stray` are the members of a type that cannot be used; `bare` says that source and variables were left out; `source_link` is where
    it is in a repository. `origin` is None for a frame that no upload can map.
    """

    function: str
    full_name: str
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
    source_link: str = ""
    origin: FrameOrigin | None = None

    kind = "frame"

    @property
    def hint(self) -> str:
        """What the name and the path leave out: the name with its module, and the whole path."""
        name = self.full_name if self.full_name != self.function else ""
        path = self.full_path if self.full_path != self.path else ""
        return "\n".join(part for part in (name, path) if part)

    @property
    def at(self) -> str:
        """The line and the column behind the path, as in `:12:5`; `line 12` where there is no path."""
        place = ":".join(str(number) for number in (self.line, self.column) if number is not None)
        if not place:
            return ""
        return f":{place}" if self.path else f"line {place}"

    @property
    def has_content(self) -> bool:
        """Whether it was sent, or is mapped, with more than its name and its place."""
        return bool(self.code or self.variables.fields or self.native or self.stray or self.source_link)

    @property
    def has_body(self) -> bool:
        return self.has_content or self.origin is not None


def frame(sent: object, how: Reading, room: Room, *, bare: bool) -> Frame:
    """One frame as it is shown; a `bare` one, and one without `room`, without its source and variables."""
    if not isinstance(sent, dict):
        stray = show(sent, room=room)
        return Frame(line(sent), "", "", "", "", None, None, in_app=True, package="", stray=stray)
    full = string(sent.get("abs_path"), LONGEST_PATH) or string(sent.get("filename"), LONGEST_PATH)
    path = string(sent.get("filename"), LONGEST_PATH) or full.replace("\\", "/").rsplit("/", 1)[-1]
    module = string(sent.get("module"), LONGEST_NAME)
    language = string(sent.get("platform")) or how.platform
    number = whole_number(sent.get("lineno"))
    local = sent.get("vars")
    strange = [
        name
        for name in ("function", "filename", "lineno", "pre_context")
        if _is_strange(name, sent.get(name))
    ]
    if not (has_room := room.code(0)):
        full = full[:_SHORT_PATH]
    room.write(escape(full))
    if known := origin.of(sent) if has_room else None:
        room.write(known.sent + known.file + known.link)
    bare = (bare or not has_room) and any(not is_empty(sent.get(name)) for name in _BODY)
    own = in_app(sent, how.platform, flagged=how.flagged)
    return Frame(
        function=_function(sent, language, how, path),
        full_name=line(frame_name.full(sent, language), LONGEST_NAME),
        path=_shortened(path),
        full_path=full,
        module=module,
        line=number or None,  # lines count from 1: PHP sends 0 for what has no source
        column=whole_number(sent.get("colno")),
        in_app=own,
        package=_package(sent, full or path, module, language)[:LONGEST_PACKAGE],
        link=web_address(full),
        code=() if bare else code_lines(sent, language, room),
        variables=NO_VARIABLES if bare or is_empty(local) else variables(local, language, room),
        native=() if bare else fields(_addresses(sent, path, number), room=room),
        stray=show({name: sent[name] for name in strange}, room=room) if strange else None,
        bare=bare,
        source_link=how.source_link(sent, number or None) if own and how.source_link else "",
        origin=known,
    )


def _is_strange(name: str, value: object) -> bool:
    if value is None:
        return False
    if name == "pre_context":
        return not isinstance(value, list)
    return whole_number(value) is None if name == "lineno" else not isinstance(value, str)


def _addresses(sent: dict[str, Any], path: str, number: int | None) -> dict[str, Any]:
    """The members that tell where a native call is: of use only while its file and line are not known."""
    names = _BESIDE_SOURCE if path and number is not None else _ADDRESSES
    found = {name: sent[name] for name in names if not is_empty(sent.get(name))}
    if found.get("raw_function") == sent.get("function"):
        found.pop("raw_function", None)
    return found


def _function(sent: dict[str, Any], platform: str, how: Reading, path: str) -> str:
    name = line(frame_name.shown(sent, platform), LONGEST_NAME)
    if name and (path or name != frame_name.ANONYMOUS):
        return name
    return ("" if path else _place(sent, how)) or name or "unknown function"


def _place(sent: dict[str, Any], how: Reading) -> str:
    """Where a call is whose name is not known: `libshop.so+0x1f3a`, else its address as it was sent."""
    at = address(sent.get("instruction_addr"))
    image, start = string(sent.get("package"), LONGEST_PATH), address(sent.get("image_addr"))
    if at is not None and (start is None or not image) and how.images and (found := how.images.at(at)):
        image, start = image or visible(found[0]), found[1]
    if at is not None and start is not None and image and at >= start:
        return line(f"{_base(image)}+{at - start:#x}", LONGEST_NAME)
    shown = line(sent.get("instruction_addr"), 40)
    return f"{line(_base(image), 80)} {shown}".strip() if shown else ""


def _base(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _shortened(path: str, limit: int = 80) -> str:
    """The middle of a long path left out; the whole one is in `full_path`."""
    if len(path) <= limit:
        return path
    return f"{path[: limit // 3]}…{path[-(limit - limit // 3 - 1) :]}"


# What separates the version of a Ruby gem from its name.
_VERSION = re.compile(r"(?<=.)-(?=\d)")
_SHORT_NAMES = {
    "java",
    "javax",
    "jdk",
    "sun",
    "kotlin",
    "scala",
    "android",
    "androidx",
    "System",
    "Microsoft",
    "django",
}
_INSTALLED = ("/site-packages/", "/dist-packages/")


def _package(sent: dict[str, Any], path: str, module: str, platform: str) -> str:
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
        # .NET sends the whole name of an assembly: `Shop, Version=1.0.0.0, Culture=neutral, …`.
        return _base(image.partition(", Version=")[0])
    if platform == "go":
        # `github.com/jackc/pgx/v5/pgconn` is of `github.com/jackc/pgx`; the standard library's packages have no host.
        host, *names = module.split("/")
        return "/".join([host, *names[:2]]) if "." in host else module
    parts = module.split(".")
    # `ch.qos.logback.core.Appender` is of `ch.qos.logback`; the platform's own modules have short names.
    return ".".join(parts[:1] if parts[0] in _SHORT_NAMES else parts[: min(3, max(1, len(parts) - 1))])
