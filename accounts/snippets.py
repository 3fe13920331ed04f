"""How to set up each platform's SDK: what to install, paste and run, with the project's DSN in it.

The code follows the SDKs' public documentation, without features that Rustrak does not support.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Snippet:
    """The setup of one platform: `init` is code for the file named in `where`, `test` sends an event.

    `install` is a shell command. Fields that a platform does not need are empty.
    """

    platform: str
    name: str
    install: str = ""
    where: str = ""
    init: str = ""
    test: str = ""


def snippets(dsn: str) -> list[Snippet]:
    """The setup of every platform with `dsn`, in the order of the list on the page."""
    parts = urlsplit(dsn)
    prefix, _, project = parts.path.rpartition("/")
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{prefix}"

    def fill(text: str) -> str:
        return text.replace("@DSN@", dsn).replace("@ENVELOPE_URL@", f"{base}/api/{project}/envelope/")

    return [
        replace(one, install=fill(one.install), init=fill(one.init), test=fill(one.test))
        for one in _PLATFORMS
    ]


def choose(known: Sequence[Snippet], *wanted: str) -> Snippet:
    """The first of the `wanted` platforms that is in `known`; without one, the first of `known`."""
    by_platform = {snippet.platform: snippet for snippet in known}
    return next((by_platform[platform] for platform in wanted if platform in by_platform), known[0])


_PLATFORMS = (
    Snippet(
        "python",
        "Python",
        install="pip install --upgrade sentry-sdk",
        where="Start of your program",
        init="""import sentry_sdk

sentry_sdk.init(dsn="@DSN@")
""",
        test="1 / 0\n",
    ),
    Snippet(
        "django",
        "Django",
        install='pip install --upgrade "sentry-sdk[django]"',
        where="settings.py",
        init="""import sentry_sdk

sentry_sdk.init(
    dsn="@DSN@",
    send_default_pii=True,  # adds the signed-in user and request headers
)
""",
        test="""# urls.py, then open /debug-error/
from django.urls import path

def debug_error(request):
    1 / 0

urlpatterns += [path("debug-error/", debug_error)]
""",
    ),
    Snippet(
        "flask",
        "Flask",
        install='pip install --upgrade "sentry-sdk[flask]"',
        where="app.py, before the app is created",
        init="""import sentry_sdk
from flask import Flask

sentry_sdk.init(dsn="@DSN@")

app = Flask(__name__)
""",
        test="""# then open /debug-error
@app.route("/debug-error")
def debug_error():
    1 / 0
""",
    ),
    Snippet(
        "fastapi",
        "FastAPI",
        install='pip install --upgrade "sentry-sdk[fastapi]"',
        where="main.py, before the app is created",
        init="""import sentry_sdk
from fastapi import FastAPI

sentry_sdk.init(dsn="@DSN@")

app = FastAPI()
""",
        test="""# then open /debug-error
@app.get("/debug-error")
async def debug_error():
    1 / 0
""",
    ),
    Snippet(
        "node",
        "Node.js",
        install="npm install @sentry/node",
        where="instrument.mjs, loaded first: node --import ./instrument.mjs app.mjs",
        init="""import * as Sentry from "@sentry/node";

Sentry.init({
  dsn: "@DSN@",
});
""",
        test="""setTimeout(() => {
  throw new Error("Hello from Node.js");
}, 100);
""",
    ),
    Snippet(
        "javascript",
        "Browser JavaScript",
        install="npm install @sentry/browser",
        where="Start of your script",
        init="""import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: "@DSN@",
});
""",
        test="""setTimeout(() => {
  throw new Error("Hello from the browser");
}, 100);
""",
    ),
    Snippet(
        "react",
        "React",
        install="npm install @sentry/react",
        where="instrument.js, and the first import of main.jsx",
        init="""// instrument.js
import * as Sentry from "@sentry/react";

Sentry.init({
  dsn: "@DSN@",
});

// main.jsx (React 19)
import "./instrument";
import * as Sentry from "@sentry/react";
import { createRoot } from "react-dom/client";
import App from "./App";

createRoot(document.getElementById("root"), {
  onUncaughtError: Sentry.reactErrorHandler(),
  onCaughtError: Sentry.reactErrorHandler(),
  onRecoverableError: Sentry.reactErrorHandler(),
}).render(<App />);
""",
        test='<button onClick={() => { throw new Error("Hello from React"); }}>Break</button>\n',
    ),
    Snippet(
        "nextjs",
        "Next.js",
        install="npm install @sentry/nextjs",
        where="Four files beside next.config.ts",
        init="""// instrumentation-client.ts
