"""Django's settings and everything an operator can set. The environment is read here and nowhere else.

docs/operations.md, "Settings", lists names, defaults and meanings. `NAME_FILE` may name a file with the value of
`NAME`. A bad value stops the start with ImproperlyConfigured: the variable's name, what is wrong, and an example.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from rustrak.email_url import email_url, sender
from rustrak.lib.disk import private
from rustrak.lib.http import response_headers
from rustrak.lib.http.hosts import Hosts, origin
from rustrak.openid import provider, roles
from rustrak.outbound import allow_list, proxies
from rustrak.setting_urls import base, listening, public
from rustrak.setting_values import (
    boolean,
    choice,
    class_path,
    database,
    dotenv,
    given,
    host_names,
    json_object,
    networks,
    number,
    stored_secret,
    text,
    unquoted,
)

BASE_DIR = Path(__file__).resolve().parent.parent

# Values are used as they are: environ's own readers take one that starts with $ for the name of another variable.
_DOTENV = BASE_DIR / ".env"
try:
    if _DOTENV.exists():
        environ.Env.read_env(io.StringIO(dotenv(_DOTENV.read_text("utf-8-sig"))))
except OSError as error:
    raise ImproperlyConfigured(f"{_DOTENV} cannot be read ({error.strerror}).") from None
except UnicodeDecodeError:
    raise ImproperlyConfigured(f"{_DOTENV} is not UTF-8 text.") from None
except ValueError as error:
    raise ImproperlyConfigured(f"{_DOTENV}: {error}. Example: PORT=8000") from None

# The names of all settings, and those that are set, for the doctor: it finds misspelled ones.
SETTING_NAMES: set[str] = set()
GIVEN_NAMES = frozenset(os.environ)


def _setting(
    name: str, default: Any, parse: Callable[[str], Any], example: str, *, secret: bool = False
) -> Any:
    """The variable `name` as `parse` reads it, or `default` unchanged when it is unset or empty.

    Raises ImproperlyConfigured for a bad value, which the message does not repeat if it is `secret`.
    """
    SETTING_NAMES.add(name)
    try:
        raw = given(os.environ, name)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE: {error}. Example: {name}_FILE=/run/secrets/{name.lower()}"
        ) from None
    # A secret key may begin and end with a quote, and has been used with it.
    raw = raw if name == "SESSION_SECRET_KEY" else unquoted(raw)
    if not raw:
        return default
    try:
        return parse(raw)
    except (ValueError, TypeError, KeyError, ImproperlyConfigured) as error:
        shown = name if secret or "@" in raw else f"{name}={raw[:100]!r}{'…' if len(raw) > 100 else ''}"
        raise ImproperlyConfigured(f"{shown}: {error}. Example: {name}={example}") from None


DATA_DIR = Path(_setting("RUSTRAK_DATA", str(BASE_DIR / "data"), text, "./data")).expanduser().resolve()
INGEST_DIR = (
    Path(_setting("INGEST_DIR", str(DATA_DIR / "spool"), text, "/var/spool/rustrak")).expanduser().resolve()
)

# Lock and state files of the running processes.
RUN_DIR = DATA_DIR / "run"
# Uploads while they arrive and are put together. What is in it when its process is gone is deleted.
UPLOAD_DIR = DATA_DIR / "uploads"

# What the child of issues.symbols gets of the environment: what Python and the system's libraries need, and no secret.
CHILD_ENVIRONMENT = {
    name: os.environ[name]
    for name in ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
    if name in os.environ
}

# Before any file is made, in whichever process: what is in these directories is nobody else's business.
os.umask(private.UMASK)
# The names of the directories that are made in each of the two.
DATA_DIRECTORIES = frozenset({"attachments", "cache", "run", "spool", "static", "uploads", INGEST_DIR.name})
INGEST_DIRECTORIES = frozenset({"quarantine"})
# And those of the files.
OWN_FILES = frozenset({"quota", "rustrak.sqlite3", "secret_key", "wake"})
OWN_SUFFIXES = (".open", ".sealed", ".blob", ".sqlite3-wal", ".sqlite3-shm")
try:
    private.create(DATA_DIR, DATA_DIRECTORIES)
except OSError as error:
    raise ImproperlyConfigured(
        f"RUSTRAK_DATA={str(DATA_DIR)!r}: cannot be created ({error.strerror}). Example: RUSTRAK_DATA=./data"
    ) from None
private.close(INGEST_DIR, INGEST_DIRECTORIES)

# Network --------------------------------------------------------------------------------------------------

HOST: str = _setting("HOST", "127.0.0.1", listening, "0.0.0.0")  # noqa: S104
PORT: int = _setting("PORT", 8000, number(1, 65535), "8000")
PUBLIC_URL: str = _setting("PUBLIC_URL", base(HOST, PORT), public, "https://errors.example.org")
_PUBLIC = urlsplit(PUBLIC_URL)
# rustrak.asgi compares Host headers with these, before Django.
HOSTS = Hosts.of(
    _PUBLIC.hostname or "",
    HOST,
    _setting("ALLOWED_HOSTS", [], host_names, "errors.internal,rustrak_web:8000"),
)
SSL_PROXY: bool = _setting("SSL_PROXY", False, boolean, "true")
TRUSTED_PROXIES = _setting("TRUSTED_PROXIES", [], networks, "10.0.0.0/8,192.168.1.5")

OUTBOUND_ALLOW: allow_list.AllowList = (
    _setting("OUTBOUND_ALLOW", None, allow_list.parse, "mattermost.internal,10.1.2.0/24,ntfy.lan:8080")
    or allow_list.AllowList()
)
# As other programs do, the variables in lower case first. A bad one only stops what goes through it: it may be meant for
# another program of the container.
OUTBOUND_PROXIES = proxies.Environment(
    https=_setting("https_proxy", "", str, "") or _setting("HTTPS_PROXY", "", str, ""),
    http=_setting("http_proxy", "", str, "") or _setting("HTTP_PROXY", "", str, ""),
    no=_setting("no_proxy", "", str, "") or _setting("NO_PROXY", "", str, ""),
)

# Two small processes beat one large one and leave the digest a core: docs/decisions/0003.
WEB_WORKERS: int = _setting("WEB_WORKERS", min(2, os.cpu_count() or 1), number(1, 256), "2")
WEB_THREADS: int = _setting("WEB_THREADS", 4, number(1, 256), "4")
DIGEST_WORKERS: int = _setting("DIGEST_WORKERS", 1, number(0, 64), "1")

# Secrets --------------------------------------------------------------------------------------------------

SECRET_KEY: str = _setting("SESSION_SECRET_KEY", "", text, secrets.token_urlsafe(48), secret=True)
if not SECRET_KEY:
    if SSL_PROXY:
        raise ImproperlyConfigured(
            "SESSION_SECRET_KEY is required with SSL_PROXY=true: all machines behind the proxy must use the same. "
            f"Example: SESSION_SECRET_KEY={secrets.token_urlsafe(48)}"
        )
    SECRET_KEY = stored_secret(DATA_DIR)
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured(
        f"SESSION_SECRET_KEY: must have at least 32 characters, not {len(SECRET_KEY)}. "
        f"Example: SESSION_SECRET_KEY={secrets.token_urlsafe(48)}"
    )

CREATE_SUPERUSER: str = _setting("CREATE_SUPERUSER", "", str, "ana@example.org:password", secret=True)
# How many projects a user who is not an admin may create (0: no limit).
MAX_PROJECTS_PER_USER: int = _setting("MAX_PROJECTS_PER_USER", 50, number(0, 2**31 - 1), "50")
try:
    OIDC: provider.Provider | None = provider.configured(
        _setting("OIDC_PROVIDER", "", choice(*provider.PRESETS), "keycloak"),
        issuer=_setting("OIDC_ISSUER", "", provider.issuer, "https://id.example.org/realms/company"),
        client_id=_setting("OIDC_CLIENT_ID", "", text, "rustrak"),
        client_secret=_setting("OIDC_CLIENT_SECRET", "", text, "…", secret=True),
        name=_setting("OIDC_NAME", "", text, "Company login"),
        groups_claim=_setting("OIDC_GROUPS_CLAIM", "", text, "groups"),
        grants=_setting(
            "OIDC_ROLES", None, lambda raw: roles.read(json_object(raw)), '{"operators": "admin"}'
        ),
        domains=_setting("OIDC_ALLOWED_DOMAINS", frozenset(), provider.domains, "example.org,example.com"),
        creates_accounts=_setting("OIDC_SIGN_UP", False, boolean, "true"),
        is_only_way=_setting("OIDC_ONLY", False, boolean, "true"),
    )
except ValueError as error:
    raise ImproperlyConfigured(f"{error}.") from None
REGISTRATION: str = _setting("REGISTRATION", "invite", choice("open", "invite", "closed"), "invite")

# Incoming -------------------------------------------------------------------------------------------------

_MIB = 1024 * 1024
MAX_EVENT_BYTES: int = _setting("MAX_EVENT_BYTES", _MIB, number(1024), "1048576")
MAX_ENVELOPE_BYTES: int = _setting("MAX_ENVELOPE_BYTES", 100 * _MIB, number(1024), "104857600")
MAX_ENVELOPE_COMPRESSED_BYTES: int = _setting(
    "MAX_ENVELOPE_COMPRESSED_BYTES", 20 * _MIB, number(1024), "20971520"
)
# The size of one attachment or minidump, decompressed; and the number of attachments in one envelope.
MAX_ATTACHMENT_BYTES: int = _setting("MAX_ATTACHMENT_BYTES", 100 * _MIB, number(1024), "104857600")
MAX_ATTACHMENTS_PER_EVENT: int = _setting("MAX_ATTACHMENTS_PER_EVENT", 30, number(0, 500), "30")
# The size of one upload of source maps or debug files, without compression.
MAX_UPLOAD_BYTES: int = _setting("MAX_UPLOAD_BYTES", 1024 * _MIB, number(1024), "1073741824")
# Total size of the spool (0: no limit) from which on SDKs are answered with 503.
MAX_SPOOL_BYTES: int = _setting("MAX_SPOOL_BYTES", 10 * 1024 * _MIB, number(), "10737418240")
# Free space of each file system that is written to, below which SDKs are answered with 503 (0: no floor). The default
# depends on the size of the file system: rustrak/lib/disk/space.py.
MIN_FREE_BYTES: int | None = _setting("MIN_FREE_BYTES", None, number(), "536870912")
# What is set aside because it cannot be stored (0: no limit); RETAIN_DAYS bounds its age.
MAX_SET_ASIDE_BYTES: int = _setting("MAX_SET_ASIDE_BYTES", 256 * _MIB, number(), "268435456")
MAX_SET_ASIDE_FILES: int = _setting("MAX_SET_ASIDE_FILES", 10_000, number(), "10000")
INGEST_FSYNC: bool = _setting("INGEST_FSYNC", True, boolean, "true")

# Accepted error events per clock minute and clock hour (0: no limit), of all projects together and of one project
# that has no limits of its own.
_events = number(0, 2**31 - 1)
MAX_EVENTS_PER_MINUTE: int = _setting("MAX_EVENTS_PER_MINUTE", 60_000, _events, "60000")
MAX_EVENTS_PER_HOUR: int = _setting("MAX_EVENTS_PER_HOUR", 1_000_000, _events, "1000000")
MAX_EVENTS_PER_PROJECT_PER_MINUTE: int = _setting(
    "MAX_EVENTS_PER_PROJECT_PER_MINUTE", 20_000, _events, "20000"
)
MAX_EVENTS_PER_PROJECT_PER_HOUR: int = _setting("MAX_EVENTS_PER_PROJECT_PER_HOUR", 300_000, _events, "300000")

# How long and how many stored events are kept (0: no limit). Counts stay when events expire.
RETAIN_DAYS: int = _setting("RETAIN_DAYS", 90, number(0, 36500), "90")
RETAIN_EVENTS_PER_PROJECT: int = _setting("RETAIN_EVENTS_PER_PROJECT", 100_000, number(), "100000")
RETAIN_ATTACHMENT_DAYS: int = _setting("RETAIN_ATTACHMENT_DAYS", 30, number(0, 36500), "30")
# How long the audit log is kept (0: no limit).
RETAIN_AUDIT_DAYS: int = _setting("RETAIN_AUDIT_DAYS", 730, number(0, 36500), "730")
# How many bytes of everything that SDKs send one project and all projects keep (0: no limit).
RETAIN_BYTES_PER_PROJECT: int = _setting("RETAIN_BYTES_PER_PROJECT", 6400 * _MIB, number(), "6710886400")
RETAIN_BYTES: int = _setting("RETAIN_BYTES", 25 * 1024 * _MIB, number(), "26843545600")

# Django ---------------------------------------------------------------------------------------------------

DEBUG = False
ALLOWED_HOSTS = ["*"]  # HOSTS is checked before; links are built from PUBLIC_URL, never from the Host header
CSRF_TRUSTED_ORIGINS = [origin(PUBLIC_URL)]
CSRF_FAILURE_VIEW = "rustrak.csrf_failure.failure"

INSTALLED_APPS = [
    "rustrak",
    "rustrak.mail",
    "accounts",
    "ingest",
    "issues",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
]

MIDDLEWARE = [
    "rustrak.middleware.server_timing",
    "rustrak.middleware.headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "rustrak.middleware.nothing_loads",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.local_times",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignInMiddleware",
]

ROOT_URLCONF = "rustrak.urls"
ASGI_APPLICATION = "rustrak.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.chrome",
            ],
        },
    }
]

# Database -------------------------------------------------------------------------------------------------

# Of one web process at most: one for each page thread, one for its look-ups of keys, and one for its health check.
WEB_CONNECTIONS = WEB_THREADS + 2
DATABASES = {
    "default": _setting(
        "DATABASE_URL",
        None,
        database,
        "postgres://user:pass@localhost:5432/rustrak",
        secret=True,
    )
    or database(f"sqlite:///{DATA_DIR / 'rustrak.sqlite3'}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "accounts.sign_in.hashing.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.sign_in.hashing.MaximumLengthValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Rustrak] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.sign_in.reset_tokens.ResetTokens"  # noqa: S105  the name of a class
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.second_factor_forms.CodeForm",
    "reauthenticate": "accounts.second_factor_forms.CodeAgainForm",
    "activate_totp": "accounts.second_factor_forms.ActivateAppForm",
    "authenticate_webauthn": "accounts.second_factor_forms.PasskeyForm",
    "reauthenticate_webauthn": "accounts.second_factor_forms.PasskeyAgainForm",
    "login_webauthn": "accounts.second_factor_forms.PasskeySignInForm",
    "add_webauthn": "accounts.second_factor_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.second_factor_forms.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# Clocks of telephones may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
# Addresses are not verified by mail: many installations send none.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# accounts.sign_in counts attempts in the database. allauth would count in the cache, which strangers can overflow.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
# Nothing uses Django's cache: what all workers must know is in the database.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

# Two installations below one host do not take each other's cookies.
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = _PUBLIC.path or "/"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 30 * 24 * 3600

# Browser --------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = response_headers.SECURITY["X-Frame-Options"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = response_headers.SECURITY["Referrer-Policy"]
SECURE_CROSS_ORIGIN_OPENER_POLICY = response_headers.SECURITY["Cross-Origin-Opener-Policy"]
# With an https PUBLIC_URL nobody signs in over http, whether or not the proxy says how the request arrived.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SSL_PROXY or _PUBLIC.scheme == "https"
if SSL_PROXY:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600

# PUBLIC_URL's path is where the proxy mounts Rustrak; links and static URLs start with it.
FORCE_SCRIPT_NAME = unquote(_PUBLIC.path) or None
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

_FILES = "django.core.files.storage.FileSystemStorage"
ATTACHMENTS_STORAGE: str = _setting(
    "ATTACHMENTS_STORAGE", _FILES, class_path, "storages.backends.s3.S3Storage"
)
_ATTACHMENTS_OPTIONS: dict[str, Any] = _setting(
    "ATTACHMENTS_STORAGE_OPTIONS", {}, json_object, '{"bucket_name": "rustrak"}', secret=True
)
if ATTACHMENTS_STORAGE == _FILES:
    _ATTACHMENTS_OPTIONS = {
        "location": str(DATA_DIR / "attachments"),
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
        **_ATTACHMENTS_OPTIONS,
    }

# Django gives its files 0644 otherwise, the static files among them; only the web processes read those.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "rustrak.run.assets.Storage"},
    "attachments": {"BACKEND": ATTACHMENTS_STORAGE, "OPTIONS": _ATTACHMENTS_OPTIONS},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Compressing the source maps of vendored scripts would take most of the time of a first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# Mail and logs --------------------------------------------------------------------------------------------

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
_EMAIL = _setting("EMAIL_URL", {}, email_url, "smtp+tls://user:pass@mail.example.org:587", secret=True)
vars().update(_EMAIL)
# Without it mail only goes to the console: nobody is told anything by mail.
MAIL_IS_SET_UP = bool(_EMAIL)
DEFAULT_FROM_EMAIL: str = _setting(
    "DEFAULT_FROM_EMAIL", "Rustrak <rustrak@localhost>", sender, "Rustrak <rustrak@example.org>"
)
# Django's own reports, which nobody gets while ADMINS is empty, have the same sender.
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LOG_FORMAT: str = _setting("LOG_FORMAT", "text", choice("text", "json"), "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "rustrak.lib.logs.TextFormatter"},
        "json": {"()": "rustrak.lib.logs.JsonFormatter"},
    },
    "filters": {"repeats": {"()": "rustrak.lib.logs.Repeats"}},
    "handlers": {
        "stderr": {
            "class": "rustrak.lib.logs.Handler",
            "formatter": LOG_FORMAT,
            "filters": ["repeats"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
    },
}

NINJA_PAGINATION_MAX_LIMIT = 100

SILENCED_SYSTEM_CHECKS = [
    # E-mail addresses are unique by a constraint on Lower("email"), which this check does not recognize.
    "auth.W004",
    # Names below ours, and a place on the browsers' list of https sites, are for their owner to decide.
    "security.W005",
    "security.W021",
    # Keys shorter than ours are refused, and who has 32 random characters needs no more.
    "security.W009",
    # The proxy redirects http, or does not listen for it: SDKs in the network may send without TLS.
    "security.W008",
]
