"""Behind nginx: what SDKs sent arrives complete, with and without request buffering."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.edge import intake
from tests.conftest import PASSWORD
from tests.lib import missing, replay
from tests.lib.api_client import ApiClient
from tests.lib.live import Live, free_port, start
from tests.lib.waiting import wait_for

pytestmark = [pytest.mark.live, pytest.mark.database]

_CONFIGURATION = """
{user}
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  client_max_body_size 100m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_http_version 1.1;
      proxy_request_buffering {buffering};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


@contextmanager
def nginx(directory: Path, upstream: int, buffering: str) -> Iterator[int]:
    """A running nginx; the port it listens on."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        missing.skip("nginx is not installed")
    port = free_port()
    configuration = directory / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            # Started by root, nginx would run its workers as nobody, who may not write here.
            user="user root;" if os.getuid() == 0 else "",
            directory=directory,
            port=port,
            upstream=upstream,
            buffering=buffering,
        )
    )
    process = subprocess.Popen(
        [program, "-p", directory, "-c", configuration, "-e", directory / "error.log"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: (directory / "nginx.pid").exists() or process.poll() is not None)
        assert process.poll() is None, (directory / "error.log").read_text()
        yield port
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=10)


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with start(TRUSTED_PROXIES="127.0.0.1") as running:
        replay.prepare(running)
        running.create_user("ana@example.org", PASSWORD, admin=True)
        yield running


def test_recordings_through_nginx_add_the_same_events_once(server: Live, tmp_path: Path) -> None:
    api = ApiClient(server.url).sign_in("ana@example.org", PASSWORD)
    served = [request for request in replay.recorded() if intake.handles(request.path)]
    assert len(served) >= 20
    counts: dict[str, int] = {}
    for buffering in ("on", "off"):
        directory = tmp_path / buffering
        directory.mkdir()
        with nginx(directory, server.port, buffering) as port:
            statuses = {request.name: replay.send(request, port) for request in served}
        refused = {name: status for name, status in statuses.items() if status not in (200, 201, 202)}
        assert not refused
        # In this order: what is open will be sealed.
        wait_for(
            lambda: (
                not [
                    path
                    for suffix in ("open", "sealed")
                    for path in (server.data / "spool").glob(f"*.{suffix}")
                ]
            )
        )
        counts[buffering] = api.get(f"/api/projects/{replay.PROJECT}")["stored_event_count"]
    # Reports of browsers carry no id: each is an event of its own, every time.
    reports = sum("/security" in request.path or "csp" in request.path for request in served)
    assert counts["on"] > reports
    assert counts["off"] - counts["on"] <= reports
    assert not (server.data / "spool" / "quarantine").exists()
