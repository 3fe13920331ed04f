"""One successful call of every SDK address, with the status of its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.lib.forms import FORM, a_dump, a_file, a_form, dump_part

EVENT_ID = "a1b2c3d4" * 4
REPORT = b'{"csp-report":{"effective-directive":"img-src","blocked-uri":"https://evil.example/x.png"}}'
FEEDBACK = b'{"event_id":"%b","comments":"It broke"}' % EVENT_ID.encode()


@dataclass(frozen=True)
class Call:
    """One call and the status of its success. `KEY`, `PROJECT` and `DSN` are replaced by those of the project."""

    method: str
    path: str
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    query: str = "sentry_key=KEY"

    def filled(self, text: str, key: str, project: str, base: str) -> str:
        dsn = f"{base.replace('://', f'://{key}@')}/{project}"
        return text.replace("DSN", dsn).replace("KEY", key).replace("PROJECT", project)


CALLS = [
    Call("POST", "/api/PROJECT/envelope/", body=b"{}"),
    Call("POST", "/api/PROJECT/store/", body=b"{}"),
    Call("POST", "/api/store/", body=b"{}"),
    Call("POST", "/api/PROJECT/security/", body=REPORT, headers={"Content-Type": "application/csp-report"}),
    Call("POST", "/api/PROJECT/csp-report/", body=REPORT, headers={"Content-Type": "application/json"}),
    Call("POST", "/api/PROJECT/nel/", body=b"[]", headers={"Content-Type": "application/reports+json"}),
    Call("POST", "/api/PROJECT/minidump/", body=a_form([dump_part(a_dump())]), headers=FORM),
    Call("POST", f"/api/PROJECT/events/{EVENT_ID}/attachments/", 201, a_form([a_file("a", b"x")]), FORM),
    Call("GET", "/api/PROJECT/cron/nightly/KEY/", 202, query="status=ok"),
    Call("POST", "/api/PROJECT/cron/nightly/KEY/", 202, b'{"status":"ok"}', query=""),
    Call("GET", "/api/PROJECT/cron/nightly/", 202, query="status=ok&sentry_key=KEY"),
    Call("GET", "/api/embed/error-page/", query=f"dsn=DSN&eventId={EVENT_ID}"),
    Call("POST", "/api/embed/error-page/", body=urlencode({"comments": "x"}).encode(), query=f"dsn=DSN&eventId={EVENT_ID}"),
    Call("POST", "/api/0/projects/o/p/user-feedback/", body=FEEDBACK, headers={"Authorization": "Dsn DSN"}, query=""),
]  # fmt: skip
