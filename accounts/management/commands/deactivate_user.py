from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import admins, audit, people, projects
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Take away a person's access at once: sessions end, tokens are deleted. What the person wrote stays."
    )
    requires_system_checks = []  # the server makes them when it starts; here they take half the time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address with which the person signs in.")
        parser.add_argument("--undo", action="store_true", help="Let the person sign in again.")

    def handle(self, *args: Any, email: str, undo: bool, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None:
            raise CommandError(f"There is no account with the address {email}.")
        try:
            with audit.by_command("deactivate_user"):
                (people.reactivate if undo else people.deactivate)(person, by=None)
        except (admins.LastAdmin, projects.LastProjectAdmin) as last:
            raise CommandError(str(last)) from None
        self.stdout.write(f"{person.email} is {'active again' if undo else 'deactivated'}.")
