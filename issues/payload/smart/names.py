"""Names of functions, files and types that stay the same from build to build and from run to run. Pure.

Compilers and languages make names: `lambda$total$3`, `<Total>d__5.MoveNext`, `closure #1 in Cart.total()`, `main.func2`.
They are led back to the function that was written. A name that a minifier made (`t`, `_0x3fa2`) is no name at all.
"""

from __future__ import annotations

import re
from typing import Any

from issues.payload.access import text
from issues.payload.frames.in_app import family
from issues.payload.frames.name import ANONYMOUS, NAMELESS

#: In characters, of a name that comes in and of one that comes out.
_LONGEST, LONGEST_RESULT = 500, 200
# Of the end of a path, in characters, that is searched for the marks of a bundle.
_LONGEST_END = 200

# What compilers write around the name of the function that was written, whatever the platform.
_ENDS = re.compile(
    r"::h[0-9a-f]{16}$| \[(?:clone|as|inlined)\b[^\]]*\]| \(index \d+\)$"
    r"|\.(?:isra|constprop|part|cold|llvm|lto_priv|resume|destroy)\b.*|_block_invoke.*|\$\$.*|`\d+"
)
_STARTS = re.compile(
    r"(?:async|new|static|get|set|bound|partial apply for|specialized|@objc|@nonobjc|thunk for|implicit closure #\d+ in"
    r"|closure #\d+ in|(?:block|rescue|ensure)(?: \(\d+ levels?\))? in|anonymous fn/\d+ in|__\d+(?=[-+]\[))\s*(?=[\w\[<$@{(:-])"
)
_CLOSURES = re.compile(
    r"::\{\{?closure(?:#\d+)?\}\}?|::\{lambda[^}]*\}|::\$_\d+|::'lambda\d*'.*|\.func\d+(?:[.-]\w*\d+)*|\.gowrap\d+"
    r"|\.<anonymous closure>|\.<fn>|\.<locals>|/<|-fun-\d+-|(?<=\w)\[\.\.\.\]|\[go\.shape[^\]]*\]"
)
# PHP names a closure by its function and line since 8.4; an anonymous class by its file.
_PHP_CLOSURE = re.compile(r"\{closure(?::([^{}]*?)(?:\(\))?(?::\d+)?)?\}")
_PHP_CLASS = re.compile(r"(class@anonymous)(?:(?!::).)*+", re.DOTALL)
_JAVA_LAMBDA = re.compile(r"lambda\$(\w+?)\$\d+$|lambda\$\d+$|access\$\d+$")
_DOTNET = re.compile(r".*<([A-Za-z_]\w*)>[a-z]__[\w|]*(?:[./+]MoveNext)?.*|.*<([A-Za-z_]\w*)>[a-z]$")
_ARGUMENTS = re.compile(r"(?<=[\w>~=\]])\(.*")
_TEMPLATE = re.compile(r"(?<=\w)<[^<>]*>")
_RUST_TRAIT = re.compile(r"^<(.+?) as .+?>(?=::)")
# Not tried again inside of a run of marks.
_SERIAL = re.compile(r"(?<![$@#])[$@#]++\d+|(?<!_)_*+\d{3,}|0x[0-9a-fA-F]+")
_HEX_NAME = re.compile(r"_0x[0-9a-f]+|0x[0-9a-fA-F]+|\$?\d+|<?redacted>?", re.IGNORECASE)
# Helpers that compilers of JavaScript put around functions; comprehensions are functions in some Pythons only.
_WRAPPERS = {
    "python": frozenset({"<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"}),
    "javascript": frozenset({
        "asyncGeneratorStep", "_asyncToGenerator", "_next", "_throw", "tryCatch", "__awaiter", "__generator", "fulfilled",
        "rejected", "adopt", "step", "generatorResume", "sentryWrapped",
    }),
}  # fmt: skip
_CALLEE = re.compile(r"_?callee\d*\$?|_callee\$\d*")
#: Functions that throw for others: which of their callers did it is what matters.
_THROWER = re.compile(
    r"(?:.*[.:#>\\])?_*(?:assert|require|required|ensure|invariant|must|fail|throw|raise|panic|unwrap|expect|abort|die|bail"
    r"|guard|precondition|error|handle_?[eE]rror|on_?[eE]rror|fatal|todo|unreachable|Assert|Require|Ensure|Fail|Throw|Raise"
    r"|Panic|Must|Expect|Abort|Guard)(?:$|[_A-Z!?])"
)

