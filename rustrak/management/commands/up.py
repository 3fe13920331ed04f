from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rustrak.run import parts
from rustrak.run.listener import CannotListen, listen
from rustrak.run.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run everything: migrate, then web, digest, deliver and retain under one supervisor."
    requires_system_checks = []  # done in the fork that prepares: this process opens no database

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listener = listen(settings.HOST, settings.PORT)
        except CannotListen as problem:
            raise CommandError(str(problem)) from None
        link = parts.prepare()
        parts.preload()
        supervisor = Supervisor(parts.all_parts(listener), on_stop=listener.close)
        self.stdout.write(f"Rustrak is running at {settings.PUBLIC_URL}")
        if link:
            self.stdout.write(f"Nobody can sign in yet. Create the first account here: {link}")
        self.stdout.flush()
        supervisor.run()
        sys.exit(0)
