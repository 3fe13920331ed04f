from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import admins, audit, people, projects
from accounts.models import User


class Command(BaseCommand):
    help = "Give a person a role in the installation. The last admin and the last owner who can sign in, and the last admin of a project, keep theirs."
    requires_system_checks = []  # the server makes them when it starts; here they take half the time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address with which the person signs in.")
        parser.add_argument("role", choices=User.Role.values)

    def handle(self, *args: Any, email: str, role: str, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None:
            raise CommandError(f"There is no account with the address {email}.")
        try:
            with audit.by_command("set_role"):
                people.set_role(person, role, by=None)
        except (admins.LastAdmin, projects.LastProjectAdmin) as last:
            raise CommandError(str(last)) from None
        self.stdout.write(f"{person.email} has the role {role}.")
