"""Uploads of 500 files with the real clients: seconds from the start of the command to the end of the server's work."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import processes
from tests.bench.markdown import table
from tests.lib import build_machine, live
from tests.lib.build_machine import CLI_2, CLI_3, SENTRY, BuildMachine, Program

FILES = 500
MEMBER = "bench@example.org"


def show(kind: str, say: Callable[[str], None]) -> None:
    """Print the table for each client, each with a project of its own."""
    build_machine.install()
    clients: list[tuple[str, Program, list[str]]] = [
        ("sentry-cli 2.58", CLI_2, ["sourcemaps", "upload", "--wait"]),
        ("sentry-cli 3.8", CLI_3, ["sourcemaps", "upload", "--wait"]),
        ("sentry 0.49", SENTRY, ["sourcemap", "upload"]),
    ]
    rows = []
    with tempfile.TemporaryDirectory() as name, live.start(kind) as server:
        server.create_user(MEMBER, "correct horse battery staple", admin=True)
        token = server.manage("create_token", MEMBER)
        idle = _memory(server)
        for number, (client, program, command) in enumerate(clients):
            say(client)
            directory = Path(name) / str(number)
            size = write(directory, str(number))
            server.create_project(f"Uploads {number}")
            machine = BuildMachine(Path(name), SENTRY_AUTH_TOKEN=token)
            spans = []
            for release in ("shop@1", "shop@1", "shop@2"):
                begun = time.monotonic()
                machine.run(
                    program, *command, "--release", release, "--url-prefix", "~/", directory,
                    SENTRY_PROJECT=f"uploads-{number}", SENTRY_ORG="rustrak",
                )  # fmt: skip
                spans.append(time.monotonic() - begun)
            rows.append([client, f"{size / 2**20:.0f}", *(f"{span:.1f}" for span in spans)])
        busy = _memory(server)
    print(f"# Uploads of {FILES} files on {kind}\n")
    print(table(["client", "MiB", "seconds", "the same again", "for the next release"], rows) + "\n")
    print(f"- memory of the whole installation: {idle:.0f} MiB before, {busy:.0f} MiB after\n", flush=True)


def _memory(server: live.Live) -> float:
    """MiB of all its processes."""
    return sum(part.pss for part in processes.memory(server.process.pid).values())


def write(directory: Path, salt: str) -> int:
    """Scripts with their maps, 500 files in all, none like another; returns their bytes."""
    directory.mkdir(parents=True)
    size = 0
    for number in range(FILES // 2):
        name = f"chunk-{salt}-{number:03}.js"
        lines = [
            f"export function f{line}(x){{return x*{line}+{number}+'{salt}{hash((number, line)) & 0xFFFFFF:x}'}}"
            for line in range(400)
        ]
        source = {
            "version": 3,
            "file": name,
            "sources": [f"src/part{number}.ts"],
            "sourcesContent": ["\n".join(f"{line}  // original" for line in lines)],
            "names": [f"f{line}" for line in range(400)],
            "mappings": ";".join(["AAAA"] + ["AACA,OAAO,SAASA"] * 399),
        }
        script = "\n".join(lines) + f"\n//# sourceMappingURL={name}.map\n"
        text = json.dumps(source)
        (directory / name).write_text(script)
        (directory / f"{name}.map").write_text(text)
        size += len(script) + len(text)
    return size
