"""One frame of a stack trace: its name, its file, its source and variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from issues.render.stack.source import CodeLine, code_lines
from issues.render.stack.variables import NO_VARIABLES, Variables, variables
from issues.render.tables import Field, Value, fields, is_empty, show
from issues.render.values import line, string, web_address, whole_number

_ADDRESSES = (
    "instruction_addr", "symbol", "symbol_addr", "image_addr", "package", "trust", "addr_mode", "raw_function", "lock", "data",
)  # fmt: skip

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


def frame(sent: object, platform: str, *, bare: bool) -> Frame:
    """One frame as it is shown; a `bare` one without its source and variables, to keep the page small."""
    if not isinstance(sent, dict):
        return Frame(line(sent), "", "", "", None, None, in_app=True, package="", stray=show(sent))
    full = string(sent.get("abs_path")) or string(sent.get("filename"))
    path = string(sent.get("filename")) or full.replace("\\", "/").rsplit("/", 1)[-1]
    module = string(sent.get("module"))
    language = string(sent.get("platform")) or platform
    local = sent.get("vars")
    strange = [
        name
        for name in ("function", "filename", "lineno", "pre_context")
        if _is_strange(name, sent.get(name))
    ]
    bare = bare and any(not is_empty(sent.get(name)) for name in _BODY)
    return Frame(
        function=_function(sent),
        path=_shortened(path),
        full_path=full[:2_000],
        module=module,
        line=whole_number(sent.get("lineno")),
        column=whole_number(sent.get("colno")),
        in_app=sent.get("in_app") is not False,
        package=_package(sent, full or path, module),
        link=web_address(full),
        code=() if bare else code_lines(sent, language),
        variables=NO_VARIABLES if bare or is_empty(local) else variables(local, language),
        native=()
        if bare
        else fields({name: sent[name] for name in _ADDRESSES if not is_empty(sent.get(name))}),
        stray=show({name: sent[name] for name in strange}) if strange else None,
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
        if (text := line(sent.get(name), 240)) and text != "?":
            return text
    if sent.get("function") == "?":
        return "anonymous"
    return line(sent.get("instruction_addr"), 40) or "unknown function"


def _shortened(path: str, limit: int = 80) -> str:
    """The middle of a long path left out; the whole one is in `full_path`."""
    if len(path) <= limit:
        return path
    return f"{path[: limit // 3]}…{path[-(limit - limit // 3 - 1) :]}"


def _package(sent: dict[str, Any], path: str, module: str) -> str:
    """The library a frame belongs to, as people call it."""
    path = path.replace("\\", "/")
    if found := re.search(r".*/(?:site|dist)-packages/([^/]+)", path):
        return found[1].removesuffix(".py")
    if found := re.search(r".*node_modules/(@[^/]+/[^/]+|[^/]+)", path):
        return found[1]
    if found := re.search(r".*/gems/([^/]+?)(?:-\d[^/]*)?/", path):
        return found[1]
    if path.startswith("node:"):
        return "node"
    if image := string(sent.get("package")):
        return image.replace("\\", "/").rsplit("/", 1)[-1]
    return module.split(".")[0]
