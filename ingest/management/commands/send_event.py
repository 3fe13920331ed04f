from __future__ import annotations

import gzip
import http.client
import re
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingest import sample_event
from rustrak.lib import clock, tolerant_json

TIMEOUT_SECONDS = 10


class Command(BaseCommand):
    help = "Send a test event to a DSN, as an SDK would; print its id and the server's answer."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dsn", help="for example http://0123…@localhost:8000/1")

    def handle(self, *args: Any, **options: Any) -> None:
        parts = urlsplit(options["dsn"])
        prefix, _, project = parts.path.rpartition("/")
        if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.username:
            raise CommandError(
                "a DSN looks like this: http://0123456789abcdef0123456789abcdef@localhost:8000/1"
            )
        if not re.fullmatch("[0-9]+", project):
            raise CommandError("a DSN ends in the id of a project, which is a number")
        event = sample_event.event(clock.now())
        status, answer = self._send(parts.scheme, parts.hostname, parts.port, f"{prefix}/api/{project}/envelope/",
                                    parts.username, _envelope(event, options["dsn"]))  # fmt: skip
        self.stdout.write(f"event {event['event_id']}")
        self.stdout.write(f"the server said {status}: {answer}")
        if status != 200:
            raise CommandError("the server did not accept the event")

    def _send(
        self, scheme: str, host: str, port: int | None, path: str, key: str, body: bytes
    ) -> tuple[int, str]:
        connect = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        connection = connect(host, port, timeout=TIMEOUT_SECONDS)
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "Content-Encoding": "gzip",
            "User-Agent": "rustrak.test-event/1.0",
            "X-Sentry-Auth": f"Sentry sentry_key={key}, sentry_version=7, sentry_client=rustrak.test-event/1.0",
        }
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, response.read(10_000).decode("utf-8", "replace").strip()
        except (OSError, http.client.HTTPException) as error:
            raise CommandError(f"could not reach {host}: {error}") from error
        finally:
            connection.close()


def _envelope(event: dict[str, Any], dsn: str) -> bytes:
    payload = tolerant_json.dumps(event)
    header = {"event_id": event["event_id"], "sent_at": clock.rfc3339(clock.now()), "dsn": dsn}
    item = {"type": "event", "length": len(payload), "content_type": "application/json"}
    lines = [tolerant_json.dumps(header), tolerant_json.dumps(item), payload, b""]
    return gzip.compress(b"\n".join(lines))
