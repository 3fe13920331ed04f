"""A test file stands where its module stands, so that each finds the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.lib.sources import APPS, ROOT

TESTS = ROOT / "tests"
# Tests of behaviour that several modules share, and what they are about.
BEHAVIOUR = {
    "accounts/test_api_auth.py": "the routes below /auth",
    "accounts/test_api_tokens.py": "the routes below /api/tokens",
    "accounts/tokens/test_operations.py": "what tokens open, of every operation of both APIs",
    "accounts/test_sign_in_live.py": "limits on sign-ins across web workers",
    "accounts/sign_in/test_attacks.py": "what strangers and thieves can do at every step of a sign-in",
    "accounts/pages/test_sign_in.py": "signing in, through allauth's pages",
    "ingest/test_live.py": "the edge over real sockets",
    "ingest/digest/test_clock_jumps.py": "a clock that is set back",
    "ingest/digest/test_database_trouble.py": "a database that is away or busy",
    "ingest/digest/test_exactly_once.py": "a digest that dies at any step",
    "ingest/digest/test_mapping.py": "uploaded maps, from the digest to the issue",
    "ingest/digest/test_many_digests.py": "several digest processes",
    "ingest/digest/test_privacy.py": "secrets, from the queue to every table",
    "ingest/edge/test_captured.py": "requests recorded from real SDKs",
    "ingest/edge/test_growth.py": "the time that hostile data takes",
    "ingest/edge/test_memory.py": "a web worker's memory",
    "ingest/edge/test_pressure.py": "a full disk, no descriptors left",
    "ingest/edge/test_unfinished.py": "the memory of unfinished requests",
    "ingest/edge/endpoints/test_hostile.py": "spoiled requests to every endpoint",
    "ingest/edge/endpoints/test_odd_headers.py": "headers of any content, from the request to the rows",
    "ingest/edge/endpoints/test_paths.py": "every address that SDKs call",
    "ingest/filters/test_digest.py": "filters as the digest applies them",
    "ingest/ledger/test_balance.py": "the ledger of a live server",
    "ingest/ledger/test_tally.py": "what a web process counts until it is written down",
    "ingest/pages/test_expired.py": "what empty lists say when everything in them has expired",
    "ingest/pages/test_sampled.py": "what the pages say of a sampled issue",
    "ingest/pages/test_week.py": "what the issue list says of the week's ledger",
    "ingest/rate_limits/test_live.py": "rate limits of a live server",
    "issues/alerts/channels/test_conversations.py": "from facts to what every chat has of an issue",
    "issues/alerts/channels/test_hostile_text.py": "what text of strangers can do in any chat",
    "issues/alerts/delivery/test_crashes.py": "a deliverer that dies, is stopped, or loses the database",
    "issues/api/test_alerts_whole.py": "alerts through the API alone, from a channel to the history",
    "rustrak/test_admin.py": "what holds for every list of Django's admin",
    "rustrak/api/test_changes.py": "CSRF tokens and read-only fields, of every change in the API",
    "rustrak/api/test_versions.py": "ETag and If-Match of all that people edit",
    "rustrak/api/test_conformance.py": "what the API answers, compared with its document",
    "rustrak/api/test_contract.py": "what holds for every route of the API",
    "issues/merging/test_exact.py": "every number after any merges, splits, moves and undos",
    "issues/test_sums.py": "readers of what is counted, of an issue with several groupings",
    "issues/pages/test_others.py": "what a member of one project learns of another one, and can do to it",
    "issues/payload/test_page_agrees.py": "the digest and the page read an event alike",
    "issues/payload/test_storable.py": "both databases store any event",
    "issues/record/test_counts.py": "what is counted beside the events",
    "issues/render/test_reports.py": "events that no SDK made",
    "issues/render/test_growth.py": "how much a page holds and computes of any event",
    "issues/retention/test_attachments.py": "which attachments and files are deleted",
    "issues/retention/test_history.py": "which events go first, after any history",
    "rustrak/test_offered.py": "links and buttons of all pages, for every role",
    "rustrak/test_access_matrix.py": "who may ask for what, at every address",
    "rustrak/test_audited.py": "which changes the audit log has",
    "rustrak/test_no_zone_files.py": "a machine without a time zone database",
    "rustrak/test_body_limits.py": "how much every address takes",
    "rustrak/test_redirects.py": "where every address leads",
    "rustrak/test_every_answer.py": "headers and content types of the answers of all addresses",
    "rustrak/test_failover.py": "a PostgreSQL that fails, returns, or has few connections, under a live server",
    "rustrak/test_refused_databases.py": "databases that stop the start with a sentence",
    "rustrak/test_locked_database.py": "pages and intake while another program holds the database's locks",
    "rustrak/test_methods.py": "HEAD, OPTIONS and unknown methods, at every address",
    "rustrak/test_nginx.py": "behind nginx",
    "rustrak/test_last_admins.py": "the last admins stay what they are, by pages, API, Django's admin and commands",
    "rustrak/test_swapped_ids.py": "ids of one project in addresses, bodies and queries of another",
    "rustrak/test_strangers.py": "what strangers can do to a live server: its log, its memory, its health checks",
    "rustrak/test_sub_path.py": "an installation below a path of its host",
    "rustrak/ops/doctor/test_checks.py": "all subjects that the doctor examines",
    "rustrak/ops/doctor/test_live.py": "the doctor beside a running server",
    "rustrak/run/test_full_disk.py": "a server whose disk fills up",
    "rustrak/run/test_reload.py": "workers replaced under clients",
    "rustrak/run/test_up.py": "`manage.py up` from start to stop",
}


def files_of_tests() -> Iterator[Path]:
    """Every test file of an app, relative to `tests`."""
    for app in APPS:
        for path in sorted((TESTS / app).rglob("test_*.py")):
            yield path.relative_to(TESTS)


def has_module(path: Path) -> bool:
    """Whether `<path>/test_x.py` has a module `<path>/x.py`, a package `<path>/x` or a command `x`."""
    folder, name = ROOT / path.parent, path.stem.removeprefix("test_")
    if name == folder.name:  # a package's own __init__
        return (folder / "__init__.py").is_file()
    candidates = (folder / f"{name}.py", folder / name / "__init__.py", folder / "commands" / f"{name}.py")
    return any(candidate.is_file() for candidate in candidates)


def test_modules_and_their_tests_are_matched() -> None:
    assert has_module(Path("ingest/spool/test_backlog.py"))
    assert has_module(Path("ingest/spool/test_spool.py"))
    assert has_module(Path("issues/test_models.py"))
    assert has_module(Path("ingest/management/test_send_event.py"))
    assert not has_module(Path("ingest/spool/test_nothing.py"))


def test_a_test_file_stands_where_its_module_stands() -> None:
    files = [path.as_posix() for path in files_of_tests()]
    assert len(files) > 150
    lost = [path for path in files if not has_module(Path(path)) and path not in BEHAVIOUR]
    assert lost == [], "move them beside their module, or say in BEHAVIOUR what they are about"


def test_the_list_names_only_what_is_there() -> None:
    files = {path.as_posix() for path in files_of_tests()}
    assert set(BEHAVIOUR) - files == set()


def test_helpers_are_in_lib_not_in_test_files() -> None:
    found = [
        f"{path.relative_to(TESTS)}: {line}"
        for path in sorted(TESTS.rglob("test_*.py"))
        for line in path.read_text().splitlines()
        if line.startswith("from tests.") and ("test_" in line.split()[1] or "import test_" in line)
    ]
    assert found == []
