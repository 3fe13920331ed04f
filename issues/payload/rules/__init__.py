"""A project's fingerprint rules: reading their text, and which rule takes an event. Pure.

syntax.py     what a rule is
keys.py       what rules can ask about
patterns.py   texts with `*`, `?`, `[…]` and `{…}`
parsing.py    the text as people type it, and its mistakes
facts.py      what rules look at in an event
matching.py   the rule that takes an event, and what it decides
writing.py    the text of a rule for an event

The words are those of Sentry's documentation of fingerprint rules; docs/grouping.md says what differs.
"""
