"""Splits a search text into terms: where keys, values and quotes begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from issues.query import quoting
from issues.query.keys import CHECKED, COMPARED, Key, known
from issues.query.mistakes import Mistake
from issues.query.naming import NAME, is_key
from issues.query.syntax import Operator, Place, Value
from issues.query.values import WrongValue, canonical

_SPACE = re.compile(r"\s*")
_NEGATION = re.compile(r"[-!](?=[\w\"“„*./<@#$%&])")
_TAG = re.compile(r"tags\[([^\]\s]+)\]:")
_OPERATOR = re.compile(r"[<>]=?|=")
_IN_LIST = re.compile(r"[^,\]]*")
_TO_SPACE = re.compile(r"\S*")


@dataclass(slots=True)
class Lexeme:
    """One term as it is written. `key` is None in free text, and `values` are not checked yet."""

    place: Place
    is_negated: bool = False
    key: str | None = None
    #: Whether `key` was marked as the name of a tag.
    is_tag: bool = False
    #: Of a value that is not closed, so far.
    values: list[tuple[Value, Place]] = field(default_factory=list)
    mistake: Mistake | None = None

    @property
    def known(self) -> Key | None:
        return known(self.key) if self.key is not None and not self.is_tag else None


def lexemes(text: str) -> Iterator[Lexeme]:
    """The terms of `text` in their order. Linear in its length."""
    at = _past_space(text, 0)
    after_word = False
    while at < len(text):
        lexeme, end = _Reader(text, at, after_word).read()
        after_word = lexeme.key is None and text[at] != '"' and text[at:end] != "AND"
        yield lexeme
        at = _past_space(text, end)


class _Reader:
    """Reads the term that begins at `start`. `after_word`: what is before it is free text, so that this may be part of a sentence."""

    def __init__(self, text: str, start: int, after_word: bool) -> None:
        self._text, self._start, self._after_word = text, start, after_word
        negation = _NEGATION.match(text, start)
        self._is_negated = negation is not None
        self._at = negation.end() if negation else start

    def read(self) -> tuple[Lexeme, int]:
        """The term, and where it ends."""
        text, at = self._text, self._at
        if text[at] == '"' or quoting.read(text, at):
            return self._quoted()
        if tag := _TAG.match(text, at):
            return self._keyed(tag[1], tag.end(), is_tag=True)
        name = NAME.match(text, at)
        if name and text.startswith(":", name.end()):
            after = name.end() + 1
            if _to_space(text, after) == after:
                if (key := known(name[0])) and (found := self._spaced(key, name[0], after)):
                    return found
            elif is_key(name[0], text, after):
                return self._keyed(name[0], after)
        elif (
            name
            and text.startswith(("<", ">"), name.end())
            and (key := known(name[0]))
            and key.kind in CHECKED
        ):
            # `times>100`, which is no other word.
            lexeme, end = self._keyed(name[0], name.end())
            if _are_right(key, lexeme):
                return lexeme, end
        return self._word()

    def _word(self) -> tuple[Lexeme, int]:
        end = _to_space(self._text, self._at)
        word = self._text[self._at : end]
        if known(word.rstrip(":")):
            # Printed beside another term it would be read as a key.
            word = word.rstrip(":")
        return self._free(unquoted(word), end), end

    def _quoted(self) -> tuple[Lexeme, int]:
        found = quoting.read(self._text, self._at)
        if found is None:
            return self._unclosed()
        content, end = found
        if content and self._text.startswith(":", end) and _to_space(self._text, end + 1) > end + 1:
            return self._keyed(content, end + 1, is_tag=not NAME.fullmatch(content))
        lexeme = self._free(Value(content, (content,), is_quoted=True), end)
        if self._text.startswith("*", end):
            lexeme.mistake = self._after_quotes(end)
            end = _to_space(self._text, end)
        return lexeme, end

    def _spaced(self, key: Key, name: str, after: int) -> tuple[Lexeme, int] | None:
        """`level: fatal`. In a sentence, only what can be nothing else is a key: `cannot open file: No such file`."""
        text = self._text
        at = _past_space(text, after)
        is_missing = at == len(text) or text.startswith((":", "//"), at) or _begins_term(text, at)
        if self._after_word and (key.kind not in CHECKED or (is_missing and at < len(text))):
            return None
        if is_missing:
            message = f"“{name}:” needs a value, as in {key.examples[0]}."
            lexeme = self._term(name)
            lexeme.place = Place(self._start, after)
            lexeme.mistake = Mistake(message, lexeme.place, key.examples)
            return lexeme, after
        lexeme, end = self._keyed(name, at)
        return None if self._after_word and not _are_right(key, lexeme) else (lexeme, end)

    def _keyed(self, name: str, at: int, is_tag: bool = False) -> tuple[Lexeme, int]:
        """The term with the key `name` whose values begin at `at`."""
        text = self._text
        lexeme = self._term(name, is_tag)
        is_compared = lexeme.known is not None and lexeme.known.kind in COMPARED
        if text.startswith("[", at):
            return self._list(lexeme, at + 1, is_compared)
        value, end, mistake = self._value(at, is_compared, _TO_SPACE)
        if value.is_quoted and not mistake:
            mistake = self._after_quotes(end)
        lexeme.values.append((value, Place(at, end)))
        lexeme.mistake = mistake
        lexeme.place = Place(self._start, end)
        return lexeme, _to_space(text, end) if mistake else end

    def _list(self, lexeme: Lexeme, at: int, is_compared: bool) -> tuple[Lexeme, int]:
        text = self._text
        begin = at - 1
        while True:
            at = _past_space(text, at)
            value, end, mistake = self._value(at, is_compared, _IN_LIST)
            lexeme.values.append((value, Place(at, end)))
            lexeme.mistake = lexeme.mistake or mistake
            at = _past_space(text, end)
            if text.startswith(",", at):
                at += 1
            elif text.startswith("]", at):
                lexeme.place = Place(self._start, at + 1)
                lexeme.mistake = lexeme.mistake or self._after_quotes(at + 1)
                return lexeme, at + 1
            elif at == len(text):
                closed = f"{text[begin:].rstrip()}]"
                unclosed = Mistake("This list is not closed: it ends with “]”.", Place(begin, at), (closed,))
                lexeme.mistake = lexeme.mistake or unclosed
                lexeme.place = Place(self._start, at)
                return lexeme, at
            else:
                place = Place(at, _to_space(text, at))
                lexeme.mistake = lexeme.mistake or Mistake("Between two values of a list is a comma.", place)
                at = _IN_LIST.match(text, at).end()  # type: ignore[union-attr]  # matches anything
                if text.startswith(",", at):
                    at += 1

    def _value(self, at: int, is_compared: bool, bare: re.Pattern[str]) -> tuple[Value, int, Mistake | None]:
        """The value at `at`, where it ends, and what is wrong with it. Without quotes it is what `bare` matches."""
        text = self._text
        operator = Operator.EQUAL
        if is_compared and (found := _OPERATOR.match(text, at)):
            operator, at = Operator(found[0]), found.end()
        quotes = quoting.read(text, at)
        if quotes or text.startswith('"', at):
            if quotes is None:
                mistake = Mistake("These quotes are not closed.", Place(at, len(text)), (f'{text[at:]}"',))
                return Value(text[at + 1 :], ("",), True, operator), len(text), mistake
            content, end = quotes
            return Value(content, (content,), True, operator), end, None
        raw = bare.match(text, at)[0]  # type: ignore[index]  # matches anything
        content = raw.rstrip()
        end = at + len(content)
        if len(content.split(None, 1)) > 1:
            wanted = quoting.quoted(content)
            return (
                Value("", ("",)),
                end,
                Mistake("A value with spaces needs quotes.", Place(at, end), (wanted,)),
            )
        return unquoted(content, operator), end, None

    def _after_quotes(self, end: int) -> Mistake | None:
        """What is wrong with text that follows quotes or a list without a space. Punctuation, as in pasted JSON, is nothing."""
        rest = self._text[end : _to_space(self._text, end)]
        if "*" not in rest and not any(char.isalnum() for char in rest):
            return None
        message = "Between two conditions is a space. In quotes, * is only a character."
        return Mistake(message, Place(end, end + len(rest)))

    def _unclosed(self) -> tuple[Lexeme, int]:
        """A phrase without its last quote: all the rest of the text."""
        at, end = self._at, len(self._text)
        lexeme = self._free(Value("", ("",)), end)
        lexeme.mistake = Mistake(
            "These quotes are not closed.", Place(at, end), (f'{self._text[at:].rstrip()}"',)
        )
        return lexeme, end

    def _free(self, value: Value, end: int) -> Lexeme:
        return Lexeme(Place(self._start, end), self._is_negated, values=[(value, Place(self._at, end))])

    def _term(self, key: str, is_tag: bool = False) -> Lexeme:
        """A term without values, and without its place."""
        return Lexeme(Place(self._start, self._start), self._is_negated, key, is_tag)


def _are_right(key: Key, lexeme: Lexeme) -> bool:
    try:
        for value, _ in lexeme.values:
            canonical(key.kind, value)
    except WrongValue:
        return False
    return True


def unquoted(text: str, operator: Operator = Operator.EQUAL) -> Value:
    """The value of `text` without quotes, in which each `*` is any characters."""
    return Value(text, tuple(re.split(r"\*+", text)), operator=operator)


def _begins_term(text: str, at: int) -> bool:
    """Whether a term with a key begins at `at`, and not the value of the key before it."""
    if _TAG.match(text, at):
        return True
    name = NAME.match(text, at)
    return bool(name and text.startswith(":", name.end()) and known(name[0]))


def _past_space(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # matches anything


def _to_space(text: str, at: int) -> int:
    return _TO_SPACE.match(text, at).end()  # type: ignore[union-attr]  # matches anything
