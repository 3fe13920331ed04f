from __future__ import annotations

import sys
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import bootstrap, public_address
from rustrak.lib.logs.output import say

# The parts are forked from this process: what the digests need is imported once, here.
from rustrak.management.commands import deliver, digest, retain  # noqa: F401
from rustrak.run import parts
from rustrak.run.listener import CannotListen, listen
from rustrak.run.supervisor import Supervisor


def first_admin() -> str | None:
    """Create the admin that CREATE_SUPERUSER names. Without the setting: the setup link, while there is no admin."""
    bootstrap.bootstrap()
    return bootstrap.setup_link()


class Command(BaseCommand):
    help = "Run everything: migrate, then web, digest, deliver and retain under one supervisor."
    requires_system_checks = []  # `prepare` runs them in its fork: this process opens no database

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listener = listen(settings.HOST, settings.PORT)
        except CannotListen as problem:
            raise CommandError(str(problem)) from None
        with closing(listener):
            link = parts.prepare(first_admin)
            parts.preload()
            every_part = parts.all_parts(listener, [*deliver.LOOPS, *retain.LOOPS])
            supervisor = Supervisor(every_part, on_stop=listener.close)
            say(f"Rustrak is running at {settings.PUBLIC_URL}")
            if link:
                say(f"There is no admin yet. Create the first one here: {link}")
            if advice := public_address.advice():
                say(advice)
            supervisor.run()
        sys.exit(0)
