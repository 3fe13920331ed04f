"""Who looks after what: rules that a project's people write, which assign new issues.

syntax.py     the text of rules, read: pure
patterns.py   paths as CODEOWNERS writes them: pure
facts.py      what rules look at in an event: pure
sentences.py  why an issue was assigned, in words: pure
owners.py     whom the names in rules mean
stored.py     the versions of a project's rules
"""

from __future__ import annotations
