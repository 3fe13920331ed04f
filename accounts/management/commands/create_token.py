from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit
from accounts.models import Project, TooManyTokens, User
from accounts.tokens import issuing
from accounts.tokens.presets import PRESETS, allowed


class Command(BaseCommand):
    help = "Create an API token for a person and print it. Nothing else is written to stdout."
    requires_system_checks = []  # the server makes them when it starts; here they take half the time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address with which the person signs in.")
        parser.add_argument(
            "--project",
            metavar="SLUG",
            action="append",
            help="A project that the token gives access to; may be repeated. Default: all of the person's.",
        )
        chosen = parser.add_mutually_exclusive_group()
        chosen.add_argument(
            "--preset",
            choices=PRESETS,
            default="everything",
            help="What the token may do: everything that the person may (the default), only read, or only uploads and releases.",
        )
        chosen.add_argument(
            "--capability",
            metavar="NAME",
            action="append",
            help="Something that the token may do, such as event:read, instead of a preset; may be repeated. docs/access.md lists them.",
        )
        parser.add_argument(
            "--expires-in",
            metavar="DAYS",
            type=int,
            help="How many days the token is valid. Default: for ever.",
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
                    projects=_projects(options["project"]),
                    capabilities=options["capability"]
                    or allowed(PRESETS[options["preset"]], issuing.within_reach_of(user)),
                    days=options["expires_in"],
                    organization=options["organization"],
                )
        except (TooManyTokens, issuing.Refused) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(text)


def _projects(slugs: list[str] | None) -> list[Project] | None:
    return None if slugs is None else [_project(slug) for slug in dict.fromkeys(slugs)]


def _project(slug: str) -> Project:
    present = Project.objects.filter(deleting_at=None)
    found = present.filter(slug=slug).first() or present.formerly(slug).first()
    if found is None:
        raise CommandError(f"There is no project with the slug {slug}.")
    return found
