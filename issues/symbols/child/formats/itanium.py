"""Names of functions as compilers of C++ write them into programs, without the types of their arguments.

Source: Itanium C++ ABI, section 5.1. Expressions in templates (`X…E`, `decltype`) are not read.
"""

from __future__ import annotations

import re

from issues.symbols.child.formats.itanium_words import (
    BUILTIN,
    BUILTIN_D,
    OPERATORS,
    QUALIFIERS,
    STANDARD,
    SUFFIXES,
    Type,
    last_name,
    whole,
)

#: In characters, of a name that is made; of what it is made of.
MOST_LENGTH = 4000
_MOST_DEPTH, _MOST_STEPS = 60, 5000
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_LITERAL = re.compile(r"n?[0-9a-f]{1,40}", re.ASCII)
_SEQUENCE = re.compile(r"[0-9A-Z]{0,4}_", re.ASCII)
_NAME = re.compile(r"[\w$.]+")
_OFFSET, _OFFSET_OR_NONE = re.compile(r"n?[0-9]{1,9}_", re.ASCII), re.compile(r"[0-9]{0,4}_", re.ASCII)
_DIGIT, _DIGITS = re.compile(r"[0-9]", re.ASCII), re.compile(r"[0-9]{0,20}", re.ASCII)


class _Unreadable(Exception):
    pass


def readable(name: str) -> str | None:
    """The name that `name` (`_Z…`) stands for, such as `shop::Cart<int>::total`; None where it is another form."""
    start = name.find("Z") + 1
    if name[:start] not in ("_Z", "__Z", "Z") or len(name) > MOST_LENGTH:
        return None
    try:
        # What may follow are the types of arguments, or `.cold` and the like.
        return _Reader(name, start).entity()
    except (_Unreadable, IndexError):
        return None


