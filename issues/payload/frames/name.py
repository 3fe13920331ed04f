"""What a call is named: module and function, joined as its platform writes them. Pure.

SDKs send both in `module` and `function`, or all of it in `function` (docs/protocol.md, "Event payload", stacktrace).
"""

from __future__ import annotations

import re
from typing import Any

from issues.payload.access import text

# Of a module or a function, in characters.
LONGEST = 1_000
#: What SDKs send for a function that has no name.
NAMELESS = frozenset({"?", "<anonymous>", "<unknown>", "(anonymous)", "anonymous"})
_JOINTS = {"php": "->", "ruby": "#", "rust": "::", "native": "::", "perl": "::", "c": "::"}
# The file says the module: `shop/cart.py` is `shop.cart`, so the name is the function alone.
_OF_FILES = frozenset({"python", "javascript", "node", "perl"})
# What a function without a name is, where it is not a function: the code of the file itself.
_TOP_LEVEL = {"php": "main script"}
_TOP_LEVEL_NAMES = frozenset({"{main}", "[main]"})
#: The name of a function without one.
ANONYMOUS = "<anonymous>"
# The hash that Rust's compiler appends to a symbol.
_HASH = re.compile(r"::h[0-9a-f]{16}$")
_ENDING = re.compile(r"\.[A-Za-z]{1,5}$")
_QUERY = re.compile(r"[?#]")
# `block in total` of Ruby: the method is named at the end.
_WITHIN = re.compile(r"((?:block|rescue|ensure)\b(?: \(\d+ levels\))? in )+")


def shown(frame: dict[str, Any], platform: str) -> str:
    """The name of the call for people, as the platform writes it; empty for a frame that names no function.

    The module is left out where the path of the file says it.
    """
    module, function = _parts(frame)
    if not function or function in _TOP_LEVEL_NAMES:
        return _without_function(frame, module, platform)
    if not module or _is_said_by_file(frame, module, platform):
        return function
    return joined(module, function, platform)


def full(frame: dict[str, Any], platform: str) -> str:
    """As `shown`, but always with the module."""
    module, function = _parts(frame)
    return joined(module, function, platform) if module and function else function or module


def joined(module: str, function: str, platform: str) -> str:
    """Module and function as one name; the module is not repeated where the function begins with it."""
    if _begins_with(function, module, platform):
        return function
    if platform == "ruby" and (within := _WITHIN.match(function)):
        return f"{within[0]}{module}#{function[within.end() :]}"
    return f"{module}{_JOINTS.get(platform, '.')}{function}"


def _begins_with(function: str, module: str, platform: str) -> bool:
    if not function.startswith(module):
        # Elixir writes a module of Erlang as an atom: `:lists.map/2` in `lists`.
        return function.startswith(f":{module.removeprefix(':')}.")
    rest = function[len(module) :]
    # Go's SDK always cuts the package off: `main.func1` in the package `main` is a closure in `main.main`.
    if platform == "go" and re.match(r"\.func\d", rest):
        return False
    return rest[:1] in (".", "#", "\\", "/") or rest[:2] in ("::", "->")


def _parts(frame: dict[str, Any]) -> tuple[str, str]:
    module, function = frame.get("module"), ""
    module = module[:LONGEST].removeprefix("Elixir.").strip() if isinstance(module, str) else ""
    for name in ("function", "raw_function", "symbol"):
        value = frame.get(name)
        # An array or object is no name; the page shows it as it was sent.
        if not isinstance(value, list | dict) and (found := " ".join(text(value)[:LONGEST].split())):
            function = found
            break
    if function in NAMELESS:
        function = ANONYMOUS
    elif function.endswith(".?"):
        function = f"{function[:-1]}{ANONYMOUS}"
    elif "::h" in function:
        function = _HASH.sub("", function)
    return module, function


def _without_function(frame: dict[str, Any], module: str, platform: str) -> str:
    file = text(frame.get("filename")) or text(frame.get("abs_path"))
    if file and platform in _TOP_LEVEL:
        return _TOP_LEVEL[platform]
    if file and platform in ("javascript", "node"):
        return ANONYMOUS
    return module


def _is_said_by_file(frame: dict[str, Any], module: str, platform: str) -> bool:
    if platform not in _OF_FILES:
        return False
    if module == "__main__":
        return True
    for name in ("filename", "abs_path"):
        path = frame.get(name)
        if isinstance(path, str) and path:
            path = _ENDING.sub("", _QUERY.split(path[:LONGEST], maxsplit=1)[0])
            dotted = path.replace("\\", ".").replace("/", ".")
            dotted = dotted.removesuffix(".__init__").removesuffix(".index")
            wanted = module.replace(":", ".").replace("/", ".").removesuffix(".index")
            if dotted == wanted or dotted.endswith(f".{wanted}"):
                return True
    return False
