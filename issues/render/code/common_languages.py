"""The languages of frames, each under the names of its file extensions and of the platforms that mostly use it.

They mark what helps to read a few lines: comments, strings, numbers, keywords, and the names that are defined or known.
"""

from __future__ import annotations

from issues.render.code.rules import (
    CHARACTER,
    DECORATOR,
    DIRECTIVE,
    DOUBLE,
    HASH,
    MEMBER,
    NUMBER,
    PATTERN,
    PLAIN_WORD,
    SINGLE,
    SLASHES,
    STARS,
    TEMPLATE,
    WORD,
    Words,
    between,
    doubled,
    heredoc,
    language,
    quoted,
    raw,
    to_line_end,
    tripled,
)

_IN_BRACES = r"(?<!\{)\{[^{}\n]*\}"
_IN_DOLLAR_BRACES = r"\$\{[^{}\n]*\}"
_IN_HASH_BRACES = r"#\{[^{}\n]*\}"
_DOLLAR_WORD = (WORD, r"[^\W\d]\w*(?:\$\w*)*|\$[\w$]*")
_SYMBOL = ("s", r"(?<![:\w]):[^\W\d]\w*[?!]?")

_PYTHON_WORDS: Words = {
    "keywords": "and as assert async await break continue del elif else except finally for from global if import in is "
    "lambda nonlocal not or pass raise return try while with yield",
    "constants": "None True False NotImplemented Ellipsis",
    "names": "self cls abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile "
    "complex delattr dict dir divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash hex id "
    "input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow print "
    "property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip "
    "__init__ __call__ __enter__ __exit__ __getattr__ __getitem__ __iter__ __next__ __new__ __repr__ __str__ __import__",
    "definers": "def class",
}
_F, _P = "(?:[fF][rR]?|[rR][fF])", "[rRbBuU]{0,2}"
_PYTHON_RULES = (
    HASH,
    *(tripled(quote, prefix=_F, kind=TEMPLATE) for quote in "\"'"),
    *(tripled(quote, prefix=_P) for quote in "\"'"),
    *(quoted(quote, prefix=_F, kind=TEMPLATE) for quote in "\"'"),
    *(quoted(quote, prefix=_P) for quote in "\"'"),
    DECORATOR,
    MEMBER,
    PLAIN_WORD,
    NUMBER,
)
PYTHON = language(_PYTHON_RULES, inner=_IN_BRACES, **_PYTHON_WORDS)
_CYTHON_WORDS: Words = {
    **_PYTHON_WORDS,
    "keywords": _PYTHON_WORDS["keywords"] + " cimport nogil gil",
    "definers": "def class cdef cpdef",
}
CYTHON = language(_PYTHON_RULES, inner=_IN_BRACES, **_CYTHON_WORDS)

_JAVASCRIPT_WORDS: Words = {
    "keywords": "async await break case catch continue debugger default delete do else export extends finally for from if "
    "import in instanceof let new of return static super switch this throw try typeof var void while with yield const",
    "constants": "true false null undefined NaN Infinity",
    "names": "Array ArrayBuffer BigInt Boolean DataView Date Error EvalError Function JSON Map Math Number Object Promise "
    "Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError WeakMap WeakSet "
    "decodeURI decodeURIComponent encodeURI encodeURIComponent eval isFinite isNaN parseFloat parseInt document window "
    "globalThis console",
    "definers": "class function",
}
_TYPESCRIPT_WORDS: Words = {
    **_JAVASCRIPT_WORDS,
    "keywords": _JAVASCRIPT_WORDS["keywords"]
    + " abstract as asserts declare get implements infer is keyof module namespace never override private protected "
    "public readonly satisfies set unique any bigint boolean number object string symbol unknown",
    "definers": "class function interface enum type",
}  # fmt: skip
_TAG = ("k", r"(?<![\w)\]])</?[A-Za-z][\w.:-]*")
_JAVASCRIPT_RULES = (
    SLASHES, STARS, to_line_end(r"\A#!"), PATTERN, quoted("`", lines=True, kind=TEMPLATE), DOUBLE, SINGLE, DECORATOR, MEMBER,
    _DOLLAR_WORD, NUMBER,
)  # fmt: skip
# Between tags is text, in which an apostrophe begins no string.
_TEXT = ("", r"(?<![=-]>)(?<=>)[^<>{}=;()\n]+(?=[<{])")
_APOSTROPHE = ("", r"(?<=\w)'")
_JSX_RULES = (_TAG, _TEXT, _APOSTROPHE, *_JAVASCRIPT_RULES)
JAVASCRIPT = language(_JAVASCRIPT_RULES, inner=_IN_DOLLAR_BRACES, **_JAVASCRIPT_WORDS)
JSX = language(_JSX_RULES, inner=_IN_DOLLAR_BRACES, **_JAVASCRIPT_WORDS)
TYPESCRIPT = language(_JAVASCRIPT_RULES, inner=_IN_DOLLAR_BRACES, **_TYPESCRIPT_WORDS)
TSX = language(_JSX_RULES, inner=_IN_DOLLAR_BRACES, **_TYPESCRIPT_WORDS)

