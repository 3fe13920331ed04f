"""Who looks after what: rules that a project's people write, which assign new issues.

syntax.py     the text of rules, read: pure
paths.py      paths as CODEOWNERS writes them: pure
matching.py   which line decides about an event: pure
sentences.py  why an issue was assigned, in words: pure
owners.py     whom the names in rules mean
stored.py     the versions of a project's rules, and those in use
suggested.py  whom they suggest for an issue that nobody looks after
"""

from __future__ import annotations
