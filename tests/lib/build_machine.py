"""A machine that builds and deploys: runs command lines and build plugins as they come, and reads what they say.

    machine = BuildMachine(tmp_path, SENTRY_AUTH_TOKEN=token)
    machine.run(CLI_3, "releases", "new", "shop@1")

RUSTRAK_CLIENT_LOG names a file to which every command and its output is appended.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.lib import programs

JS = Path(__file__).parents[1] / "clients" / "js"
_MODULES = JS / "node_modules"
Program = Sequence[str | Path]
CLI_2: Program = (_MODULES / "@sentry" / "cli-linux-x64" / "bin" / "sentry-cli",)
CLI_3: Program = (_MODULES / "sentry-cli-3" / "bin" / "sentry-cli",)
SENTRY: Program = ("node", _MODULES / "sentry" / "dist" / "bin.cjs")
BUILD: Program = ("node", JS / "build.mjs")
# What a line says that tells of trouble. Titles of issues and names of files in the tests have none of these words.
TROUBLE = re.compile(
    r"^.*\b(?:errors?|warn(?:ings?)?|fail(?:ed|ure)?|unable to|unknown|deprecated|deprecation)\b.*$",
    re.I | re.M,
)
SECONDS = 120


def install() -> None:
    """Install the pinned clients, unless an earlier run did."""
    programs.install_js(JS)


class BuildMachine:
    """An account without any file of its own; its environment has the path, a home, and `settings`."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            # Nothing is sent to the makers of the clients.
            "DO_NOT_TRACK": "1",
            "SENTRY_DISABLE_UPDATE_CHECK": "1",
            **settings,
        }

    def run(
        self,
        program: Program,
        *arguments: str | Path,
        cwd: Path | None = None,
        status: int = 0,
        but: str | None = None,
        input: str = "",
        **environment: str,
    ) -> str:
        """The output of a command that ends with `status` and says nothing of trouble; stdout and stderr together.

        Lines that match the pattern `but` may speak of trouble.
        """
        command = [*program, *arguments]
        done = subprocess.run(
            command, cwd=cwd or self.home, env={**self.environment, **environment}, input=input,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        said = f"$ {shlex.join(map(str, command))}\n{done.stdout}(exit status {done.returncode})\n"
        if log := os.environ.get("RUSTRAK_CLIENT_LOG"):
            with Path(log).open("a") as file:
                file.write(said)
        assert done.returncode == status, said
        found = [line for line in TROUBLE.findall(done.stdout) if not (but and re.search(but, line))]
        assert status or found == [], said
        return done.stdout

    def begin(self, program: Program, *arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
        """A command that goes on while the test does something else."""
        return subprocess.Popen(
            [*program, *arguments], cwd=self.home, env={**self.environment, **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def git(self, directory: Path, *arguments: str) -> str:
        """Run git as Dee Dolan, in a repository."""
        people = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Dee Dolan"), ("EMAIL", "dee@example.org"))
        }
        return self.run(("git", "-C", directory), *arguments, but=".", **people).strip()

    def repository(
        self, directory: Path, remote: str, commits: Sequence[tuple[str, dict[str, str]]]
    ) -> list[str]:
        """A git repository whose origin is `remote`; `commits` are messages and the files written. Returns their ids."""
        directory.mkdir(parents=True, exist_ok=True)
        self.git(directory, "init", "--quiet", "--initial-branch=main")
        self.git(directory, "remote", "add", "origin", remote)
        made = []
        for message, files in commits:
            for name, text in files.items():
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                (directory / name).write_text(text)
            self.git(directory, "add", "--all")
            self.git(directory, "commit", "--quiet", "--message", message)
            made.append(self.git(directory, "rev-parse", "HEAD"))
        return made
