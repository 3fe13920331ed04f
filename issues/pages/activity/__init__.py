"""The activity of an issue, on its own page and beside the issue: what happened, who did it, and what people wrote.

entries.py  one entry, in words
view.py     the page, and the latest entries
acting.py   what the forms send: comments, and whether one watches the issue
"""

from __future__ import annotations
