"""What is told besides what rules ask for.

conversations.py  what people do to an issue, where it was told before
watchers.py       what happens to an issue that somebody watches, and comments that mention somebody
"""

from __future__ import annotations
