"""A PostgreSQL for the tests: the one RUSTRAK_TEST_POSTGRES_URL names, else a throwaway cluster.

The cluster lives in a temporary directory, listens on a loopback port of its own and is deleted at the end.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def binaries() -> Path | None:
    """The directory of the newest initdb on this machine, or None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


def url() -> str:
    """The address of a running server, the same for this process and those it starts."""
    if given := os.environ.get("RUSTRAK_TEST_POSTGRES_URL"):
        return given
    os.environ["RUSTRAK_TEST_POSTGRES_URL"] = started = _start()
    return started


def _start() -> str:
    programs = binaries()
    if programs is None:
        raise RuntimeError(
            "no PostgreSQL programs found: install PostgreSQL or set RUSTRAK_TEST_POSTGRES_URL"
        )
    root = Path(tempfile.mkdtemp(prefix="rustrak-postgres-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_user: dict[str, str] = {}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        as_user["user"] = "postgres"
        shutil.chown(root, user=pwd.getpwnam("postgres").pw_name)
    cluster = str(root / "cluster")
    subprocess.run(
        [programs / "initdb", "-D", cluster, "-U", "rustrak", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, cwd=root, **as_user,
    )  # fmt: skip
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 "
        "-c fsync=off -c full_page_writes=off"  # nothing has to survive a crash of the machine
    )
    subprocess.run(
        [programs / "pg_ctl", "-D", cluster, "-w", "-l", root / "log", "-o", options, "start"],
        check=True, stdout=subprocess.DEVNULL, cwd=root, **as_user,
    )  # fmt: skip
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() != owner:
            return
        subprocess.run(
            [programs / "pg_ctl", "-D", cluster, "-m", "immediate", "stop"],
            check=False, stdout=subprocess.DEVNULL, cwd=root, **as_user,
        )  # fmt: skip
        shutil.rmtree(root, ignore_errors=True)

    atexit.register(stop)
    return f"postgres://rustrak@127.0.0.1:{port}/postgres"
