"""Splits texts into words that are searched for. Pure: the same function makes the index and reads the search.

A word is a run of letters and digits, folded, cut at LONGEST characters. `charge_card`, `chargeCard` and `billing/charge.py` are found by their
parts; a name in camel case is also one word as a whole. Characters of scripts that are written without spaces are a word each.
"""

from __future__ import annotations

LONGEST = 64


def words(text: str) -> list[str]:
    """The words of `text` in their order: of `KeyError: chargeCard` these are key, error, charge, card.

    Linear in the length of `text`.
    """
    raise NotImplementedError


def part(text: str) -> str:
    """How `text` is stored in a column of IssueText: its words between single spaces, then whole names in camel case, with a space
    before and after: ` key error charge card keyerror chargecard `. Empty for a text without words."""
    raise NotImplementedError
