"""Settings of every test run, and the people in the tests.

Ana runs the installation, Bo is a member of the project Shop, and Cy has no access to it.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable

import hypothesis
import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Membership, Project, User
from tests.lib.live import live  # noqa: F401  a fixture

PASSWORD = "correct horse battery staple"


def pytest_configure() -> None:
    # What is imported and collected stays: looking through it for garbage takes a third of the time of a collection.
    gc.disable()
    # How long an example takes depends more on the machine than on the code.
    examples = int(os.environ.get("RUSTRAK_TEST_EXAMPLES", hypothesis.settings.default.max_examples))
    # A busy machine is no fault of the code: neither an example nor making examples has a limit of time.
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile(
        "rustrak", deadline=None, max_examples=examples, suppress_health_check=slow
    )
    hypothesis.settings.load_profile("rustrak")
    # The real one reads a manifest that only collectstatic writes; live servers have it.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # A file, as in production, for WAL, several connections and locks.
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(settings.DATA_DIR / "test.sqlite3")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that touch the database, so that they can be run on the other one as well.

    In a parallel run the slowest files go first, so that all processes end at about the same time.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & {"db", "transactional_db", "live"} or item.get_closest_marker("django_db"):
            item.add_marker("database")
    if hasattr(config, "workerinput"):
        items.sort(
            key=lambda item: (not item.get_closest_marker("long"), not item.get_closest_marker("live"))
        )


def pytest_collection_finish() -> None:
    # What was imported lives to the end; not to look at it again saves a tenth of the processor time.
    gc.collect()
    gc.freeze()
    # Tests leave little in cycles, and looking for it less often saves another tenth.
    gc.set_threshold(20_000, 20, 100)
    gc.enable()


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana@example.org", PASSWORD)


@pytest.fixture
def bo(shop: Project) -> User:
    user = User.objects.create_user("bo@example.org", PASSWORD)
    Membership.objects.create(user=user, project=shop)
    return user


@pytest.fixture
def cy(db: None) -> User:
    return User.objects.create_user("cy@example.org", PASSWORD)


@pytest.fixture
def shop(db: None) -> Project:
    return Project.objects.create(name="Shop", slug="shop")


@pytest.fixture
def bo_client(bo: User, sign_in: Callable[[User], Client]) -> Client:
    """A browser in which Bo is signed in."""
    return sign_in(bo)


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """`sign_in(user)` returns a test client with that user's session."""

    def sign(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign
