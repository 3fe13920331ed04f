"""Further languages: functional ones, scripts, shells and queries."""

from __future__ import annotations

from issues.render.code.rules import (
    CHARACTER,
    DECORATOR,
    DIRECTIVE,
    DOUBLE,
    HASH,
    NUMBER,
    PATTERN,
    PLAIN_WORD,
    SINGLE,
    SLASHES,
    STARS,
    TEMPLATE,
    WORD,
    between,
    doubled,
    heredoc,
    language,
    quoted,
    raw,
    to_line_end,
    tripled,
)

_ASKING_WORD = (WORD, r"[^\W\d]\w*[?!]?")
_PRIMED_WORD = (WORD, r"[^\W\d][\w']*")
_IN_HASH_BRACES = r"#\{[^{}\n]*\}"

FSHARP = language(
    (
        DIRECTIVE, SLASHES, between(r"\(\*(?!\))", r"\*\)"), tripled('"'), doubled('"', prefix="@"),
        quoted('"', prefix=r"\$?"), CHARACTER, ("", r"'\w+"), _PRIMED_WORD, NUMBER,
    ),
    keywords="abstract and as assert base begin class default delegate do done downcast downto elif else end exception extern "
    "finally fixed for fun function global if in inherit inline interface internal lazy match mutable namespace new of open "
    "or override private public rec return select static struct then to try upcast use val void when while with yield",
    constants="true false null", definers="let member module type",
)  # fmt: skip
VISUAL_BASIC = language(
    (to_line_end("'"), DIRECTIVE, doubled('"', prefix=r"\$?"), PLAIN_WORD, NUMBER),
    keywords="addhandler addressof and andalso as async await byref byval call case catch const continue dim do each else "
    "elseif end exit finally for friend get gettype global goto handles if implements imports in inherits is isnot iterator "
    "let lib like loop me mod mustinherit mustoverride mybase namespace new next not of on operator option optional or orelse "
    "overloads overridable overrides paramarray partial private protected public raiseevent readonly redim rem return select "
    "set shadows shared static step stop synclock then throw to try typeof until using wend when while with withevents "
    "writeonly xor yield boolean byte char date decimal double integer long object short single string",
    constants="true false nothing", definers="sub function class structure module enum interface property event",
    ignore_case=True,
)  # fmt: skip
ELIXIR = language(
    (
        HASH, tripled('"', kind=TEMPLATE), quoted('"', lines=True, kind=TEMPLATE), quoted("'"),
        ("s", r"~[a-zA-Z](?:/[^/\n]*/?|\"[^\"\n]*\"?|\([^)\n]*\)?|\{[^}\n]*\}?|\[[^\]\n]*\]?)"),
        ("s", r"(?<![:\w]):[^\W\d][\w@]*[?!]?"), DECORATOR, _ASKING_WORD, NUMBER,
    ),
    inner=_IN_HASH_BRACES,
    keywords="after alias and case catch cond do else end fn for if import in not or quote raise receive require rescue "
    "reraise super throw try unless unquote use when with",
    constants="nil true false", definers="def defp defmodule defmacro defmacrop defstruct defprotocol defimpl defguard",
)  # fmt: skip
ERLANG = language(
    (
        to_line_end("%"), quoted('"', lines=True), SINGLE, ("s", r"\$(?:\\.|[^\\\n])"), ("k", r"^-\w+"), ("", r"\?\w+"),
        PLAIN_WORD, NUMBER,
    ),
    keywords="after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let maybe not of or orelse "
    "receive rem try when xor",
    constants="true false undefined ok error",
)  # fmt: skip
HASKELL = language(
    (between(r"\{-", "-\\}"), to_line_end("--+(?![!#$%&*+./<=>?@^|~])"), DOUBLE, CHARACTER, _PRIMED_WORD, NUMBER),
    keywords="case default deriving do else family foreign forall if import in infix infixl infixr instance let mdo of proc "
    "qualified rec then where as hiding",
    constants="True False Nothing", definers="data newtype type class module",
)  # fmt: skip
CLOJURE = language(
    (
        to_line_end(";"), quoted('"', prefix="#?", lines=True), ("s", r"\\(?:\w+|[^\s\w])"), ("s", r"::?[^\W\d][\w./*+!?<>=-]*"),
        (WORD, r"[^\W\d][\w./*+!?<>=-]*"), NUMBER,
    ),
    keywords="and as-> case catch cond cond-> condp do doseq dotimes finally fn for if if-let if-not import in-ns let letfn "
    "loop new not or quote recur require refer throw try use var when when-let when-not while with-open -> ->>",
    constants="true false nil",
    names="apply assoc atom concat conj count deref dissoc empty? filter first get get-in hash-map keys map merge name nil? "
    "partial println reduce remove reset! rest seq str swap! update vals vec",
    definers="def defn defn- defmacro defmethod defmulti defonce defprotocol defrecord deftype ns",
)  # fmt: skip
LUA = language(
    (
        between(r"--\[\[", r"\]\]"), to_line_end("--"), raw(r"\[\[", r"\]\]"), raw(r"\[=\[", r"\]=\]"), DOUBLE, SINGLE,
        PLAIN_WORD, NUMBER,
    ),
    keywords="and break do else elseif end for goto if in local not or repeat return then until while",
    constants="true false nil",
    names="assert error getmetatable ipairs next pairs pcall print rawget rawset require select self setmetatable string "
    "table tonumber tostring type unpack xpcall math io os",
    definers="function",
)  # fmt: skip
NIM = language(
    (between(r"#\[", r"\]#"), HASH, tripled('"'), doubled('"', prefix="[rR]"), DOUBLE, CHARACTER, PLAIN_WORD, NUMBER),
    keywords="addr and as asm bind block break case cast concept const continue converter defer discard distinct div do elif "
    "else end enum except export finally for from if import in include interface is isnot let mixin mod nil not notin object "
    "of or out ptr raise ref return shl shr static try tuple using var when while xor yield int float string bool char seq",
    constants="true false", names="echo result len", definers="proc func method iterator template macro type",
)  # fmt: skip
PERL = language(
    (
        between(r"^=(?:pod|head|over|item|begin|for|cut)\b", r"^=cut\b"), ("", r"[$@%&]+#?\w*|->\w*"), HASH, PATTERN,
        quoted('"', lines=True), quoted("'", lines=True), quoted("`"),
        ("s", r"\b(?:s|tr|y)/[^/\\\n]*(?:\\[^\n]?[^/\\\n]*)*(?:/[^/\\\n]*(?:\\[^\n]?[^/\\\n]*)*)?/?[a-z]*"),
        ("s", r"\b(?:q[qwr]?|m)(?:\([^)]*\)?|\{[^}]*\}?|\[[^\]]*\]?|/[^/\n]*/?)"), PLAIN_WORD, NUMBER,
    ),
    keywords="and cmp continue do else elsif eq eval for foreach ge gt if last le local lt my ne next no not or our print "
    "redo require return say shift state unless until use while x xor BEGIN END",
    names="bless chomp close defined delete die each exists grep join keys length map open pop push ref reverse scalar sort "
    "splice split sprintf printf substr unshift values wantarray warn",
    definers="sub package",
)  # fmt: skip
BASH = language(
    (
        ("c", r"(?<![^\s;(])#[^\n]*"), ("", r"\\[^\n]"), heredoc("(?<!<)<<-?(?!<)"), quoted("'", prefix=r"\$", lines=True),
        quoted('"', lines=True), raw("'", "'"), ("", r"\$\{[^}\n]*\}?|\$\w*"),
        (WORD, r"[^\W\d][\w-]*"), NUMBER,
    ),
    keywords="case do done elif else esac fi for if in return select then until while time",
    names="alias bg cd command declare echo eval exec exit export fg getopts hash jobs kill let local printf pwd read readonly "
    "set shift source test trap type ulimit umask unset wait true false",
    definers="function",
)  # fmt: skip
POWERSHELL = language(
    (
        between("<#", "#>"), HASH, between(r'@"', r'^"@', "s"), between("@'", "^'@", "s"), ("s", r'"[^"`]*(?:`(?s:.)?[^"`]*)*"?'),
        doubled("'"), ("", r"\$\w*"), ("k", r"(?<=\s)-\w+"), (WORD, r"[^\W\d][\w-]*"), NUMBER,
    ),
    keywords="begin break catch continue data do dynamicparam else elseif end exit finally for foreach from if in param "
    "process return switch throw trap try until using while",
    names="write-host write-output write-error get-item get-content set-content get-childitem foreach-object where-object "
    "select-object new-object test-path join-path import-module start-process invoke-webrequest invoke-restmethod out-null",
    definers="function filter class enum", ignore_case=True,
)  # fmt: skip
SQL = language(
    (
        to_line_end("--"),
        STARS,
        quoted("'", prefix=r"\b[eE]", lines=True),
        doubled("'"),
        doubled('"', kind=""),
        quoted("`", kind=""),
        PLAIN_WORD,
        NUMBER,
    ),
    keywords="add all alter and any as asc begin between by case cast check column commit constraint create cross current "
    "database default delete desc distinct drop else end except exists fetch for foreign from full grant group having if "
    "ilike in index inner insert intersect into is join key left like limit lock natural not of offset on or order outer over "
    "partition primary recursive references returning revoke right rollback select set table then to transaction trigger "
    "truncate union unique update using values view when where window with bigint boolean char date decimal float integer "
    "int interval json jsonb numeric serial smallint text time timestamp timestamptz uuid varchar",
    constants="true false null",
    names="count sum min max avg coalesce now lower upper length substr substring replace round row_number rank",
    ignore_case=True,
)
