from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit
from accounts.models import Project
from ingest.ledger import latest_requests
from issues import forgetting
from issues.forgetting import whom
from issues.models import Forgetting
from rustrak.lib import wording
from rustrak.lib.database import startup


class Command(BaseCommand):
    help = (
        "Delete everything that is stored of a person of a project: events, attachments, feedback, search words, tags and names. It may be "
        "interrupted, and run while Rustrak runs. Later events of the person are stored as usual."
    )

    _said = -1

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the slug of the project")
        parser.add_argument(
            "person",
            metavar="PERSON",
            help="id, e-mail address, user name, IP address or number of the person",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when nobody or several people have the name, and when it was stopped."""
        startup.require()
        project, number = one_person(options["project"], options["person"])
        name = whom.called(project, number)
        if (
            not options["yes"]
            and input(f"Type {name} to forget this person: ").strip().casefold() != name.casefold()
        ):
            raise CommandError("nothing was deleted")
        try:
            with audit.by_command("forget_person"):
                job = forgetting.ask(project, number)
            job = forgetting.finish(job, latest_requests.forget, self._tell)
        except forgetting.NotPossible as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("interrupted: Rustrak goes on by itself") from None
        if job.state == Forgetting.State.STOPPED:
            raise CommandError(job.trouble)
        self.stdout.write(f"{wording.counted(job.deleted, 'event')} deleted.")

    def _tell(self, job: Forgetting) -> None:
        if job.done != self._said:
            self._said = job.done
            self.stdout.write(f"{wording.number(job.done)} of {wording.counted(job.total, 'event')}")
            self.stdout.flush()


def one_person(slug: str, name: str) -> tuple[Project, int]:
    """The project with this slug, and the number of the only person in it with this name. Raises CommandError."""
    project = Project.objects.filter(slug=slug, deleting_at=None).first()
    if project is None:
        raise CommandError(f"there is no project {slug!r}")
    known = {number: whom.find(project, number) for number in whom.named(project, name)}
    people = {found.numbers: number for number, found in known.items() if found is not None}
    if not people:
        raise CommandError(f"nobody in {slug} is called {name!r}")
    if len(people) > 1:
        numbers = ", ".join(map(str, people.values()))
        raise CommandError(f"several people are called {name!r}; give one of the numbers {numbers}")
    return project, next(iter(people.values()))
