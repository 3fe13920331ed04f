"""/api/projects/{id}/releases/{version}/remap: applying maps that came after the events."""

from __future__ import annotations

from ninja import Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from issues import remapping
from issues.models import Remapping
from rustrak.lib import problems
from rustrak.lib.schemas import Moment, Output

router = Router(tags=["releases"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))


class RemappingOut(Output):
    """`state` is waiting, running, done or stopped; `changed` issues of `done` that were looked at are called or grouped otherwise now.
    `trouble` says why it was stopped."""

    id: int
    release: str
    state: str
    total: int
    done: int
    changed: int
    trouble: str | None
    created_at: Moment
    finished_at: Moment | None

    @classmethod
    def of(cls, job: Remapping) -> RemappingOut:
        return cls(
            id=job.pk,
            release=job.release,
            state=job.state,
            total=job.total,
            done=job.done,
            changed=job.changed,
            trouble=job.trouble or None,
            created_at=job.created_at,
            finished_at=job.finished_at,
        )


@router.post(
    "/api/projects/{int:project_id}/releases/{path:version}/remap",
    response={202: RemappingOut},
)
def remap_release(request: SignedInRequest, project_id: int, version: str) -> Status[RemappingOut]:
    """Apply the source maps and debug files that there are now to the release's issues: to their titles, culprits and smart keys.

    The answer is the job, or the one that is not finished yet. 409 where there is nothing to apply, or nothing to apply it to.
    """
    project = visible_project(request.user, project_id)
    try:
        job = remapping.ask(project, version, request.user)
    except remapping.NotPossible as error:
        raise problems.Conflict(str(error)) from None
    return Status(202, RemappingOut.of(job))


@router.get("/api/projects/{int:project_id}/releases/{path:version}/remap", response=RemappingOut)
def get_remapping(request: SignedInRequest, project_id: int, version: str) -> RemappingOut:
    """The latest job of the release; 404 where there was none."""
    job = remapping.latest(visible_project(request.user, project_id), version)
    if job is None:
        raise problems.NotFound("Maps were not applied to this release's events yet.")
    return RemappingOut.of(job)
