"""Platform → what to install, paste and run, with the project's real DSN in it.

As the SDKs' public documentation says, without anything Rustrak does not use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Snippet:
    """The set-up of one platform: `init` goes `where`, `test` makes an event. `install` and `init` may be empty."""

    platform: str
    name: str
    install: str
    where: str
    init: str
    test: str


def snippets(dsn: str) -> list[Snippet]:
    """Every platform's set-up, in the order of the picker."""
    return [make(dsn) for make in _PLATFORMS]


def choose(all_snippets: list[Snippet], *wanted: str) -> Snippet:
    """The first of the `wanted` platforms that is known, else the first there is."""
    known = {snippet.platform: snippet for snippet in all_snippets}
    return next((known[platform] for platform in wanted if platform in known), all_snippets[0])


def _python(dsn: str) -> Snippet:
    return Snippet(
        "python",
        "Python",
        "pip install --upgrade sentry-sdk",
        "Start of your program",
        f"""import sentry_sdk

sentry_sdk.init(dsn="{dsn}")
""",
        "1 / 0\n",
    )


def _django(dsn: str) -> Snippet:
    return Snippet(
        "django",
        "Django",
        'pip install --upgrade "sentry-sdk[django]"',
        "settings.py",
        f"""import sentry_sdk

sentry_sdk.init(
    dsn="{dsn}",
    send_default_pii=True,  # who was signed in, and request headers
)
""",
        """# urls.py, then open /debug-error/
from django.urls import path

def debug_error(request):
    1 / 0

urlpatterns += [path("debug-error/", debug_error)]
""",
    )


def _flask(dsn: str) -> Snippet:
    return Snippet(
        "flask",
        "Flask",
        'pip install --upgrade "sentry-sdk[flask]"',
        "app.py, before the app is made",
        f"""import sentry_sdk
from flask import Flask

sentry_sdk.init(dsn="{dsn}")

app = Flask(__name__)
""",
        """# then open /debug-error
@app.route("/debug-error")
def debug_error():
    1 / 0
""",
    )


def _fastapi(dsn: str) -> Snippet:
    return Snippet(
        "fastapi",
        "FastAPI",
        'pip install --upgrade "sentry-sdk[fastapi]"',
        "main.py, before the app is made",
        f"""import sentry_sdk
from fastapi import FastAPI

sentry_sdk.init(dsn="{dsn}")

app = FastAPI()
""",
        """# then open /debug-error
@app.get("/debug-error")
async def debug_error():
    1 / 0
""",
    )


def _node(dsn: str) -> Snippet:
    return Snippet(
        "node",
        "Node.js",
        "npm install @sentry/node",
        "instrument.mjs, loaded first: node --import ./instrument.mjs app.mjs",
        f"""import * as Sentry from "@sentry/node";

Sentry.init({{
  dsn: "{dsn}",
}});
""",
        """setTimeout(() => {
  throw new Error("Hello from Node.js");
}, 100);
""",
    )


def _javascript(dsn: str) -> Snippet:
    return Snippet(
        "javascript",
        "Browser JavaScript",
        "npm install @sentry/browser",
        "Start of your script",
        f"""import * as Sentry from "@sentry/browser";

Sentry.init({{
  dsn: "{dsn}",
}});
""",
        """setTimeout(() => {
  throw new Error("Hello from the browser");
}, 100);
""",
    )


def _react(dsn: str) -> Snippet:
    return Snippet(
        "react",
        "React",
        "npm install @sentry/react",
        "instrument.js, and the first import of main.jsx",
        f"""// instrument.js
import * as Sentry from "@sentry/react";

Sentry.init({{
  dsn: "{dsn}",
}});

// main.jsx (React 19)
import "./instrument";
import * as Sentry from "@sentry/react";
import {{ createRoot }} from "react-dom/client";
import App from "./App";

createRoot(document.getElementById("root"), {{
  onUncaughtError: Sentry.reactErrorHandler(),
  onCaughtError: Sentry.reactErrorHandler(),
  onRecoverableError: Sentry.reactErrorHandler(),
}}).render(<App />);
""",
        """<button onClick={() => { throw new Error("Hello from React"); }}>Break</button>
""",
    )


