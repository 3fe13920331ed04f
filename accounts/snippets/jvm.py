"""Java, Kotlin and their frameworks on servers and desktops."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

_USER = """import io.sentry.Sentry;
import io.sentry.protocol.User;

User user = new User();
user.setId("42");
Sentry.setUser(user);
"""

JVM = (
    Snippet(
        "java",
        "Java",
        install="""// build.gradle.kts
implementation("io.sentry:sentry:8.+")
""",
        where="Start of main",
        init="""import io.sentry.Sentry;

Sentry.init(options -> {
  options.setDsn("@DSN@");
  options.setEnvironment("production");
  options.setRelease("my-app@1.0.0");
});
""",
        user=_USER,
        test='throw new IllegalStateException("Hello from Java");\n',
    ),
    Snippet(
        "kotlin",
        "Kotlin",
        install="""// build.gradle.kts
implementation("io.sentry:sentry:8.+")
""",
        where="Start of main",
        init="""import io.sentry.Sentry

Sentry.init { options ->
    options.dsn = "@DSN@"
    options.environment = "production"
    options.release = "my-app@1.0.0"
}
""",
        user="""import io.sentry.Sentry
import io.sentry.protocol.User

Sentry.setUser(User().apply { id = "42" })
""",
        test='throw IllegalStateException("Hello from Kotlin")\n',
    ),
    Snippet(
        "spring-boot",
        "Spring Boot",
        install="""// build.gradle.kts (Spring Boot 3; for 4 sentry-spring-boot-4)
implementation("io.sentry:sentry-spring-boot-starter-jakarta:8.+")
""",
        where="src/main/resources/application.properties",
        init="""sentry.dsn=@DSN@
sentry.environment=production
sentry.release=my-app@1.0.0
""",
        user=_USER,
        test="""// in a @RestController; then open /debug-error
@GetMapping("/debug-error")
public String debugError() {
  throw new IllegalStateException("Hello from Spring Boot");
}
""",
    ),
    Snippet(
        "logback",
        "Logback",
        install="""// build.gradle.kts
implementation("io.sentry:sentry-logback:8.+")
""",
        where="src/main/resources/logback.xml",
        init="""<configuration>
  <appender name="Sentry" class="io.sentry.logback.SentryAppender">
    <options>
      <dsn>@DSN@</dsn>
      <environment>production</environment>
      <release>my-app@1.0.0</release>
    </options>
  </appender>
  <root level="info">
    <appender-ref ref="Sentry" />
  </root>
</configuration>
""",
        user=_USER,
        test="""import org.slf4j.LoggerFactory;

LoggerFactory.getLogger("app").error("Hello from Logback", new IllegalStateException("Hello"));
""",
    ),
    Snippet(
        "quarkus",
        "Quarkus",
        install="quarkus extension add quarkus-logging-sentry",
        where="src/main/resources/application.properties",
        init="""quarkus.log.sentry=true
quarkus.log.sentry.dsn=@DSN@
quarkus.log.sentry.environment=production
quarkus.log.sentry.release=my-app@1.0.0
""",
        user=_USER,
        test="""import io.quarkus.logging.Log;

Log.error("Hello from Quarkus", new IllegalStateException("Hello"));
""",
    ),
)