_RUBY_RULES = (
    between(r"^=begin\b", r"^=end\b"),
    HASH,
    heredoc("<<[~-]"),
    PATTERN,
    quoted('"', lines=True, kind=TEMPLATE),
    quoted("'", lines=True),
    quoted("`", kind=TEMPLATE),
    ("s", r"%[wWiIqQr]\[[^\]]*\]?|%[wWiIqQr]\([^)]*\)?|%[wWiIqQr]\{[^}]*\}?"),
    _SYMBOL,
    ("", r"[@$]+\w*|\.\w+"),
    (WORD, r"[^\W\d]\w*[?!]?"),
    NUMBER,
)
RUBY = language(
    _RUBY_RULES,
    inner=_IN_HASH_BRACES,
    keywords="BEGIN END alias and begin break case defined? do else elsif end ensure for if in next not or redo rescue "
    "raise retry return super then undef unless until when while yield private protected public include extend require "
    "require_relative attr_reader attr_writer attr_accessor",
    constants="nil true false self __FILE__ __LINE__ __method__",
    names="puts print format sprintf loop lambda proc Array Float Integer String catch throw block_given? freeze p",
    definers="def class module",
)
ERB_CODE = language(
    (to_line_end("<%#"), *_RUBY_RULES), inner=_IN_HASH_BRACES, keywords="do each else elsif end if unless"
)
_IN_TAG = language((("k", r"</?[A-Za-z][\w:-]*|/?>"), quoted('"', lines=True), quoted("'", lines=True)))
_DJANGO = language(
    (("c", r"\{#(?s:.*)"), DOUBLE, SINGLE, PLAIN_WORD, NUMBER),
    keywords="and as block by else elif empty endblock endfor endif endwith extends for from if in include is load not or "
    "url with set macro endmacro call endcall import trans blocktrans endblocktrans csrf_token autoescape endautoescape",
    constants="None True False none true false",
)
_HTML_RULES = (
    between("<!--", "-->"),
    ("script", r"<script\b[^<>]*>(?s:.*?)(?=</script|\Z)"),
    ("tag", r"</?[A-Za-z][^<>\"']*(?:(?:\"[^\"]*\"?|'[^']*'?)[^<>\"']*)*>?"),
)
HTML = language(
    (
        between(r"\{#", r"#\}"),
        between(r"\{%", r"%\}", "django"),
        between(r"\{\{", r"\}\}", "django"),
        *_HTML_RULES,
    ),
    islands={"django": _DJANGO, "script": JSX, "tag": _IN_TAG},
)
ERB = language(
    (between("<%", "%>", "ruby"), *_HTML_RULES), islands={"ruby": ERB_CODE, "script": JSX, "tag": _IN_TAG}
)

PHP = language(
    (
        SLASHES, STARS, ("n", r"#\[[\w\\]*"), HASH, between(r"\?>", r"<\?(?:php|=)?", ""), heredoc("<<<"), quoted('"', lines=True, kind=TEMPLATE),
        quoted("'", lines=True), ("", r"\$+\w*|->\w*|::\w*"), PLAIN_WORD, NUMBER,
    ),
    inner=r"\{\$[^{}\n]*\}|\$\w+",
    keywords="abstract and array as break callable case catch clone const continue declare default die do echo else elseif "
    "empty enddeclare endfor endforeach endif endswitch endwhile eval exit extends final finally fn for foreach from global "
    "goto if implements include include_once instanceof insteadof isset list match namespace new or parent print private "
    "protected public readonly require require_once return self static switch throw try unset use var while xor yield int "
    "float string bool mixed void never iterable",
    constants="true false null TRUE FALSE NULL",
    definers="function class interface trait enum",
)  # fmt: skip

