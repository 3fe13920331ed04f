"""Why Rustrak cannot use a database, in one sentence with what helps."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, Error, NotSupportedError, connections

from rustrak.lib.database import trouble

# Parts of an error's text, in lower case, and what helps. The first that fits is used.
_OF_POSTGRESQL = (
    ("password authentication failed", "Correct the user and password in DATABASE_URL; characters such as @ : / # % need escapes (%40 %3A %2F %23 %25)."),
    ("no password supplied", "Add the password to DATABASE_URL."),
    ("authentication", "Correct the user and password in DATABASE_URL."),
    ("no encryption", "The server requires TLS, or does not allow this host: add ?sslmode=require to DATABASE_URL, or a line for this host to pg_hba.conf."),
    ("pg_hba.conf", "Add a line to the server's pg_hba.conf that allows this user to connect from this host to this database."),
    ("does not support ssl", "Turn TLS on in the server, or remove sslmode from DATABASE_URL."),
    ("root certificate", "Name the server's certificate authority with ?sslrootcert=FILE in DATABASE_URL, or use ?sslmode=require."),
    ("certificate verify failed", "Name the server's certificate authority with ?sslrootcert=FILE in DATABASE_URL."),
    ("invalid connection option", "Remove from DATABASE_URL the parameter that the message names."),
    ("invalid dsn", "Correct the parameters at the end of DATABASE_URL."),
    ("permission denied for database", "Run as its owner: GRANT CONNECT ON DATABASE name TO user;"),
    ("permission denied for schema", "Run as the owner of the database: GRANT USAGE, CREATE ON SCHEMA public TO user;"),
    ("permission denied", "Make the user in DATABASE_URL the owner of Rustrak's tables."),
    ("already exists", "The database holds tables of another program: create a database of its own for Rustrak, and name that."),
    ("column django_migrations.", "The database holds tables of another program: create a database of its own for Rustrak, and name that."),
    ("relation ", "Run `manage.py migrate`, or restart `manage.py up`, which does it."),
    ("is not permitted to log in", "Run as an administrator of PostgreSQL: ALTER ROLE user LOGIN;"),
    ("not currently accepting connections", "Allow connections to the database: ALTER DATABASE name ALLOW_CONNECTIONS true;"),
    ("does not exist", "Create the database or role that DATABASE_URL names: CREATE ROLE user LOGIN PASSWORD '…'; CREATE DATABASE name OWNER user ENCODING 'UTF8' TEMPLATE template0;"),
    ("refused", "Start PostgreSQL, or correct its host and port in DATABASE_URL."),
    ("timeout", "The host in DATABASE_URL does not answer: check the network and the firewall."),
    ("translate host name", "The host name in DATABASE_URL cannot be resolved: correct it."),
    ("resolve", "The host name in DATABASE_URL cannot be resolved: correct it."),
    ("session is read-only", "No host in DATABASE_URL accepts writes: name the primary server."),
    ("hot standby", "No host in DATABASE_URL accepts writes: name the primary server."),
    ("read-only transaction", "The server only allows reads: set DATABASE_URL to the primary server, or turn default_transaction_read_only off."),
    ("too many", "Raise max_connections in PostgreSQL, or lower WEB_WORKERS and WEB_THREADS."),
    ("connection slots", "Raise max_connections in PostgreSQL, or lower WEB_WORKERS and WEB_THREADS."),
    ("no more connections", "Raise PgBouncer's limits, or lower WEB_WORKERS and WEB_THREADS."),
    ("starting up", "Wait until the server has started."),
    ("statement timeout", "Lift the limit for this user: ALTER ROLE user SET statement_timeout = 0;"),
    ("lock timeout", "End the session that holds the lock (pg_stat_activity), or lift the limit: ALTER ROLE user SET lock_timeout = 0;"),
    ("no schema has been selected", "Have search_path name a schema that exists: ALTER ROLE user SET search_path = public;"),
    ("postgresql 1", "Use a newer PostgreSQL."),
)  # fmt: skip
_OF_SQLITE = (
    ("locked", "Another program has locked the SQLite file for writing: stop it, or wait for its end."),
    ("readonly", "Make the user that runs Rustrak the owner of the SQLite file and its directory; mount its disk for writing."),
    ("unable to open database file: ", "Run `manage.py migrate`, which creates it."),
    ("unable to open", "DATABASE_URL must name a file in a directory that exists; make the user that runs Rustrak the owner of the SQLite file and its directory."),
    ("malformed", "The SQLite file is damaged: restore the backup, or try `sqlite3 FILE .recover`."),
    ("not a database", "DATABASE_URL names a file that is not an SQLite database: correct it, or move the file away."),
    ("disk i/o error", "The disk of the SQLite file fails, or its file system does not support locks: use a local disk."),
    ("full", "Free space on the disk of the database."),
    ("already exists", "The file holds tables of another program: name another one in DATABASE_URL."),
    ("column: django_migrations.", "The file holds tables of another program: name another one in DATABASE_URL."),
    ("no such table", "Run `manage.py migrate`, or restart `manage.py up`, which does it."),
    ("sqlite 3", "Use a Python that comes with a newer SQLite."),
)  # fmt: skip

# undefined_table, duplicate_table, insufficient_privilege, invalid_schema_name
_UNPREPARED = {"42P01", "42P07", "42501", "3F000"}

# Errors of connecting that end without anybody's doing, or that the other side is at work on.
_PASSING = (
    "refused", "timeout", "timed out", "translate host name", "resolve", "starting up", "shutting down",
    "recovery", "not yet accepting", "too many", "connection slots", "no more connections", "unexpectedly", "reset by peer",
    "unreachable", "no route to host", "session is read-only", "hot standby", "is locked", "eof detected",
    "bad connection", "server login has been failing", "no such file or directory", "in use",
)  # fmt: skip


def text_of(error: BaseException) -> str:
    """The text of an error in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def fix_of(error: BaseException) -> str:
    """What helps against an error of the driver."""
    text = text_of(error).lower()
    is_sqlite = connections[DEFAULT_DB_ALIAS].vendor == "sqlite"
    fixes = (*_OF_SQLITE, *_OF_POSTGRESQL) if is_sqlite else (*_OF_POSTGRESQL, *_OF_SQLITE)
    return next(
        (fix for words, fix in fixes if words in text), "Check DATABASE_URL and the database's own log."
    )


def is_passing(error: BaseException) -> bool:
    """Whether an error of connecting may pass by itself, so that it is right to wait."""
    text = text_of(error).lower()
    return any(words in text for words in _PASSING)


def cannot_connect(error: BaseException) -> str:
    """The sentence about a database that cannot be connected to."""
    return f"DATABASE_URL: cannot connect to the database ({text_of(error).rstrip('.')}). {fix_of(error)}"


def cannot_use(error: BaseException) -> str:
    """The sentence about a database in which something failed."""
    return f"The database cannot be used ({text_of(error).rstrip('.')}). {fix_of(error)}"


def of_command(error: Error) -> str | None:
    """The sentence about an error that ended a command; None for one that is a fault of the program."""
    unprepared = trouble.sqlstate(error) in _UNPREPARED or any(
        words in str(error) for words in ("no such table", "already exists")
    )
    is_old = isinstance(error, NotSupportedError) and "or later is required" in str(error)
    return cannot_use(error) if trouble.is_trouble(error) or unprepared or is_old else None
