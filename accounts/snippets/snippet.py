"""What the setup of one platform consists of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """The setup of one platform: `init` is code for the file named in `where`, `test` sends an event.

    `install` is a shell command, or what goes into a build file. `user` is code that says who uses the program. Fields
    that a platform does not need are empty. `mobile`: it runs on phones, for which this machine is another one.
    The texts have marks for the project's DSN and address, which `snippets` replaces.
    """

    platform: str
    name: str
    install: str = ""
    where: str = ""
    init: str = ""
    user: str = ""
    test: str = ""
    mobile: bool = False
