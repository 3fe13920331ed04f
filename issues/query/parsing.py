"""Reads a search text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from issues.query import quoting
from issues.query.keys import CHECKED, KEYS, LEVELS, STATES, Key, Kind, kind_of_user, known, unsupported
from issues.query.lexing import Lexeme, lexemes, unquoted
from issues.query.mistakes import Mistake
from issues.query.nearest import nearest
from issues.query.syntax import Place, Query, Term, Value
from issues.query.values import WrongValue, canonical

#: Longer texts and more terms or values are refused.
LONGEST, MOST_TERMS, MOST_VALUES = 500, 30, 50
# What no database stores as text.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# `(level:fatal`: parentheses around a sentence or after a function's name are only text.
_GROUP = re.compile(r"[-!]?\(+[-!]?(?P<name>[^\W\d][\w.\-]*):\S")
_ANY_OF = "Write key:[a,b] for any of several values."
# Keys of which the text in quotes means something else than without.
_QUOTES_MATTER = frozenset({Kind.WORDS, Kind.RELEASE})


def parse(text: str) -> tuple[Query, Sequence[Mistake]]:
    """What `text` says, and what is wrong with it: terms with a mistake are not in the query. Linear in the length of `text`."""
    if len(text) > LONGEST:
        message = f"A search is at most {LONGEST} characters long; this one has {len(text):,}."
        return Query(), [Mistake(message, Place(LONGEST, len(text)))]
    found = list(lexemes(_UNSTORABLE.sub(" ", text)))
    terms: list[Term] = []
    mistakes: list[Mistake] = []
    values = 0
    for index, lexeme in enumerate(found):
        read = _join(found, index, text) or _read(lexeme)
        if isinstance(read, Mistake):
            mistakes.append(read)
        elif read is not None:
            values += len(read.values)
            if len(terms) == MOST_TERMS or values > MOST_VALUES:
                rest = Place(read.place.start, len(text))
                message = f"A search has at most {MOST_TERMS} conditions with {MOST_VALUES} values."
                return Query(tuple(terms)), [*mistakes, Mistake(message, rest)]
            terms.append(read)
    if found and not terms and not mistakes:
        place = Place(found[0].place.start, found[-1].place.end)
        mistakes.append(Mistake("There is nothing to search for: words have letters or digits.", place))
    return Query(tuple(terms)), mistakes


def _read(lexeme: Lexeme) -> Term | Mistake | None:
    """The term; None for what says nothing, as punctuation."""
    if lexeme.mistake:
        return lexeme.mistake
    if lexeme.key is None:
        return _free(lexeme)
    key = lexeme.known
    if key is None:
        if not lexeme.is_tag and (why := unsupported(lexeme.key)):
            return Mistake(why, lexeme.place)
        name, kind = lexeme.key, Kind.NAME
    else:
        name, kind = key.name, key.kind
    if name == "user" and len(kinds := {kind_of_user(value.text)[0] for value, _ in lexeme.values}) == 1:
        [name] = kinds
    values = []
    for value, place in lexeme.values:
        if name.startswith("user.") and key and key.name == "user":
            rest = kind_of_user(value.text)[1]
            value = Value(rest, (rest,), True) if value.is_quoted else unquoted(rest)
        if not value.text:
            return _empty(lexeme, value, place, name, key)
        if kind in CHECKED:
            try:
                value = canonical(kind, value)
            except WrongValue as wrong:
                return Mistake(str(wrong), place, _meant(name, kind, value))
        elif (
            value.is_quoted
            and name != "assigned"
            and kind not in _QUOTES_MATTER
            and quoting.is_plain(value.text)
        ):
            value = replace(value, is_quoted=False)
        values.append(value)
    return Term(name, tuple(dict.fromkeys(values)), lexeme.is_negated, key is None, lexeme.place)


def _free(lexeme: Lexeme) -> Term | Mistake | None:
    value, place = lexeme.values[0]
    if value.is_quoted and not value.text.strip():
        return Mistake("There is nothing between these quotes.", place)
    group = _GROUP.match(value.text)
    if group and not value.is_quoted and known(group["name"]):
        return Mistake(
            f"Conditions cannot be grouped with parentheses: all of them must hold. {_ANY_OF}", place
        )
    if not any(char.isalnum() for char in value.text):
        return None
    if value.text == "NOT":
        # In capitals it would be read as an operator before some terms.
        value = Value("not", ("not",))
    return Term("", (value,), lexeme.is_negated, False, lexeme.place)


def _join(found: Sequence[Lexeme], index: int, text: str) -> Mistake | None:
    """What is wrong with an `OR` or `NOT` at `index`; an `AND` is made empty, as all terms must hold anyway."""
    lexeme = found[index]
    word = text[lexeme.place.start : lexeme.place.end]
    if lexeme.key is not None or lexeme.mistake:
        return None
    if word == "AND":
        value, place = lexeme.values[0]
        lexeme.values[0] = (replace(value, text="", pieces=("",)), place)
        return None
    if word in ("OR", "||"):
        return _either(found, index, text)
    if word == "NOT" and index + 1 < len(found) and found[index + 1].key is not None:
        following = found[index + 1].place
        place = Place(lexeme.place.start, following.end)
        return Mistake(
            "Write - before a condition to exclude it.", place, (f"-{text[following.start : following.end]}",)
        )
    return None


def _either(found: Sequence[Lexeme], index: int, text: str) -> Mistake:
    place = found[index].place
    message = f"All conditions must hold, so there is no OR. {_ANY_OF} To search for the word, quote it."
    around = [found[at] for at in (index - 1, index + 1) if 0 <= at < len(found)]
    if (
        any(one.key is None or one.mistake or one.is_negated for one in around)
        or len({one.key for one in around}) > 1
    ):
        return Mistake(message, place, ('"or"',))
    if len(around) < 2:
        return Mistake(message, place)
    written = [text[each.start : each.end].strip() for one in around for _, each in one.values]
    whole = Place(around[0].place.start, around[1].place.end)
    return Mistake(message, whole, (f"{around[0].key}:[{','.join(written)}]",))


def _empty(lexeme: Lexeme, value: Value, place: Place, name: str, key: Key | None) -> Mistake:
    if not value.is_quoted:
        example = f", as in {key.examples[0]}" if key else ""
        return Mistake(f"“{lexeme.key}:” needs a value{example}.", lexeme.place, key.examples if key else ())
    message = f"There is nothing between these quotes. Write -has:{name} for issues without it."
    return Mistake(message, place)


def _meant(name: str, kind: Kind, value: Value) -> tuple[str, ...]:
    """What could be meant by a wrong value: texts for its place."""
    text = value.text.lower()
    if "," in text and kind in (Kind.STATE, Kind.LEVEL):
        return (f"[{text}]",)
    if kind is Kind.STATE:
        return nearest(text, STATES)
    if kind is Kind.LEVEL:
        return tuple(
            f"{value.operator if value.operator != '=' else ''}{level}" for level in nearest(text, LEVELS)
        )
    return tuple(example.partition(":")[2] for key in KEYS if key.name == name for example in key.examples)
