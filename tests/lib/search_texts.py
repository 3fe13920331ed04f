"""Search texts as people write them, and as strangers do: strategies of Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from issues.query.keys import KEYS, LEVELS, STATES

_NAMES = sorted({name for key in KEYS for name in (key.name, *key.others)})
#: What the grammar reads: pieces that are put together in any order.
PIECES = (
    *(f"{name}:" for name in _NAMES),
    *STATES,
    *LEVELS,
    *[
        '"',
        "\\",
        "[",
        "]",
        ",",
        ":",
        "-",
        "!",
        "*",
        "<",
        ">",
        "<=",
        ">=",
        "=",
        "(",
        ")",
        "/",
        "//",
        ".",
        "_",
        "~",
        "+",
    ],
    *(
        " ",
        "  ",
        "\n",
        "\0",
        "\ud800",
        "tags[",
        "]:",
        "tags[level]:",
        "browser:",
        "a",
        "Ж",
        "é",
        "İ",
        "語",
        "😀",
        "7",
        "2d",
        "-24h",
        "+7d",
    ),
    *(
        "2026-11-01",
        "T10:00",
        "Z",
        "latest",
        "me",
        "AND",
        "OR",
        "NOT",
        "charge.py:42",
        "C:\\x",
        "http://a/b",
        "Foo::Bar",
        '"a b"',
        '""',
    ),
    *("KeyError: ", "[a,b]", '[a,"b c"]', "First_Seen:", "bookmarks:", '"odd key":', "||"),
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=14).map("".join)
