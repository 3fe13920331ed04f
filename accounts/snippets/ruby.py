"""Ruby and Rails."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

_USER = 'Sentry.set_user(id: "42")\n'

RUBY = (
    Snippet(
        "ruby",
        "Ruby",
        install="bundle add sentry-ruby",
        where="Start of your program",
        init="""require "sentry-ruby"

Sentry.init do |config|
  config.dsn = "@DSN@"
  config.environment = "production"
  config.release = "my-app@1.0.0"
end
""",
        user=_USER,
        test="""begin
  1 / 0
rescue ZeroDivisionError => error
  Sentry.capture_exception(error)
end
""",
    ),
    Snippet(
        "rails",
        "Rails",
        install="bundle add sentry-ruby sentry-rails",
        where="config/initializers/sentry.rb",
        init="""Sentry.init do |config|
  config.dsn = "@DSN@"
  config.environment = Rails.env
  config.release = "my-app@1.0.0"
  config.breadcrumbs_logger = [:active_support_logger, :http_logger]
  config.enabled_environments = %w[production development]
end
""",
        user=_USER,
        test="""# config/routes.rb, then open /debug-error
get "/debug-error", to: ->(env) { raise "Hello from Rails" }
""",
    ),
)