import * as Sentry from "@sentry/nextjs";

Sentry.init({ dsn: "@DSN@" });
export const onRouterTransitionStart = Sentry.captureRouterTransitionStart;

// sentry.server.config.ts
import * as Sentry from "@sentry/nextjs";

Sentry.init({ dsn: "@DSN@" });

// instrumentation.ts
import * as Sentry from "@sentry/nextjs";

export async function register() {
  if (process.env.NEXT_RUNTIME === "nodejs") await import("./sentry.server.config");
}
export const onRequestError = Sentry.captureRequestError;

// next.config.ts
import { withSentryConfig } from "@sentry/nextjs";

export default withSentryConfig({ /* your configuration */ }, {
  sourcemaps: { disable: true },
  telemetry: false,
});
""",
        test="""// app/debug-error/page.tsx, then open /debug-error and press the button
"use client";

export default function DebugError() {
  return <button onClick={() => { throw new Error("Hello from Next.js"); }}>Break</button>;
}
""",
    ),
    Snippet(
        "vue",
        "Vue",
        install="npm install @sentry/vue",
        where="main.js",
        init="""import { createApp } from "vue";
import * as Sentry from "@sentry/vue";
import App from "./App.vue";

const app = createApp(App);

Sentry.init({
  app,
  dsn: "@DSN@",
});

app.mount("#app");
""",
        test="""<!-- in any component -->
<script setup>
const fail = () => { throw new Error("Hello from Vue"); };
</script>

<template>
  <button @click="fail">Break</button>
</template>
""",
    ),
    Snippet(
        "php",
        "PHP",
        install="composer require sentry/sentry",
        where="Start of your script",
        init=r"""<?php

require 'vendor/autoload.php';

\Sentry\init([
    'dsn' => '@DSN@',
]);
""",
        test=r"""throw new \Exception('Hello from PHP');
""",
    ),
    Snippet(
        "laravel",
        "Laravel",
        install="""composer require sentry/sentry-laravel
php artisan sentry:publish --dsn=@DSN@""",
        where="bootstrap/app.php, and SENTRY_LARAVEL_DSN in .env",
        init=r"""<?php
// .env: SENTRY_LARAVEL_DSN=@DSN@

use Illuminate\Foundation\Application;
use Illuminate\Foundation\Configuration\Exceptions;
use Sentry\Laravel\Integration;

return Application::configure(basePath: dirname(__DIR__))
    // …
    ->withExceptions(function (Exceptions $exceptions) {
        Integration::handles($exceptions);
    })->create();
""",
        test="php artisan sentry:test\n",
    ),
    Snippet(
        "ruby",
        "Ruby",
        install="bundle add sentry-ruby",
        where="Start of your program",
        init="""require "sentry-ruby"

Sentry.init do |config|
  config.dsn = "@DSN@"
end
""",
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
  config.breadcrumbs_logger = [:active_support_logger, :http_logger]
  config.enabled_environments = %w[production development]
end
""",
        test="""# config/routes.rb, then open /debug-error
get "/debug-error", to: ->(env) { raise "Hello from Rails" }
""",
    ),
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
		AttachStacktrace: true,
	})
	if err != nil {
		log.Fatalf("sentry.Init: %s", err)
	}
	defer sentry.Flush(2 * time.Second)
}
""",
        test="""// in main, after the defer
sentry.CaptureException(errors.New("Hello from Go"))
""",
    ),
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
});
""",
        test='throw new IllegalStateException("Hello from Java");\n',
    ),
    Snippet(
        "dotnet",
        ".NET",
        install="dotnet add package Sentry",
        where="Start of Program.cs",
        init="""using Sentry;

using var sentry = SentrySdk.Init(options =>
{
    options.Dsn = "@DSN@";
});
""",
        test='throw new InvalidOperationException("Hello from .NET");\n',
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
            ..Default::default()
        },
    ));
}
""",
        test="""// in main, after the guard
panic!("Hello from Rust");
""",
    ),
    Snippet(
        "flutter",
        "Flutter",
        install="flutter pub add sentry_flutter",
        where="lib/main.dart",
        init="""import 'package:flutter/widgets.dart';
import 'package:sentry_flutter/sentry_flutter.dart';

Future<void> main() async {
  await SentryFlutter.init(
    (options) {
      options.dsn = '@DSN@';
    },
    appRunner: () => runApp(SentryWidget(child: MyApp())),
  );
}
""",
        test="""ElevatedButton(
  onPressed: () => throw StateError('Hello from Flutter'),
  child: const Text('Break'),
)
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
{"message": "Hello from curl", "level": "error", "platform": "other"}
END
""",
    ),
)
