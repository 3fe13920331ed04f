"""Tells whether one event is what a condition of the grammar means. Pure.

What a value means in a text is the same as for issues (issues.search.find), but that here one event must have it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence

from issues.payload.user import LONGEST_EMAIL, LONGEST_USERNAME, folded
from issues.payload.words import part, words
from issues.query.syntax import Operator, Term, Value
from issues.search.events.facts import Facts
from issues.search.release_order import is_in_order
from rustrak.lib.text.folding import fold

Test = Callable[[Facts], bool]

# Of the keys that are about a text of an event: the texts.
_TEXTS: dict[str, Callable[[Facts], list[str]]] = {
    "function": lambda facts: facts.functions,
    "file": lambda facts: facts.files,
    "module": lambda facts: facts.modules,
    "url": lambda facts: facts.urls,
    "transaction": lambda facts: facts.transactions,
    "message": lambda facts: facts.messages,
}
_USERS = {
    "user": ("id", "email", "username", "ip_address"),
    "user.id": ("id",),
    "user.email": ("email",),
    "user.username": ("username",),
    "user.ip": ("ip_address",),
}
KEYS = frozenset({"", "type", "has", *_TEXTS, *_USERS})


def reader_of(term: Term) -> Test:
    """What tells whether an event has one of the values of `term`, which is a tag or has one of KEYS. Whether the term is negated is
    for the caller."""
    tests = [_test(term, value) for value in term.values]
    return tests[0] if len(tests) == 1 else lambda facts: any(test(facts) for test in tests)


def _test(term: Term, value: Value) -> Test:
    key = term.key
    if term.is_tag:
        return lambda facts: fits(facts.tags.get(key, ""), value)
    if not key:
        wanted = Words(value)
        return lambda facts: any(map(wanted.are_in, facts.all()))
    if key == "type":
        return lambda facts: any(_is_type(each, value) for each in facts.types)
    if key == "has":
        return _has(value.text)
    if key in _USERS:
        return _is_user(_USERS[key], value)
    # Of a message people know a part.
    read, wanted = _TEXTS[key], Words(value, whole=value.is_quoted and key != "message")
    return lambda facts: any(map(wanted.are_in, read(facts)))


def fits(text: str, value: Value) -> bool:
    """Whether the whole of `text` is the value, which may be a glob. Case matters, and an empty text has no value."""
    if not text:
        return False
    return _in_order(text, value.pieces) if value.is_glob else text == value.text


def fits_release(release: str, value: Value) -> bool:
    """The same for a release, whose version may be compared; False for one that has none."""
    if value.operator is Operator.EQUAL:
        return fits(release, value)
    return is_in_order(release, value)


class Words:
    """The words of a value: they follow each other, and the last one may be a beginning. `whole`: a text has nothing else."""

    def __init__(self, value: Value, *, whole: bool = False) -> None:
        self._line = part(value.text) if whole else ""
        self._is_anything = value.is_glob and not value.text.strip("*")
        self._pieces = [piece for piece in _pieces(value) if piece.strip()]

    def are_in(self, text: str) -> bool:
        """Whether `text` has the words."""
        if self._is_anything:
            return bool(text)
        line = part(text)
        if self._line:
            return line == self._line
        return bool(self._pieces) and _follow(line, self._pieces)


def _pieces(value: Value) -> Iterable[str]:
    """What must follow each other in a line. The last word is a beginning where the value is neither quoted nor a glob."""
    last = len(value.pieces) - 1
    for number, piece in enumerate(value.pieces):
        begins = number == 0 or not _is_of_word(piece[:1])
        ends = (value.is_glob or value.is_quoted) if number == last else not _is_of_word(piece[-1:])
        yield f"{' ' if begins else ''}{' '.join(words(piece))}{' ' if ends else ''}"


def _is_of_word(letter: str) -> bool:
    return bool(letter) and bool(words(letter))


def _follow(line: str, pieces: Sequence[str]) -> bool:
    at = 0
    for piece in pieces:
        if (found := line.find(piece, at)) < 0:
            return False
        # A space may end one piece and begin the next.
        at = found + len(piece) - piece.endswith(" ")
    return True


def _in_order(text: str, pieces: Sequence[str]) -> bool:
    """Whether `text` is the pieces with anything between them."""
    first, *inner, last = pieces
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in inner:
        if (found := text.find(piece, at)) < 0:
            return False
        at = found + len(piece)
    return at <= end


def _is_type(text: str, value: Value) -> bool:
    given = fold(" ".join(text.split()))
    if value.is_glob:
        return bool(given) and _in_order(given, [fold(piece) for piece in value.pieces])
    return given == fold(" ".join(value.text.split()))


def _has(name: str) -> Test:
    word = name.lower()
    if word == "stacktrace":
        return lambda facts: facts.has_stack
    if word == "user":
        return lambda facts: facts.who is not None
    if word in _TEXTS:
        return lambda facts: bool(_TEXTS[word](facts))
    return lambda facts: name in facts.tags


def _is_user(fields: Sequence[str], value: Value) -> Test:
    wanted = {name: _as_stored(name, value) for name in fields}

    def test(facts: Facts) -> bool:
        who = facts.who
        return who is not None and any(fits(getattr(who, name), each) for name, each in wanted.items())

    return test


def _as_stored(name: str, value: Value) -> Value:
    """The value in the form in which an identity has it."""
    if name == "email":
        return _changed(value, lambda text: folded(text, LONGEST_EMAIL))
    if name == "username":
        return _changed(value, lambda text: folded(text, LONGEST_USERNAME))
    return _changed(value, _address) if name == "ip_address" and not value.is_glob else value


def _changed(value: Value, change: Callable[[str], str]) -> Value:
    return Value(
        change(value.text), tuple(change(piece) for piece in value.pieces), value.is_quoted, value.operator
    )


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text