# Files that a bundler or a minifier made: their names have a hash or say so.
_BUNDLE = re.compile(
    r"[.-](?:min|bundle|chunk|prod|umd)\b|\b(?:chunk|vendors?|bundle|main|app|index|runtime|polyfills|framework|commons?)[.~_-]"
    r"[\w~-]*\d[\w~-]*\.[cm]?js|[.~_-](?=[a-f\d]*\d)[a-f\d]{6,}\b|[.~_-](?=\w*\d)(?=\w*[A-Z])\w{8,}\.[cm]?js|^\d+\.\w+\.js"
    r"|/_next/static/|/_nuxt/|/assets/[\w-]+-[\w-]{8}\.js"
)
_QUERY = re.compile(r"[?#].*", re.DOTALL)
# Names that half of all files have: the folder tells them apart.
_COMMON_FILES = frozenset(
    [
        "index",
        "main",
        "app",
        "server",
        "handler",
        "handlers",
        "views",
        "models",
        "utils",
        "util",
        "helpers",
        "__init__",
        "__main__",
        "lib",
        "route",
        "routes",
        "page",
        "mod",
        "component",
        "service",
        "controller",
    ]
)
# Platforms whose types may have names that a minifier made.
_MINIFIED = frozenset({"javascript", "node", "java", "android", "dart", "flutter"})
# JavaScript has short names that people write.
_SHORT = frozenset(
    [
        "get",
        "set",
        "add",
        "map",
        "run",
        "now",
        "put",
        "has",
        "all",
        "any",
        "new",
        "log",
        "end",
        "pop",
        "use",
        "api",
        "cb",
        "db",
        "fn",
        "go",
        "on",
        "id",
        "is",
        "do",
    ]
)
_MOST_IN_BUNDLE = 3
#: People write no longer lines.
MINIFIED_COLUMN = 500


def function_of(frame: dict[str, Any], platform: str) -> str:
    """The name of the frame's function with its module or file; empty where a minifier made it or there is none.

    `cart.total` of Python, Ruby and JavaScript, else what the platform writes. `<anonymous>` stands for a function without
    a name in a file that has one.
    """
    kind = family(frame, platform)
    function, module = _text(frame, "function"), _text(frame, "module").removeprefix("Elixir.")
    if function == "":
        function = _text(frame, "raw_function")
    if kind in ("javascript", "node"):
        return _of_javascript(frame, function, module)
    name = _function(function, kind)
    if name in _WRAPPERS.get(kind, ()) or _HEX_NAME.fullmatch(name):
        return ""
    if kind == "dotnet" and name == "MoveNext" and (made := _DOTNET.match(module)):
        name, module = made[1] or made[2], module.partition("+")[0]
    if kind in ("java", "dotnet", "") and (
        module := _without_serial(module.partition("$$")[0].partition("+<")[0])
    ):
        if kind == "java" and _is_minified_class(module):
            return "" if len(name) < _MOST_IN_BUNDLE else name[:LONGEST_RESULT]
        return _joined(module, name, ".")
    if kind in ("python", "ruby", "perl") and (not module or module == "__main__"):
        module = _file(frame)
        name = name or (ANONYMOUS if module else "")
        return _joined(module, name, ".")
    if not name and not module:
        return _joined(file, ANONYMOUS, ".") if (file := _file(frame)) else ""
    return _joined(_without_serial(module), name, ".")


def type_of(name: str, platform: str) -> str:
    """The type of an exception without what compilers append; empty where a minifier made it."""
    short = _PHP_CLASS.sub(r"\1", name).partition("$$")[0]
    short = _SERIAL.sub("", short) if "$" in short or "0x" in short else short
    if _HEX_NAME.fullmatch(short) or (
        platform in _MINIFIED and len(short.rpartition(".")[2].strip("_$")) < _MOST_IN_BUNDLE
    ):
        return ""
    return short.strip()


def throws_for_others(name: str) -> bool:
    """Whether a function of this name only throws what its caller found: `assert_valid`, `Preconditions.require`."""
    last = name.rpartition(".")[2].rpartition("::")[2]
    return _THROWER.match(last) is not None or name.endswith(ANONYMOUS)


def _text(frame: dict[str, Any], member: str) -> str:
    found = frame.get(member)
    found = found if isinstance(found, str) else "" if isinstance(found, list | dict) else text(found)
    found = found[:_LONGEST].strip()
    return "" if found in NAMELESS else found


