"""/api/projects/{id}/people: whom events happened to, everything that is kept of one, and forgetting them."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues import forgetting
from issues.forgetting import export, whom
from issues.models import Forgetting, Person
from issues.people import directory
from rustrak.lib import keyset, problems
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["people"], auth=needs(Capability.PROJECT_ADMIN, Capability.PROJECT_ADMIN))


class PersonOut(Output):
    """`person` is the number that makes them one person, in decimal digits. What names them is empty where no event said it."""

    person: str
    id: str
    email: str
    username: str
    ip_address: str
    last_seen: Moment

    @classmethod
    def of(cls, row: Person) -> PersonOut:
        return cls(
            person=str(row.person),
            id=row.user_id,
            email=row.email,
            username=row.username,
            ip_address=row.ip_address,
            last_seen=row.last_seen,
        )


class PeopleQuery(Paging):
    """`name`: the whole id, e-mail address, user name or IP address."""

    name: Annotated[Text, Field(max_length=254)] = ""


class ForgetIn(Input):
    """`name` is how the person is called: the e-mail address, else the user name, else the id, else the IP address, else the number."""

    model_config = example({"name": "ana@example.org"})

    name: Annotated[Text, Field(max_length=254)]


class ForgettingOut(Output):
    """`state` is waiting, running, done or stopped. `done` of `total` events of the project were looked at, `deleted` of them were the
    person's. `trouble` says why it was stopped."""

    id: int
    person: str
    state: str
    total: int
    done: int
    deleted: int
    trouble: str | None
    created_at: Moment
    finished_at: Moment | None

    @classmethod
    def of(cls, job: Forgetting) -> ForgettingOut:
        return cls(
            id=job.pk,
            person=str(job.person),
            state=job.state,
            total=job.total,
            done=job.done,
            deleted=job.deleted,
            trouble=job.trouble or None,
            created_at=job.created_at,
            finished_at=job.finished_at,
        )


@router.get(
    "/api/projects/{int:project_id}/people",
    response=Listing[PersonOut],
    auth=needs(Capability.EVENT_READ, Capability.EVENT_READ),
)
def list_people(request: SignedInRequest, project_id: int, asked: Query[PeopleQuery]) -> Listing[PersonOut]:
    """List the people whom events happened to, by their numbers."""
    rows = Person.objects.filter(project=visible_project(request.user, project_id))
    if asked.name:
        rows = rows.filter(person__in=whom.named(visible_project(request.user, project_id), asked.name))
    page = keyset.page(rows, ["person"], descending=False, cursor=asked.cursor, limit=asked.limit)
    return Listing[PersonOut].of(page, PersonOut.of)


@router.post("/api/projects/{int:project_id}/people/{person}/forget", response={202: ForgettingOut})
def forget_person(
    request: SignedInRequest, project_id: int, person: str, body: ForgetIn
) -> Status[ForgettingOut]:
    """Delete everything that is stored of a person, in the background: events, attachments, feedback, words, tags, names.

    The answer is the job, or the one that is not finished yet. Later events of the person are stored as usual. Only admins of the
    project may do this.
    """
    project = visible_project(request.user, project_id)
    number = _number(person)
    if whom.find(project, number) is None:
        raise problems.NotFound("Nothing is stored of this person.")
    if body.name.strip().casefold() != whom.called(project, number).casefold():
        raise problems.BadInput("name: this is not how the person is called")
    try:
        return Status(202, ForgettingOut.of(forgetting.ask(project, number, request.user)))
    except forgetting.NotPossible as error:
        raise problems.NotFound(str(error)) from None


@router.get("/api/projects/{int:project_id}/people/{person}/forget", response=ForgettingOut)
def get_forgetting(request: SignedInRequest, project_id: int, person: str) -> ForgettingOut:
    """The latest job about the person; 404 where there was none."""
    job = forgetting.latest(visible_project(request.user, project_id), _number(person))
    if job is None:
        raise problems.NotFound("Nobody has asked to forget this person.")
    return ForgettingOut.of(job)


@router.get(
    "/api/projects/{int:project_id}/people/{person}/export",
    openapi_extra={"responses": {200: {"content": {"application/zip": {}}}}},
)
def export_person(request: SignedInRequest, project_id: int, person: str) -> HttpResponse:
    """Return a ZIP file with everything that is kept of a person. Only admins of the project may do this. 409 for very many events."""
    project: Project = visible_project(request.user, project_id)
    known = whom.find(project, _number(person))
    if known is None:
        raise problems.NotFound("Nothing is stored of this person.")
    try:
        return export.answer(project, known)
    except export.TooMany as many:
        raise problems.Conflict(str(many)) from None


def _number(text: str) -> int:
    found = directory.number_in(text)
    if found is None:
        raise problems.NotFound("This is not the number of a person.")
    return found
