from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit
from accounts.models import User
from accounts.sign_in import second_factors, sessions


class Command(BaseCommand):
    help = "Delete the authenticator app, passkeys and recovery codes of a person who has lost them, and end their sessions."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address with which the person signs in.")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"There is no account with the address {email}.")
        with audit.by_command("reset_second_factors"):
            removed = second_factors.reset(user)
        if not removed:
            self.stdout.write(f"{user.email} has no second factor. Nothing was changed.")
            return
        sessions.end_all(user)
        self.stdout.write(
            f"{user.email} signs in with the password alone now. All sessions of the account have ended."
        )
