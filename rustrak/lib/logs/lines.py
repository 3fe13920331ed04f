"""Log records as lines of text or JSON.

Messages quote what strangers send. So each is cut, and control characters are escaped: none of them begins a line of
its own, moves a terminal's cursor or reverses the direction of text.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from rustrak.lib import clock

MAX_MESSAGE = 4000
MAX_EXCEPTION = 16_000
# C0 and C1 controls, line and paragraph separators, and the characters that change the direction of text.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def one_line(text: str, most: int = MAX_MESSAGE) -> str:
    """`text` of at most `most` characters, with every control character escaped as in Python."""
    if len(text) > most:
        text = f"{text[:most]}… ({len(text) - most} more characters)"
    return _CONTROL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def _message(record: logging.LogRecord) -> str:
    left_out = getattr(record, "left_out", 0)
    more = f" ({left_out} more like this were left out)" if left_out else ""
    return one_line(record.getMessage()) + more


def _exception(record: logging.LogRecord, formatter: logging.Formatter) -> str:
    """The traceback of a record, cut in its middle; empty when there is none."""
    if not record.exc_info:
        return ""
    text = formatter.formatException(record.exc_info)
    if len(text) > MAX_EXCEPTION:
        half = MAX_EXCEPTION // 2
        text = f"{text[:half]}\n… ({len(text) - 2 * half} more characters) …\n{text[-half:]}"
    return text


class TextFormatter(logging.Formatter):
    """Formats a record as `time LEVEL logger: message`. A traceback follows, each of its lines indented."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname:<7} {name}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname:<7} {record.name}: {_message(record)}"
        lines = [one_line(part) for part in _exception(record, self).split("\n")]
        return "\n  ".join([line, *lines]) if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """Formats a record as `{"time", "level", "logger", "message", "exception"?}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": clock.rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if record.exc_info:
            line["exception"] = "\n".join(one_line(part) for part in _exception(record, self).split("\n"))
        return json.dumps(line, ensure_ascii=False)