class _Reader:
    """What is left of a name, from `at`, and what it may refer to by number."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._known: list[Type] = []
        self._arguments: list[Type] = []
        self._depth = self._steps = 0

    def entity(self) -> str:
        """The name of a function or of a variable."""
        if self._taken("Th"):
            self._match(_OFFSET)
            return self._checked(f"non-virtual thunk to {self.entity()}")
        if self._taken("Tv"):
            self._match(_OFFSET)
            self._match(_OFFSET)
            return self._checked(f"virtual thunk to {self.entity()}")
        return self._name()

    def _peek(self, length: int = 1) -> str:
        return self._text[self._at : self._at + length]

    def _taken(self, some: str) -> bool:
        if self._text.startswith(some, self._at):
            self._at += len(some)
            return True
        return False

    def _match(self, pattern: re.Pattern[str]) -> str:
        if (found := pattern.match(self._text, self._at)) is None:
            raise _Unreadable
        self._at = found.end()
        return found[0]

    def _checked(self, text: str) -> str:
        self._steps += 1
        if self._steps > _MOST_STEPS or len(text) > MOST_LENGTH:
            raise _Unreadable
        return text

    # Names

    def _name(self) -> str:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise _Unreadable
        try:
            if self._taken("N"):
                return self._nested()
            if self._taken("Z"):
                return self._local()
            if self._peek() == "S" and self._peek(2) != "St":
                found = whole(self._substitution())
            else:
                found = self._in("std", "") if self._taken("St") else self._in("", "")
                if self._peek() == "I":
                    self._known.append((found, ""))
            return self._with_template(found) if self._peek() == "I" else found
        finally:
            self._depth -= 1

    def _nested(self) -> str:
        while self._peek() in ("r", "V", "K", "R", "O"):
            self._at += 1
        found, last, is_known = "", "", False
        while not self._taken("E"):
            one = self._peek()
            if one == "S" and self._peek(2) == "St":
                self._at += 2
                found, is_known = "std", False
                continue
            if one == "S":
                found, is_known = whole(self._substitution()), False
                last = last_name(found)
                continue
            if one == "T":
                found = whole(self._parameter())
            elif one == "I":
                found = self._with_template(found)
            else:
                found = self._in(found, last)
                last = last_name(found)
            self._known.append((found, ""))
            is_known = True
        if is_known:
            # The whole name is no part of itself; where it is a type, that is added by who reads it.
            self._known.pop()
        if not found:
            raise _Unreadable
        return found

    def _local(self) -> str:
        outer = self.entity()
        while not self._taken("E"):
            self._type()
        if self._taken("s"):
            inner = "string literal"
        else:
            if self._taken("d"):
                self._match(_OFFSET_OR_NONE)
            inner = self._name()
        if self._taken("_") and not self._taken("_"):
            self._match(_DIGIT)
        return self._checked(f"{outer}::{inner}")

    def _in(self, scope: str, last: str) -> str:
        """A name in `scope`, whose own last name is `last`."""
        self._taken("L")
        one, two = self._peek(), self._peek(2)
        if one.isdigit():
            name = self._source_name()
        elif one == "C" and two[1:] in ("1", "2", "3", "4", "5"):
            self._at += 2
            name = last
        elif one == "D" and two[1:] in ("0", "1", "2", "3", "4", "5"):
            self._at += 2
            name = f"~{last}"
        elif two == "Ut":
            self._at += 2
            name = f"{{unnamed type#{self._count()}}}"
        elif two == "Ul":
            self._at += 2
            types = []
            while not self._taken("E"):
                types.append(whole(self._type()))
            types = [] if types == ["void"] else types
            name = f"{{lambda({', '.join(types)})#{self._count()}}}"
        elif two == "cv":
            self._at += 2
            name = f"operator {whole(self._type())}"
        elif two == "li":
            self._at += 2
            name = f'operator"" {self._source_name()}'
        elif two in OPERATORS:
            self._at += 2
            name = f"operator{OPERATORS[two]}"
        else:
            raise _Unreadable
        while self._taken("B"):
            name += f"[abi:{self._source_name()}]"
        return self._checked(f"{scope}::{name}" if scope else name)

    def _count(self) -> int:
        found = self._match(_OFFSET_OR_NONE)
        return int(found[:-1]) + 2 if found != "_" else 1

    def _source_name(self) -> str:
        length = int(self._match(_NUMBER))
        name = self._peek(length)
        if not length or len(name) < length or not _NAME.fullmatch(name):
            raise _Unreadable
        self._at += length
        return "(anonymous namespace)" if name.startswith("_GLOBAL__N") else name

    def _substitution(self) -> Type:
        self._at += 1
        if (one := self._peek()) in STANDARD:
            self._at += 1
            name = STANDARD[one]
            while self._taken("B"):
                name += f"[abi:{self._source_name()}]"
                self._known.append((name, ""))
            return name, ""
        number = self._match(_SEQUENCE)[:-1]
        return self._known[int(number, 36) + 1 if number else 0]

    def _parameter(self) -> Type:
        self._at += 1
        found = self._match(_OFFSET_OR_NONE)
        number = int(found[:-1]) + 1 if found != "_" else 0
        return self._arguments[number] if number < len(self._arguments) else ("auto", "")

    def _with_template(self, name: str) -> str:
        # Not `operator<<int>`.
        space = " " if name.endswith("<") else ""
        return self._checked(f"{name}{space}{self._template()}")

    def _template(self) -> str:
        self._at += 1
        found = [whole(one) for one in self._template_arguments()]
        self._arguments = [(one, "") for one in found]
        # An empty pack is no argument.
        return f"<{', '.join(one for one in found if one)}>"

    def _template_arguments(self) -> list[Type]:
        found: list[Type] = []
        while not self._taken("E"):
            if self._taken("J"):
                pack = [whole(one) for one in self._template_arguments()]
                found.append((self._checked(", ".join(one for one in pack if one)), ""))
            elif self._taken("L"):
                found.append((self._literal(), ""))
            else:
                found.append(self._type())
        return found

    def _literal(self) -> str:
        if self._taken("_Z"):
            found = f"&{self.entity()}"
            while not self._taken("E"):
                self._type()
            return self._checked(found)
        kind = self._peek()
        name = whole(self._type())
        value = "" if self._peek() == "E" else self._match(_LITERAL)
        if not self._taken("E"):
            raise _Unreadable
        value = f"-{value[1:]}" if value.startswith("n") else value
        if kind == "b" and value in ("0", "1"):
            return "true" if value == "1" else "false"
        return f"{value}{SUFFIXES[kind]}" if kind in SUFFIXES else f"({name}){value}"

    # Types

    def _type(self) -> Type:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise _Unreadable
        try:
            left, right = self._type_here()
            self._checked(left + right)
            return left, right
        finally:
            self._depth -= 1

    def _type_here(self) -> Type:
        one, two = self._peek(), self._peek(2)
        if one in BUILTIN:
            self._at += 1
            return BUILTIN[one], ""
        if one == "D" and two[1:] in BUILTIN_D:
            self._at += 2
            return BUILTIN_D[two[1:]], ""
        if one == "S" and two != "St":
            found = self._substitution()
            if self._peek() == "I":
                found = whole(found) + self._template(), ""
                self._known.append(found)
            return found
        if one == "u":
            self._at += 1
            return self._source_name(), ""
        found = self._made()
        self._known.append(found)
        return found

    def _made(self) -> Type:
        """A type that others may refer to by number."""
        one = self._peek()
        if one in QUALIFIERS:
            words = ""
            while (word := self._peek()) in QUALIFIERS:
                words = QUALIFIERS[word] + words
                self._at += 1
            left, right = self._type()
            return left + words, right
        if one in ("P", "R", "O"):
            self._at += 1
            left, right = self._type()
            sign = {"P": "*", "R": "&", "O": "&&"}[one]
            if right.startswith(("(", "[")):
                return f"{left} ({sign}", f"){right}"
            # A reference to a reference is one.
            return (left if one != "P" and left.endswith("&") else left + sign), right
        if self._taken("F"):
            self._taken("Y")
            result, *arguments = self._types()
            some = ", ".join(whole(each) for each in arguments)
            return whole(result), f"({'' if some == 'void' else some})"
        if self._taken("A"):
            size = self._match(_DIGITS)
            if not self._taken("_"):
                raise _Unreadable
            left, right = self._type()
            return left, f"[{size}]{right}"
        if self._taken("M"):
            owner = whole(self._type())
            left, right = self._type()
            return (f"{left} ({owner}::*", f"){right}") if right else (f"{left} {owner}::*", "")
        if self._taken("Dp"):
            return self._type()
        if one == "T":
            found = self._parameter()
            if self._peek() == "I":
                self._known.append(found)
                return whole(found) + self._template(), ""
            return found
        return self._name(), ""

    def _types(self) -> list[Type]:
        found: list[Type] = []
        while not self._taken("E"):
            if self._taken("RE") or self._taken("OE"):
                break
            found.append(self._type())
        if not found:
            raise _Unreadable
        return found
