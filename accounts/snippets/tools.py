"""Scripts and shells."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

TOOLS = (
    Snippet(
        "powershell",
        "PowerShell",
        install="Install-Module -Name Sentry -Scope CurrentUser",
        where="Start of your script",
        init="""Import-Module Sentry

Start-Sentry {
    $_.Dsn = '@DSN@'
    $_.Environment = 'production'
    $_.Release = 'my-script@1.0.0'
}
""",
        user="""Edit-SentryScope {
    $_.User = [Sentry.SentryUser]@{ Id = '42' }
}
""",
        test="""try {
    throw 'Hello from PowerShell'
} catch {
    $_ | Out-Sentry
}
""",
    ),
    Snippet(
        "bash",
        "Bash (sentry-cli)",
        install="curl -sL https://sentry.io/get-cli/ | sh",
        where="Start of your script",
        init="""export SENTRY_DSN='@DSN@'
export SENTRY_ENVIRONMENT=production
export SENTRY_RELEASE=my-script@1.0.0
eval "$(sentry-cli bash-hook)"
""",
        test="""# a command that fails
false
""",
    ),
    Snippet(
        "perl",
        "Perl",
        install="cpanm Sentry::SDK",
        where="Start of your program",
        init="""use Sentry::SDK;

Sentry::SDK->init({
    dsn         => '@DSN@',
    environment => 'production',
    release     => 'my-app@1.0.0',
});
""",
        user="""Sentry::SDK->configure_scope(sub {
    my $scope = shift;
    $scope->set_user({ id => '42' });
});
""",
        test="""eval { die "Hello from Perl\\n" };
Sentry::SDK->capture_exception($@) if $@;
""",
    ),
    Snippet(
        "curl",
        "curl",
        test=r"""curl @ENVELOPE_URL@ \
  -H 'Content-Type: application/x-sentry-envelope' \
  --data-binary @- <<'END'
{"dsn": "@DSN@"}
{"type": "event"}
{"message": "Hello from curl", "level": "error", "platform": "other", "environment": "production", "release": "my-script@1.0.0", "user": {"id": "42"}}
END
""",
    ),
)
