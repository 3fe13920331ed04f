"""How a job tells Rustrak that it runs: commands and code with the real address in them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class HowTo:
    """One way: its name, a sentence, and the text to copy."""

    id: str
    name: str
    about: str
    text: str


def check_in_url(dsn: str, slug: str) -> str:
    """Where a job of the DSN's project checks in by plain HTTP."""
    parts = urlsplit(dsn)
    key, _, host = parts.netloc.rpartition("@")
    prefix, _, project_id = parts.path.rpartition("/")
    return f"{parts.scheme}://{host}{prefix}/api/{project_id}/cron/{slug}/{key}/"


def how_to(dsn: str, slug: str, config: Mapping[str, Any]) -> list[HowTo]:
    """The ways, the simplest first; `config` is the monitor_config in the examples."""
    url = check_in_url(dsn, slug)
    crontab = config["schedule"]["value"] if config["schedule"]["type"] == "crontab" else ""
    asks = f'--schedule "{crontab}" ' if crontab else ""
    body = json.dumps({"status": "ok", "monitor_config": config}).replace("'", "'\\''")
    python = json.dumps(config, indent=4)
    return [
        HowTo(
            "curl",
            "In a crontab, with curl" if crontab else "After the command, with curl",
            "One call when the job has ended, well or badly. A call with status=in_progress before it also tells"
            " how long it took.",
            f'{crontab} /path/to/job && curl -fsS -m 10 "{url}?status=ok"'.strip()
            + f' || curl -fsS -m 10 "{url}?status=error"',
        ),
        HowTo(
            "curl-schedule",
            "Say when it is due, with curl",
            "Once is enough; from then on a run that does not come is noticed. Times in minutes.",
            f"curl -fsS -H 'Content-Type: application/json' \\\n  -d '{body}' \\\n  \"{url}\"",
        ),
        HowTo(
            "sentry-cli",
            "Around any command, with sentry-cli",
            "Sends beginning, end and exit status"
            + (", and creates or updates the schedule." if asks else "."),
            f"export SENTRY_DSN={dsn}\nsentry-cli monitors run {asks}{slug} -- /path/to/job",
        ),
        HowTo(
            "python",
            "In Python",
            "An exception that leaves the function makes the run a failed one.",
            "import sentry_sdk\nfrom sentry_sdk.crons import monitor\n\n"
            f'sentry_sdk.init(dsn="{dsn}")\n\n'
            f'@monitor(monitor_slug="{slug}", monitor_config={python})\ndef job():\n    ...',
        ),
    ]