_LIKE_C = (SLASHES, STARS, DOUBLE, CHARACTER, PLAIN_WORD, NUMBER)
_OF_C = (
    "auto break case continue default do else extern for goto if inline register return sizeof static switch typedef "
    "volatile while const restrict void char short int long float double signed unsigned bool size_t ssize_t ptrdiff_t "
    "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t"
)
_OF_CPP = (
    " alignas alignof and asm catch co_await co_return co_yield concept consteval constexpr constinit const_cast decltype "
    "delete dynamic_cast explicit export final friend mutable new noexcept not operator or override private protected "
    "public reinterpret_cast requires static_assert static_cast template this thread_local throw try typeid typename using "
    "virtual wchar_t"
)
_OF_OBJC = " id instancetype nonatomic strong weak copy assign readonly readwrite BOOL SEL IBOutlet IBAction"
_CPP_NUMBER = ("m", r"\d(?:'?\w)*(?:\.\d(?:'?\w)*)?(?:(?<=[eE])[-+]\d+)?")
_IN_C = "true false NULL nullptr YES NO nil self super"
_AT = ("k", r"@(?!\")\w+")
C = language((DIRECTIVE, *_LIKE_C), keywords=_OF_C, constants="true false NULL", definers="struct enum union")
CPP = language(
    (DIRECTIVE, raw(r'R"(?P<end>[^()\\\s]{0,16})\(', r'\)(?P=end)"'), *_LIKE_C[:-1], _CPP_NUMBER),
    keywords=_OF_C + _OF_CPP, constants="true false NULL nullptr", definers="struct enum union class namespace",
)  # fmt: skip
OBJECTIVE_C = language(
    (DIRECTIVE, quoted('"', prefix="@"), _AT, *_LIKE_C),
    keywords=_OF_C + _OF_OBJC, constants=_IN_C, definers="struct enum union",
)  # fmt: skip
OBJECTIVE_CPP = language(
    (DIRECTIVE, quoted('"', prefix="@"), _AT, *_LIKE_C),
    keywords=_OF_C + _OF_CPP + _OF_OBJC, constants=_IN_C, definers="struct enum union class namespace",
)  # fmt: skip
_OF_JAVA = (
    "abstract assert break case catch const continue default do else extends final finally for goto if implements import "
    "instanceof native new package permits private protected public return sealed static strictfp super switch "
    "synchronized this throw throws transient try var volatile while yield boolean byte char double float int long short void"
)
JAVA = language(
    (SLASHES, STARS, tripled('"'), DOUBLE, CHARACTER, ("n", r"@(?!interface)[^\W\d][\w.]*"), MEMBER, _DOLLAR_WORD, NUMBER),
    keywords=_OF_JAVA, constants="true false null", definers="class interface enum record",
)  # fmt: skip
GROOVY = language(
    (
        SLASHES, STARS, tripled('"', kind=TEMPLATE), tripled("'"), quoted('"', kind=TEMPLATE), SINGLE, DECORATOR, MEMBER, _DOLLAR_WORD,
        NUMBER,
    ),
    inner=_IN_DOLLAR_BRACES, keywords=_OF_JAVA + " as in trait", constants="true false null",
    definers="class interface enum def",
)  # fmt: skip
KOTLIN = language(
    (
        SLASHES, STARS, raw('"{3}', '"{3,}', TEMPLATE), quoted('"', kind=TEMPLATE), CHARACTER, DECORATOR, quoted("`", kind=""),
        PLAIN_WORD, NUMBER,
    ),
    inner=_IN_DOLLAR_BRACES + r"|\$[^\W\d]\w*",
    keywords="abstract actual annotation as break by catch companion const constructor continue crossinline data do else "
    "expect external final finally for get if import in infix init inline inner internal is lateinit noinline open operator "
    "out override package private protected public reified return sealed set suspend super tailrec this throw try typealias "
    "vararg when where while",
    constants="true false null", definers="class interface object fun val var enum",
)  # fmt: skip
SCALA = language(
    (
        SLASHES, STARS, raw('[fsr]"{3}', '"{3,}', TEMPLATE), raw('"{3}', '"{3,}'), quoted('"', prefix="[fsr]", kind=TEMPLATE),
        DOUBLE, CHARACTER, DECORATOR, PLAIN_WORD, NUMBER,
    ),
    inner=_IN_DOLLAR_BRACES + r"|\$[^\W\d]\w*",
    keywords="abstract case catch do else export extends extension final finally for forSome given if implicit import inline "
    "lazy match new opaque open override package private protected return sealed super then this throw try using while with "
    "yield",
    constants="true false null", definers="class object trait def type enum val var",
)  # fmt: skip
CSHARP = language(
    (
        DIRECTIVE, SLASHES, STARS, raw(r'\$*"{3}', '"{3,}'), doubled('"', prefix=r"(?:\$@|@\$?)"),
        quoted('"', prefix=r"\$", kind=TEMPLATE), DOUBLE, CHARACTER, PLAIN_WORD, NUMBER,
    ),
    inner=_IN_BRACES,
    keywords="abstract add as async await base break case catch checked const continue default delegate do dynamic else event "
    "explicit extern finally fixed for foreach from get global goto if implicit in init internal is join let lock new not "
    "nameof on operator or orderby out override params partial private protected public readonly ref remove required return "
    "sealed select set sizeof stackalloc static switch this throw try typeof unchecked unsafe using value var virtual "
    "volatile when where while with yield bool byte char decimal double float int long object sbyte short string uint ulong "
    "ushort void nint",
    constants="true false null", definers="class struct interface enum record namespace",
)  # fmt: skip
DART = language(
    (
        SLASHES, STARS, *(tripled(quote, kind=TEMPLATE) for quote in "\"'"), *(quoted(quote, prefix="r") for quote in "\"'"),
        *(quoted(quote, kind=TEMPLATE) for quote in "\"'"), DECORATOR, MEMBER, _DOLLAR_WORD, NUMBER,
    ),
    inner=_IN_DOLLAR_BRACES + r"|\$[^\W\d]\w*",
    keywords="abstract as assert async await base break case catch const continue covariant default deferred do dynamic else "
    "export extends external factory final finally for get if implements import in is late library new on operator part "
    "required rethrow return sealed set show static super switch sync this throw try typedef var void while with yield bool "
    "double int num String",
    constants="true false null", names="print List Map Set Future Stream Iterable Object Duration DateTime",
    definers="class enum mixin extension",
)  # fmt: skip
GO = language(
    (SLASHES, STARS, DOUBLE, raw("`", "`"), CHARACTER, MEMBER, PLAIN_WORD, NUMBER),
    keywords="break case chan const continue default defer else fallthrough for go goto if import interface map package "
    "range return select struct switch var bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 "
    "rune string uint uint8 uint16 uint32 uint64 uintptr any",
    constants="true false nil iota",
    names="append cap clear close complex copy delete imag len make max min new panic print println real recover",
    definers="func type",
)
RUST = language(
    (
        SLASHES, STARS, ("c", r"#!?\[[^\]\n]*\]?"), raw(r'b?r##"', '"##'), raw(r'b?r#"', '"#'), raw(r'b?r"', '"'),
        quoted('"', prefix="b?", lines=True), CHARACTER, ("", r"'\w+"), (WORD, r"[^\W\d]\w*!?(?![=])|[^\W\d]\w*"), NUMBER,
    ),
    keywords="as async await box break const continue crate dyn else extern for if impl in let loop match move mut pub ref "
    "return self Self static super unsafe use where while yield bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 "
    "u64 u128 usize",
    constants="true false",
    names="Some None Ok Err Option Result Vec Box String Rc Arc HashMap println! print! eprintln! format! panic! vec! assert! "
    "assert_eq! todo! unreachable! unimplemented! write! writeln! dbg! matches! drop",
    definers="fn struct enum trait mod type union macro_rules!",
)  # fmt: skip
SWIFT = language(
    (
        SLASHES,
        STARS,
        raw('#"', '"#'),
        tripled('"'),
        DOUBLE,
        ("n", r"@\w+"),
        ("k", r"#\w+"),
        PLAIN_WORD,
        NUMBER,
    ),
    keywords="Any as associatedtype async await break case catch continue convenience default defer deinit do dynamic else "
    "extension fallthrough fileprivate final for get guard if import in indirect infix init inout internal is lazy let mutating "
    "nonisolated open operator optional override precedencegroup private public repeat required rethrows return self Self set "
    "some static subscript super switch throw throws try typealias unowned var weak where while",
    constants="true false nil",
    names="print fatalError precondition assert Array Bool Character Dictionary Double Float Int Optional Set String UInt",
    definers="class struct enum protocol func actor",
)
ZIG = language(
    (SLASHES, to_line_end(r"\\\\", "s"), DOUBLE, CHARACTER, ("n", r"@\w+"), PLAIN_WORD, NUMBER),
    keywords="align allowzero and anyframe anytype asm async await break catch comptime const continue defer else enum "
    "errdefer error export extern for if inline noalias noinline nosuspend opaque or orelse packed pub resume return struct "
    "suspend switch test threadlocal try union unreachable usingnamespace var volatile while bool f16 f32 f64 i8 i16 i32 i64 "
    "isize u8 u16 u32 u64 usize void type anyerror noreturn",
    constants="true false null undefined",
    definers="fn",
)
