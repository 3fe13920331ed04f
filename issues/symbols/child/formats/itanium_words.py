"""The words that names of C++ are made of, and how they are put together. Source: Itanium C++ ABI, section 5.1."""

from __future__ import annotations

OPERATORS = {
    "nw": " new", "na": " new[]", "dl": " delete", "da": " delete[]", "aw": " co_await", "ps": "+", "ng": "-", "ad": "&", "de": "*",
    "co": "~", "pl": "+", "mi": "-", "ml": "*", "dv": "/", "rm": "%", "an": "&", "or": "|", "eo": "^", "aS": "=", "pL": "+=",
    "mI": "-=", "mL": "*=", "dV": "/=", "rM": "%=", "aN": "&=", "oR": "|=", "eO": "^=", "ls": "<<", "rs": ">>", "lS": "<<=",
    "rS": ">>=", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "ss": "<=>", "nt": "!", "aa": "&&",
    "oo": "||", "pp": "++", "mm": "--", "cm": ",", "pm": "->*", "pt": "->", "cl": "()", "ix": "[]", "qu": "?",
}  # fmt: skip
BUILTIN = {
    "v": "void", "w": "wchar_t", "b": "bool", "c": "char", "a": "signed char", "h": "unsigned char", "s": "short",
    "t": "unsigned short", "i": "int", "j": "unsigned int", "l": "long", "m": "unsigned long", "x": "long long",
    "y": "unsigned long long", "n": "__int128", "o": "unsigned __int128", "f": "float", "d": "double", "e": "long double",
    "g": "__float128", "z": "...",
}  # fmt: skip
BUILTIN_D = {
    "n": "decltype(nullptr)", "i": "char32_t", "s": "char16_t", "u": "char8_t", "a": "auto", "c": "decltype(auto)", "f": "decimal32",
    "d": "decimal64", "e": "decimal128", "h": "_Float16",
}  # fmt: skip
STANDARD = {
    "a": "std::allocator", "b": "std::basic_string", "s": "std::string", "i": "std::istream", "o": "std::ostream",
    "d": "std::iostream",
}  # fmt: skip
SUFFIXES = {"i": "", "j": "u", "l": "l", "m": "ul", "x": "ll", "y": "ull"}
QUALIFIERS = {"r": " restrict", "V": " volatile", "K": " const"}

# What is before and what is after a name of the type: `void (*` and `)(int)`.
Type = tuple[str, str]


def whole(one: Type) -> str:
    """A type without a name."""
    left, right = one
    if left.endswith(("(*", "(&", "(&&")) or not right:
        return left + right
    return f"{left} {right}" if right.startswith(("(", "[")) else left + right


def last_name(name: str) -> str:
    """The last name in one, without the arguments of templates: what its constructor is called."""
    depth = 0
    end = len(name)
    for at in range(len(name) - 1, -1, -1):
        one = name[at]
        if one == ">":
            depth += 1
        elif one == "<":
            depth -= 1
            end = at if not depth else end
        elif one == ":" and not depth:
            return _base(name[at + 1 : end])
    return _base(name[:end])


def _base(name: str) -> str:
    return name.partition("[abi:")[0]
