"""Forgets a person of a project, and gives out what is kept of one.

whom.py    who a person is, and what names them
jobs.py    asking for it
steps.py   what is deleted, in the order in which it is
work.py    carrying out the steps, part by part
old_words.py  drops deleted words from the index of words
export.py  everything that is kept of a person, as a file

Later events of the person are stored as any others.
"""

from __future__ import annotations

from issues.forgetting.jobs import UNFINISHED, NotPossible, ask, latest
from issues.forgetting.work import finish, is_waiting, run

__all__ = ["UNFINISHED", "NotPossible", "ask", "finish", "is_waiting", "latest", "run"]
