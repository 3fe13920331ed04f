"""Log records as JSON, one object per line."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from rustrak.lib import clock


class JsonFormatter(logging.Formatter):
    """Formats a record as `{"time", "level", "logger", "message", "exception"?}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": clock.rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
