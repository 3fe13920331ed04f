"""What people write about an issue: Markdown, with mentions of people and teams.

markdown.py   a comment as HTML, and the words in it that may be mentions: pure
mentioned.py  whom these words mean
written.py    writes, changes and deletes comments: the only write path
"""

from __future__ import annotations
