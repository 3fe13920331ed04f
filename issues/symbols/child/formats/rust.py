"""Names of functions as Rust writes them into programs since its second form, which begins with `_R`, without hashes.

Source: RFC 2603, "Rust symbol name mangling v0".
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: In characters, of a name and of what it is read to.
MOST_LENGTH = 4000
_MOST_DEPTH, _MOST_STEPS = 60, 5000
_BASE_62 = re.compile(r"[0-9a-zA-Z]{0,12}_", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}", re.ASCII)
_NAME = re.compile(r"\w+")
_VALUE = re.compile(r"n?[0-9a-f]{0,40}_", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASIC = {
    "a": "i8", "b": "bool", "c": "char", "d": "f64", "e": "str", "f": "f32", "h": "u8", "i": "isize", "j": "usize", "l": "i32",
    "m": "u32", "n": "i128", "o": "u128", "p": "_", "s": "i16", "t": "u16", "u": "()", "v": "...", "x": "i64", "y": "u64",
    "z": "!",
}  # fmt: skip
_SPECIAL = {"C": "closure", "S": "shim"}


class _Unreadable(Exception):
    pass


def readable(name: str) -> str | None:
    """The path that `name` (`_R…`) stands for, such as `till::shop::sum::<i32>`; None where it is another form."""
    start = name.find("R") + 1
    if (
        name[:start] not in ("_R", "__R", "R")
        or len(name) > MOST_LENGTH
        or not name[start : start + 1].isupper()
    ):
        return None
    try:
        return _Reader(name[start:]).path(is_value=True)
    except (_Unreadable, IndexError):
        return None


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = self._steps = 0

    def path(self, *, is_value: bool) -> str:
        """A path from here. In a path of values the arguments of generics have `::` before them."""
        self._deeper()
        one = self._next()
        if one == "C":
            found = self._identifier()
        elif one in ("M", "X"):
            self._disambiguator()
            # Where the block of the implementation is.
            self.path(is_value=False)
            found = self._implementation(has_trait=one == "X")
        elif one == "Y":
            found = self._implementation(has_trait=True)
        elif one == "N":
            space = self._next()
            outer = self.path(is_value=is_value)
            number, name = self._numbered()
            if space.isupper():
                inner = f"{_SPECIAL.get(space, space)}{f':{name}' if name else ''}#{number}"
                found = f"{outer}::{{{inner}}}"
            else:
                found = f"{outer}::{name}" if name else outer
        elif one == "I":
            found = self.path(is_value=is_value)
            found += f"{'::' if is_value else ''}<{', '.join(self._until_end(self._argument))}>"
        elif one == "B":
            found = self._again(lambda: self.path(is_value=is_value))
        else:
            raise _Unreadable
        return self._shallower(found)

    def _implementation(self, *, has_trait: bool) -> str:
        of = self._type()
        return f"<{of} as {self.path(is_value=False)}>" if has_trait else f"<{of}>"

    def _argument(self) -> str:
        if self._taken("L"):
            self._match(_BASE_62)
            return "'_"
        return self._constant() if self._taken("K") else self._type()

    def _type(self) -> str:
        self._deeper()
        one = self._next()
        if one in _BASIC:
            found = _BASIC[one]
        elif one == "A":
            found = f"[{self._type()}; {self._constant()}]"
        elif one == "S":
            found = f"[{self._type()}]"
        elif one == "T":
            parts = self._until_end(self._type)
            found = f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
        elif one in ("R", "Q"):
            if self._taken("L"):
                self._match(_BASE_62)
            found = f"{'&' if one == 'R' else '&mut '}{self._type()}"
        elif one in ("P", "O"):
            found = f"*{'const' if one == 'P' else 'mut'} {self._type()}"
        elif one == "F":
            found = self._function()
        elif one == "D":
            found = self._dynamic()
        elif one == "B":
            found = self._again(self._type)
        else:
            self._at -= 1
            found = self.path(is_value=False)
        return self._shallower(found)

    def _function(self) -> str:
        if self._taken("G"):
            self._match(_BASE_62)
        words = "unsafe " if self._taken("U") else ""
        if self._taken("K"):
            abi = "C" if self._taken("C") else self._plain().replace("_", "-")
            words += f'extern "{abi}" '
        arguments = ", ".join(self._until_end(self._type))
        result = self._type()
        return f"{words}fn({arguments}){'' if result == '()' else f' -> {result}'}"

    def _dynamic(self) -> str:
        if self._taken("G"):
            self._match(_BASE_62)
        traits = self._until_end(self._trait)
        if not self._taken("L"):
            raise _Unreadable
        self._match(_BASE_62)
        return f"dyn {' + '.join(traits)}"

    def _trait(self) -> str:
        found = self.path(is_value=False)
        bound = []
        while self._taken("p"):
            bound.append(f"{self._plain()} = {self._type()}")
        if not bound:
            return found
        own = ", ".join(bound)
        return f"{found[:-1]}, {own}>" if found.endswith(">") else f"{found}<{own}>"

    def _constant(self) -> str:
        self._deeper()
        one = self._next()
        if one == "p":
            found = "_"
        elif one == "B":
            found = self._again(self._constant)
        elif one not in _BASIC:
            raise _Unreadable
        else:
            value = self._match(_VALUE)[:-1]
            sign, digits = ("-", value[1:]) if value.startswith("n") else ("", value)
            number = int(digits or "0", 16)
            if one == "b":
                found = "true" if number else "false"
            elif one == "c":
                found = repr(chr(number)) if number < 0x110000 else "_"
            else:
                found = f"{sign}{number}"
        return self._shallower(found)

    def _identifier(self) -> str:
        return self._numbered()[1]

    def _numbered(self) -> tuple[int, str]:
        number = self._disambiguator()
        return number, self._plain()

    def _disambiguator(self) -> int:
        return self._base_62() + 1 if self._taken("s") else 0

    def _plain(self) -> str:
        is_punycode = self._taken("u")
        length = int(self._match(_NUMBER))
        self._taken("_")
        name = self._text[self._at : self._at + length]
        self._at += length
        if len(name) < length or (name and not _NAME.fullmatch(name)):
            raise _Unreadable
        if is_punycode:
            before, mark, after = name.rpartition("_")
            try:
                return f"{before}{'-' if mark else ''}{after}".encode().decode("punycode")
            except ValueError:
                raise _Unreadable from None
        return name

    def _base_62(self) -> int:
        digits = self._match(_BASE_62)[:-1]
        number = 0
        for digit in digits:
            number = number * 62 + _DIGITS.index(digit)
        return number + 1 if digits else 0

    def _again(self, read: Callable[[], str]) -> str:
        """What was before, at the place that is named here."""
        start = self._at - 1
        place = self._base_62()
        if place >= start:
            raise _Unreadable
        after, self._at = self._at, place
        found = read()
        self._at = after
        return found

    def _until_end(self, read: Callable[[], str]) -> list[str]:
        found: list[str] = []
        while not self._taken("E"):
            found.append(read())
        return found

    def _next(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _taken(self, one: str) -> bool:
        if self._text.startswith(one, self._at):
            self._at += 1
            return True
        return False

    def _match(self, pattern: re.Pattern[str]) -> str:
        if (found := pattern.match(self._text, self._at)) is None:
            raise _Unreadable
        self._at = found.end()
        return found[0]

    def _deeper(self) -> None:
        self._depth += 1
        self._steps += 1
        if self._depth > _MOST_DEPTH or self._steps > _MOST_STEPS:
            raise _Unreadable

    def _shallower(self, found: str) -> str:
        self._depth -= 1
        if len(found) > MOST_LENGTH:
            raise _Unreadable
        return found
