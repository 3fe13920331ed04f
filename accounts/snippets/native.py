"""Compiled languages and the BEAM."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

NATIVE = (
    Snippet(
        "go",
        "Go",
        install="go get github.com/getsentry/sentry-go",
        where="main.go",
        init="""package main

import (
	"errors"
	"log"
	"time"

	"github.com/getsentry/sentry-go"
)

func main() {
	err := sentry.Init(sentry.ClientOptions{
		Dsn:              "@DSN@",
		Environment:      "production",
		Release:          "my-app@1.0.0",
		AttachStacktrace: true,
	})
	if err != nil {
		log.Fatalf("sentry.Init: %s", err)
	}
	defer sentry.Flush(2 * time.Second)
}
""",
        user="""sentry.ConfigureScope(func(scope *sentry.Scope) {
	scope.SetUser(sentry.User{ID: "42"})
})
""",
        test="""// in main, after the defer
sentry.CaptureException(errors.New("Hello from Go"))
""",
    ),
    Snippet(
        "rust",
        "Rust",
        install="cargo add sentry",
        where="src/main.rs",
        init="""fn main() {
    let _guard = sentry::init((
        "@DSN@",
        sentry::ClientOptions {
            release: sentry::release_name!(),
            environment: Some("production".into()),
            ..Default::default()
        },
    ));
}
""",
        user="""sentry::configure_scope(|scope| {
    scope.set_user(Some(sentry::User { id: Some("42".into()), ..Default::default() }));
});
""",
        test="""// in main, after the guard
panic!("Hello from Rust");
""",
    ),
    Snippet(
        "native",
        "C and C++ (native)",
        install="""# CMakeLists.txt, with github.com/getsentry/sentry-native in vendor/sentry-native
add_subdirectory(vendor/sentry-native)
target_link_libraries(my_app PRIVATE sentry::sentry)
""",
        where="main.c",
        init="""#include <sentry.h>

int main(void) {
  sentry_options_t *options = sentry_options_new();
  sentry_options_set_dsn(options, "@DSN@");
  sentry_options_set_environment(options, "production");
  sentry_options_set_release(options, "my-app@1.0.0");
  sentry_options_set_database_path(options, ".sentry-native");
  sentry_init(options);

  /* your program */

  sentry_close();
}
""",
        user="""sentry_value_t user = sentry_value_new_object();
sentry_value_set_by_key(user, "id", sentry_value_new_string("42"));
sentry_set_user(user);
""",
        test="""/* after sentry_init */
sentry_capture_event(sentry_value_new_message_event(SENTRY_LEVEL_ERROR, "app", "Hello from C"));
""",
    ),
    Snippet(
        "elixir",
        "Elixir, Phoenix",
        install="""# mix.exs, in deps
{:sentry, "~> 13.0"},
{:jason, "~> 1.4"},
{:finch, "~> 0.17"}
""",
        where="config/prod.exs, and start/2 of your application",
        init="""# config/prod.exs
config :sentry,
  dsn: "@DSN@",
  environment_name: :production,
  release: "my-app@1.0.0",
  enable_source_code_context: true,
  root_source_code_paths: [File.cwd!()]

# lib/my_app/application.ex, in start/2: reports crashed processes
:logger.add_handler(:sentry_handler, Sentry.LoggerHandler, %{})
""",
        user="""Sentry.Context.set_user_context(%{id: "42"})
""",
        test="""try do
  raise "Hello from Elixir"
rescue
  exception -> Sentry.capture_exception(exception, stacktrace: __STACKTRACE__)
end
""",
    ),
)
