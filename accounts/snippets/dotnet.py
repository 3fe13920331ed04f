""".NET."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

_USER = """SentrySdk.ConfigureScope(scope => scope.User = new SentryUser { Id = "42" });
"""

DOTNET = (
    Snippet(
        "dotnet",
        ".NET",
        install="dotnet add package Sentry",
        where="Start of Program.cs",
        init="""using Sentry;

using var sentry = SentrySdk.Init(options =>
{
    options.Dsn = "@DSN@";
    options.Environment = "production";
    options.Release = "my-app@1.0.0";
});
""",
        user=_USER,
        test='throw new InvalidOperationException("Hello from .NET");\n',
    ),
    Snippet(
        "aspnetcore",
        "ASP.NET Core",
        install="dotnet add package Sentry.AspNetCore",
        where="Program.cs, after the builder is created",
        init="""builder.WebHost.UseSentry(options =>
{
    options.Dsn = "@DSN@";
    options.Environment = "production";
    options.Release = "my-app@1.0.0";
});
""",
        user=_USER,
        test="""// then open /debug-error
app.MapGet("/debug-error", () => { throw new InvalidOperationException("Hello from ASP.NET Core"); });
""",
    ),
)
