"""How a job sends check-ins: commands and code with the address of the monitor in them. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class HowTo:
    """One way to check in: its name, what it does, and the text to copy."""

    id: str
    name: str
    about: str
    text: str


def check_in_url(dsn: str, name: str) -> str:
    """The URL for check-ins by plain HTTP of the monitor called `name` in the DSN's project."""
    parts = urlsplit(dsn)
    key, _, host = parts.netloc.rpartition("@")
    prefix, _, project_id = parts.path.rpartition("/")
    return f"{parts.scheme}://{host}{prefix}/api/{project_id}/cron/{quote(name, safe='')}/{key}/"


def how_to(dsn: str, name: str, config: Mapping[str, Any]) -> list[HowTo]:
    """The ways to check in, the simplest first; `config` is the monitor_config in the examples."""
    url = check_in_url(dsn, name)
    crontab = config["schedule"]["value"] if config["schedule"]["type"] == "crontab" else ""
    asks = f'--schedule "{crontab}" ' if crontab else ""
    body = json.dumps({"status": "ok", "monitor_config": config}).replace("'", "'\\''")
    python = json.dumps(config, indent=4)
    # cron reads a bare % as the end of the line.
    in_crontab = url.replace("%", "\\%") if crontab else url
    return [
        HowTo(
            "curl",
            "In a crontab, with curl" if crontab else "After the command, with curl",
            "One call when the job has finished, with its result. With another call before it, with"
            " status=in_progress, the duration is known as well.",
            f'{crontab} /path/to/job && curl -fsS -m 10 "{in_crontab}?status=ok"'.strip()
            + f' || curl -fsS -m 10 "{in_crontab}?status=error"',
        ),
        HowTo(
            "curl-schedule",
            "Set the schedule, with curl",
            "Once is enough; from then on missed runs are detected. Times are in minutes.",
            f"curl -fsS -H 'Content-Type: application/json' \\\n  -d '{body}' \\\n  \"{url}\"",
        ),
        HowTo(
            "sentry-cli",
            "Around any command, with sentry-cli",
            "Sends the start, the end and the exit status"
            + (", and creates or updates the schedule." if asks else "."),
            f"export SENTRY_DSN={dsn}\nsentry-cli monitors run {asks}{shlex.quote(name)} -- /path/to/job",
        ),
        HowTo(
            "python",
            "In Python",
            "A run fails when an exception leaves the function.",
            "import sentry_sdk\nfrom sentry_sdk.crons import monitor\n\n"
            f'sentry_sdk.init(dsn="{dsn}")\n\n'
            f"@monitor(monitor_slug={json.dumps(name, ensure_ascii=False)}, monitor_config={python})\ndef job():\n    ...",
        ),
    ]
