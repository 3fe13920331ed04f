"""Log records as lines, and how many of them.

lines.py    a record as text or JSON; what strangers sent cannot forge a line
output.py   where they go; a log that cannot be written holds up nothing
repeats.py  one statement logs a few lines a minute at most
"""

from __future__ import annotations

from rustrak.lib.logs.lines import JsonFormatter, TextFormatter
from rustrak.lib.logs.output import Handler
from rustrak.lib.logs.repeats import Repeats

__all__ = ["Handler", "JsonFormatter", "Repeats", "TextFormatter"]