def _function(function: str, kind: str) -> str:
    """The function as it was written, for all platforms but JavaScript."""
    name = _STARTS.sub("", function) if " " in function or function.startswith("__") else function
    name = _ENDS.sub("", name) if kind == "php" else _CLOSURES.sub("", _ENDS.sub("", name))
    if "{closure" in name and (closure := _PHP_CLOSURE.search(name)):
        name = closure[1] or _PHP_CLOSURE.sub("{closure}", name)
    if "class@anonymous" in name:
        name = _PHP_CLASS.sub(r"\1", name)
    if kind in ("java", "") and "$" in name:
        name = _JAVA_LAMBDA.sub(lambda found: found[1] or "", name)
    if kind in ("dotnet", "") and "<" in name and (made := _DOTNET.match(name)):
        name = made[1] or made[2]
    if "(" in name:
        name = _ARGUMENTS.sub("", name)
    if "<" in name and kind not in ("python", "php"):
        name = _RUST_TRAIT.sub(r"\1", name)
        for _ in range(3):
            name = _TEMPLATE.sub("", name)
    if kind == "python":
        name = name.rpartition(".")[2]
    elif kind == "ruby":
        name = re.split(r"[#.]", name)[-1]
    return _without_serial(name.strip())


def _of_javascript(frame: dict[str, Any], function: str, module: str) -> str:
    name = _ENDS.sub("", _STARTS.sub("", function)) if " " in function else function
    name = _CLOSURES.sub("", name).strip()
    name = name.rpartition(".")[2].rpartition("/")[2]
    name = (
        ""
        if name in NAMELESS or name in _WRAPPERS["javascript"] or _CALLEE.fullmatch(name)
        else _without_serial(name)
    )
    path = _text(frame, "abs_path") or _text(frame, "filename")
    if _HEX_NAME.fullmatch(name) or name.startswith("_0x"):
        return ""
    if _is_bundle(frame, path):
        return name[:LONGEST_RESULT] if len(name.strip("_$")) > _MOST_IN_BUNDLE else ""
    if name and len(name) < _MOST_IN_BUNDLE and name not in _SHORT:
        return ""
    where = _file(frame) or module
    if not where:
        return name[:LONGEST_RESULT]
    return _joined(where, name or ANONYMOUS, ".")


def _is_bundle(frame: dict[str, Any], path: str) -> bool:
    """Whether the frame is in code that a bundler or a minifier made, so that its short names mean nothing."""
    if _BUNDLE.search(_QUERY.sub("", path)[-_LONGEST_END:]):
        return True
    column = frame.get("colno")
    return isinstance(column, int) and column > MINIFIED_COLUMN


def _is_minified_class(module: str) -> bool:
    """`a.b.c`, as ProGuard and R8 write."""
    return len(module.rpartition(".")[2]) < _MOST_IN_BUNDLE and module.islower()


def _file(frame: dict[str, Any]) -> str:
    """The name of the frame's file without its folders and ending; with one folder where many files have that name."""
    path = _text(frame, "filename") or _text(frame, "abs_path")
    if not path or path.startswith("<"):
        return ""
    parts = [
        part for part in _QUERY.sub("", path).replace("\\", "/").split("/") if part not in ("", ".", "..")
    ]
    if not parts:
        return ""
    stem = parts[-1].partition(".")[0] or parts[-1]
    if stem in _COMMON_FILES and len(parts) > 1 and ":" not in parts[-2] and not _RELEASE.search(parts[-2]):
        stem = f"{parts[-2]}/{stem}"
    return _without_serial(stem)


# Folders of deployments: `releases/20261127` and hashes.
_RELEASE = re.compile(r"\d{4,}|[0-9a-f]{7,}")


def _without_serial(name: str) -> str:
    return _SERIAL.sub("", name) if "0" in name or not name.isalpha() else name


def _joined(module: str, name: str, joint: str) -> str:
    """Module and function in one; the module is not repeated where the function begins with it."""
    if not name:
        return module[:LONGEST_RESULT]
    if not module or name.startswith(
        (f"{module}.", f"{module}::", f"{module}->", f"{module}#", f"{module}\\")
    ):
        return name[:LONGEST_RESULT]
    return f"{module[:LONGEST_RESULT]}{joint}{name}"[-LONGEST_RESULT:]
