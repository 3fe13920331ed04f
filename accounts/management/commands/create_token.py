from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit
from accounts.models import Project, TooManyTokens, User
from accounts.tokens import issuing


class Command(BaseCommand):
    help = "Create an API token for a person and print it. Nothing else is written to stdout."
    requires_system_checks = []  # the server makes them when it starts; here they take half the time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address with which the person signs in.")
        parser.add_argument(
            "--project",
            metavar="SLUG",
            help="The only project that the token gives access to. Default: all of the person's.",
        )
        parser.add_argument(
            "--plain",
            action="store_true",
            help="Print 40 hexadecimal digits. Without it the token begins with sntrys_ and tells Sentry's clients where the server"
            " is, so that they need no other setting.",
        )
        parser.add_argument(
            "--organization",
            metavar="SLUG",
            default="",
            help="What the configuration of the clients calls the organization, so that they do not warn. Default: rustrak.",
        )
        parser.add_argument(
            "--description", default="", help="What the token is for, in at most 200 characters."
        )

    def handle(self, *args: Any, email: str, description: str, **options: Any) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"There is no account with the address {email}. Create it with create_user.")
        if not user.is_active:
            raise CommandError(f"The account of {email} is disabled, so its tokens would not work.")
        description = description.strip()
        if len(description) > 200 or "\0" in description:
            raise CommandError("The description has at most 200 characters.")
        try:
            with audit.by_command("create_token"):
                _, text = issuing.issue(
                    user,
                    description,
                    form="plain" if options["plain"] else "sentry",
                    project=_project(options["project"]),
                    organization=options["organization"],
                )
        except (TooManyTokens, issuing.NotVisible, issuing.BadOrganization) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(text)


def _project(slug: str | None) -> Project | None:
    if slug is None:
        return None
    present = Project.objects.filter(deleting_at=None)
    found = present.filter(slug=slug).first() or present.formerly(slug).first()
    if found is None:
        raise CommandError(f"There is no project with the slug {slug}.")
    return found
