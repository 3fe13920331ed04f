"""The languages by name."""

from __future__ import annotations

from issues.render.code import common_languages as common
from issues.render.code import other_languages as other
from issues.render.code.rules import Language

LANGUAGES: dict[str, Language] = {
    "python": common.PYTHON, "cython": common.CYTHON, "javascript": common.JAVASCRIPT, "jsx": common.JSX,
    "typescript": common.TYPESCRIPT, "tsx": common.TSX, "ruby": common.RUBY, "erb": common.ERB, "html": common.HTML,
    "php": common.PHP, "c": common.C, "cpp": common.CPP, "objective-c": common.OBJECTIVE_C,
    "objective-c++": common.OBJECTIVE_CPP, "java": common.JAVA, "groovy": common.GROOVY, "kotlin": common.KOTLIN,
    "scala": common.SCALA, "csharp": common.CSHARP, "dart": common.DART, "go": common.GO, "rust": common.RUST,
    "swift": common.SWIFT, "zig": common.ZIG, "fsharp": other.FSHARP, "vbnet": other.VISUAL_BASIC, "elixir": other.ELIXIR,
    "erlang": other.ERLANG, "haskell": other.HASKELL, "clojure": other.CLOJURE, "lua": other.LUA, "nim": other.NIM,
    "perl": other.PERL, "bash": other.BASH, "powershell": other.POWERSHELL, "sql": other.SQL,
}  # fmt: skip