def _nextjs(dsn: str) -> Snippet:
    return Snippet(
        "nextjs",
        "Next.js",
        "npm install @sentry/nextjs",
        "Four files beside next.config.ts",
        f"""// instrumentation-client.ts
import * as Sentry from "@sentry/nextjs";

Sentry.init({{ dsn: "{dsn}" }});
export const onRouterTransitionStart = Sentry.captureRouterTransitionStart;

// sentry.server.config.ts
import * as Sentry from "@sentry/nextjs";

Sentry.init({{ dsn: "{dsn}" }});

// instrumentation.ts
import * as Sentry from "@sentry/nextjs";

export async function register() {{
  if (process.env.NEXT_RUNTIME === "nodejs") await import("./sentry.server.config");
}}
export const onRequestError = Sentry.captureRequestError;

// next.config.ts
import {{ withSentryConfig }} from "@sentry/nextjs";

export default withSentryConfig({{ /* your configuration */ }}, {{
  sourcemaps: {{ disable: true }},
  telemetry: false,
}});
""",
        """// app/debug-error/page.tsx, then open /debug-error and press the button
"use client";

export default function DebugError() {
  return <button onClick={() => { throw new Error("Hello from Next.js"); }}>Break</button>;
}
""",
    )


def _vue(dsn: str) -> Snippet:
    return Snippet(
        "vue",
        "Vue",
        "npm install @sentry/vue",
        "main.js",
        f"""import {{ createApp }} from "vue";
import * as Sentry from "@sentry/vue";
import App from "./App.vue";

const app = createApp(App);

Sentry.init({{
  app,
  dsn: "{dsn}",
}});

app.mount("#app");
""",
        """<!-- in any component -->
<script setup>
const fail = () => { throw new Error("Hello from Vue"); };
</script>

<template>
  <button @click="fail">Break</button>
</template>
""",
    )


def _php(dsn: str) -> Snippet:
    return Snippet(
        "php",
        "PHP",
        "composer require sentry/sentry",
        "Start of your script",
        f"""<?php

require 'vendor/autoload.php';

\\Sentry\\init([
    'dsn' => '{dsn}',
]);
""",
        "throw new \\Exception('Hello from PHP');\n",
    )


def _laravel(dsn: str) -> Snippet:
    return Snippet(
        "laravel",
        "Laravel",
        f"composer require sentry/sentry-laravel\nphp artisan sentry:publish --dsn={dsn}",
        "bootstrap/app.php, and SENTRY_LARAVEL_DSN in .env",
        f"""<?php
// .env: SENTRY_LARAVEL_DSN={dsn}

use Illuminate\\Foundation\\Application;
use Illuminate\\Foundation\\Configuration\\Exceptions;
use Sentry\\Laravel\\Integration;

return Application::configure(basePath: dirname(__DIR__))
    // …
    ->withExceptions(function (Exceptions $exceptions) {{
        Integration::handles($exceptions);
    }})->create();
""",
        "php artisan sentry:test\n",
    )


def _ruby(dsn: str) -> Snippet:
    return Snippet(
        "ruby",
        "Ruby",
        "bundle add sentry-ruby",
        "Start of your program",
        f"""require "sentry-ruby"

Sentry.init do |config|
  config.dsn = "{dsn}"
end
""",
        """begin
  1 / 0
rescue ZeroDivisionError => error
  Sentry.capture_exception(error)
end
""",
    )


