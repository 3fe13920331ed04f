"""Sets the environment that the tests run in, before Django reads its settings.

RUSTRAK_TEST_DATABASE=postgres runs them on PostgreSQL: a throwaway cluster, or the server that
RUSTRAK_TEST_POSTGRES_URL names.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from tests.lib import installation, postgres

_OURS = [
    "RUSTRAK_DATA",
    "DATABASE_URL",
    "INGEST_DIR",
    "HOST",
    "PORT",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "WEB_WORKERS",
    "WEB_THREADS",
    "DIGEST_WORKERS",
    "SSL_PROXY",
    "SESSION_SECRET_KEY",
    "CREATE_SUPERUSER",
    "REGISTRATION",
    "TRUSTED_PROXIES",
    "INGEST_FSYNC",
    "EMAIL_URL",
    "LOG_FORMAT",
]

for name in [
    name
    for name in os.environ
    if name in _OURS or name.startswith(("MAX_", "MIN_", "RETAIN_", "ATTACHMENTS_", "OIDC_"))
]:
    del os.environ[name]

installation.shared()  # before the processes of a parallel run start, so that it is one for all

DATA = tempfile.mkdtemp(prefix="rustrak-tests-")
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
os.mkdir(os.path.join(DATA, "static"))  # as `up` leaves it: whitenoise warns when it is missing
os.environ["RUSTRAK_DATA"] = DATA
os.environ["PUBLIC_URL"] = "http://testserver"

if os.environ.get("RUSTRAK_TEST_DATABASE") == "postgres":
    os.environ["DATABASE_URL"] = postgres.url()
