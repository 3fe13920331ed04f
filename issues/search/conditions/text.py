"""Conditions on the words of an issue's events: free text, and the keys of one column of IssueText.

A value is first looked up in the index by its words. Where it has several, or is meant for one column, the column is compared as
well: it has each text of an event on a line, as issues.payload.words.part writes it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from issues.models import Grouping, IssueText
from issues.payload.words import exact, literal, part, words
from issues.query.syntax import Term, Value
from issues.search.conditions.search import Search
from issues.search.conditions.sql import belongs, like
from issues.search.conditions.wrong import Wrong
from issues.search.limits import TookTooLong, limited
from issues.search.text_index import numbers, text_condition

COLUMNS = {
    "type": ("types",),
    "function": ("functions",),
    "file": ("files",),
    "module": ("modules",),
    "url": ("urls",),
    "transaction": ("urls",),
    # Also called title, which begins with the type.
    "message": ("other", "types"),
}
_NO_WORDS = "“{}” has no letters or digits, and only these are searched for."
# So many texts are looked up one by one.
_FEW = 500
_ALL = ("other", "types", "functions", "files", "modules", "urls")


def is_of_text(term: Term) -> bool:
    return not term.is_tag and (not term.key or term.key in COLUMNS)


def meant(key: str, values: Sequence[Value]) -> Q:
    """A condition on IssueText: one of `values` is in it; `key` is one of COLUMNS, or empty for free text. Raises Wrong."""
    found = Q()
    for value in values:
        found |= _of_type(value) if key == "type" else _of_words(key, value)
    return found


def of_texts(conditions: Sequence[Q], search: Search) -> Q:
    """Issues whose texts meet all these conditions on IssueText. At most two queries.

    Nearly all issues have one row of texts, so the conditions are looked for together: one word leaves few for the next. An issue with several
    groupings may have one word in this row and another in that.
    """
    found = _of_texts(_all(conditions), search)
    if len(conditions) > 1:
        sharing = Grouping.objects.sharing().filter(project__in=search.scope.keys())
        if sharing.exists():
            texts = IssueText.objects.filter(grouping__in=sharing.values("pk")).order_by()
            apart = [belongs(texts.filter(condition)) for condition in conditions]
            found |= Q(pk__in=sharing.values("issue")) & _all(apart)
    return found


def _all(conditions: Sequence[Q]) -> Q:
    """Without a level for each of them: `numbers` looks at the parts."""
    found = Q()
    for condition in conditions:
        found &= condition
    return found


def _of_texts(texts: Q, search: Search) -> Q:
    if connection.vendor == "sqlite" and (keys := _keys(texts, search)) is not None:
        return _of_keys(keys)
    return belongs(IssueText.objects.filter(texts).order_by())


def _keys(texts: Q, search: Search) -> list[int] | None:
    """The texts, looked through once for the page and the counts of all tabs: SQLite would do it for each. None if that takes long:
    then the caller's query does, which has a limit."""
    left = search.until - time.monotonic()
    if left <= 0:
        return None
    try:
        with limited(left):
            if (known := numbers(texts)) is not None:
                return known
            return list(IssueText.objects.filter(texts).order_by().values_list("pk", flat=True))
    except TookTooLong:
        return None


def _of_keys(keys: Sequence[int]) -> Q:
    if len(keys) <= _FEW:
        return Q(pk__in=IssueText.objects.filter(pk__in=keys).values("grouping__issue"))
    # For each issue in the order of the list until the page is full, in indexes that have these columns.
    return Q(Exists(IssueText.objects.filter(grouping__issue=OuterRef("pk"), pk__among=json.dumps(keys))))


def _of_type(value: Value) -> Q:
    """The whole name of an exception, without regard to case: each line of the column has it in a form of its own."""
    if not value.is_glob:
        if not (mark := exact(value.text)):
            raise Wrong(_NO_WORDS.format(value.text), value.text)
        # In small letters a name in camel case is one word, which the index has of each such name.
        return text_condition(words(value.text.lower()), prefix=False) & Q(types__holds=f"{mark} ")
    pieces = [literal(piece) for piece in value.pieces]
    pattern = like([f"={pieces[0]}", *pieces[1:-1], f"{pieces[-1]}= ", ""])
    return Q(types__like=like(["", ""]) + pattern) & Q(types__line_like=pattern)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The words between two stars, and whether the piece begins and ends where a word does."""

    words: list[str]
    begins: bool
    ends: bool

    @property
    def text(self) -> str:
        inner = " ".join(self.words)
        return f"{' ' if self.begins else ''}{inner}{' ' if self.ends else ''}"


def _of_words(key: str, value: Value) -> Q:
    pieces = _pieces(value)
    columns = COLUMNS.get(key, _ALL)
    if not any(piece.words for piece in pieces):
        if not value.is_glob or value.text.strip("*"):
            raise Wrong(_NO_WORDS.format(value.text), value.text)
        return _any(columns, "gt", "")
    # Of a message people know a part.
    if key and key != "message" and value.is_quoted:
        return text_condition(words(value.text), prefix=False) & _whole_line(columns, value)
    found = _in_index(pieces)
    if not key and len(pieces) == 1 and len(pieces[0].words) == 1:
        return found
    shown = [piece.text for piece in pieces if piece.words]
    if len(shown) == 1:
        return found & _any(columns, "holds", shown[0])
    found &= _any(columns, "like", like(["", *shown, ""]))
    return found & _any(columns, "line_like", like(["", *shown, ""]))


def _whole_line(columns: Sequence[str], value: Value) -> Q:
    """A column has a line that says exactly this, anywhere or at its beginning. Each line has an end."""
    line = f"{part(value.text)}\n"
    return _any(columns, "like", like([line, ""])) | _any(columns, "holds", f"\n{line}")


def _pieces(value: Value) -> list[_Piece]:
    """Where the value is no glob and not quoted, its last word may be the beginning of one."""
    last = len(value.pieces) - 1
    return [
        _Piece(
            words(piece),
            begins=number == 0 or not _is_of_word(piece[:1]),
            ends=(value.is_glob or value.is_quoted) if number == last else not _is_of_word(piece[-1:]),
        )
        for number, piece in enumerate(value.pieces)
    ]


def _is_of_word(letter: str) -> bool:
    return bool(letter) and bool(words(letter))


def _in_index(pieces: Sequence[_Piece]) -> Q:
    """What the index tells: whole words, and beginnings of words. The end of a word it cannot look up."""
    whole: list[str] = []
    found = Q()
    for piece in pieces:
        known = piece.words if piece.begins else piece.words[1:]
        if known and not piece.ends:
            found &= text_condition(known[-1:], prefix=True)
            known = known[:-1]
        whole += known
    return text_condition(whole, prefix=False) & found if whole else found


def _any(columns: Sequence[str], lookup: str, value: str) -> Q:
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__{lookup}": value})
    return found