def _rails(dsn: str) -> Snippet:
    return Snippet(
        "rails",
        "Rails",
        "bundle add sentry-ruby sentry-rails",
        "config/initializers/sentry.rb",
        f"""Sentry.init do |config|
  config.dsn = "{dsn}"
  config.breadcrumbs_logger = [:active_support_logger, :http_logger]
  config.enabled_environments = %w[production development]
end
""",
        """# config/routes.rb, then open /debug-error
get "/debug-error", to: ->(env) { raise "Hello from Rails" }
""",
    )


def _go(dsn: str) -> Snippet:
    return Snippet(
        "go",
        "Go",
        "go get github.com/getsentry/sentry-go",
        "main.go",
        f"""package main

import (
	"errors"
	"log"
	"time"

	"github.com/getsentry/sentry-go"
)

func main() {{
	err := sentry.Init(sentry.ClientOptions{{
		Dsn:              "{dsn}",
		AttachStacktrace: true,
	}})
	if err != nil {{
		log.Fatalf("sentry.Init: %s", err)
	}}
	defer sentry.Flush(2 * time.Second)
}}
""",
        """// in main, after the defer
sentry.CaptureException(errors.New("Hello from Go"))
""",
    )


def _java(dsn: str) -> Snippet:
    return Snippet(
        "java",
        "Java",
        """// build.gradle.kts
implementation("io.sentry:sentry:8.+")
""",
        "Start of main",
        f"""import io.sentry.Sentry;

Sentry.init(options -> {{
  options.setDsn("{dsn}");
}});
""",
        """throw new IllegalStateException("Hello from Java");
""",
    )


def _dotnet(dsn: str) -> Snippet:
    return Snippet(
        "dotnet",
        ".NET",
        "dotnet add package Sentry",
        "Start of Program.cs",
        f"""using Sentry;

using var sentry = SentrySdk.Init(options =>
{{
    options.Dsn = "{dsn}";
}});
""",
        'throw new InvalidOperationException("Hello from .NET");\n',
    )


def _rust(dsn: str) -> Snippet:
    return Snippet(
        "rust",
        "Rust",
        "cargo add sentry",
        "src/main.rs",
        f"""fn main() {{
    let _guard = sentry::init((
        "{dsn}",
        sentry::ClientOptions {{
            release: sentry::release_name!(),
            ..Default::default()
        }},
    ));
}}
""",
        """// in main, after the guard
panic!("Hello from Rust");
""",
    )


def _flutter(dsn: str) -> Snippet:
    return Snippet(
        "flutter",
        "Flutter",
        "flutter pub add sentry_flutter",
        "lib/main.dart",
        f"""import 'package:flutter/widgets.dart';
import 'package:sentry_flutter/sentry_flutter.dart';

Future<void> main() async {{
  await SentryFlutter.init(
    (options) {{
      options.dsn = '{dsn}';
    }},
    appRunner: () => runApp(SentryWidget(child: MyApp())),
  );
}}
""",
        """ElevatedButton(
  onPressed: () => throw StateError('Hello from Flutter'),
  child: const Text('Break'),
)
""",
    )


def _curl(dsn: str) -> Snippet:
    parts = urlsplit(dsn)
    prefix, _, project = parts.path.rpartition("/")
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{prefix}"
    return Snippet(
        "curl",
        "curl",
        "",
        "",
        "",
        f"""curl {base}/api/{project}/envelope/ \\
  -H 'Content-Type: application/x-sentry-envelope' \\
  --data-binary @- <<'END'
{{"dsn": "{dsn}"}}
{{"type": "event"}}
{{"message": "Hello from curl", "level": "error", "platform": "other"}}
END
""",
    )


_PLATFORMS: list[Callable[[str], Snippet]] = [
    _python,
    _django,
    _flask,
    _fastapi,
    _node,
    _javascript,
    _react,
    _nextjs,
    _vue,
    _php,
    _laravel,
    _ruby,
    _rails,
    _go,
    _java,
    _dotnet,
    _rust,
    _flutter,
    _curl,
]
