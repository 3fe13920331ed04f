"""JavaScript frameworks with a part in the browser and one on a server."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

_USER = 'Sentry.setUser({ id: "42" });\n'

FULL_STACK = (
    Snippet(
        "nextjs",
        "Next.js",
        install="npm install @sentry/nextjs",
        where="Four files beside next.config.ts",
        init="""// instrumentation-client.ts
import * as Sentry from "@sentry/nextjs";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
export const onRouterTransitionStart = Sentry.captureRouterTransitionStart;

// sentry.server.config.ts
import * as Sentry from "@sentry/nextjs";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

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
        user=_USER,
        test="""// app/debug-error/page.tsx, then open /debug-error and press the button
"use client";

export default function DebugError() {
  return <button onClick={() => { throw new Error("Hello from Next.js"); }}>Break</button>;
}
""",
    ),
    Snippet(
        "nuxt",
        "Nuxt",
        install="npm install @sentry/nuxt",
        where="nuxt.config.ts and two files beside it",
        init="""// nuxt.config.ts
export default defineNuxtConfig({
  modules: ["@sentry/nuxt/module"],
});

// sentry.client.config.ts, and the same in sentry.server.config.ts
import * as Sentry from "@sentry/nuxt";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
""",
        user=_USER,
        test="""<!-- in any component -->
<script setup>
const fail = () => { throw new Error("Hello from Nuxt"); };
</script>

<template>
  <button @click="fail">Break</button>
</template>
""",
    ),
    Snippet(
        "sveltekit",
        "SvelteKit",
        install="npm install @sentry/sveltekit",
        where="src/hooks.client.ts and src/hooks.server.ts",
        init="""// src/hooks.client.ts
import * as Sentry from "@sentry/sveltekit";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
export const handleError = Sentry.handleErrorWithSentry();

// src/hooks.server.ts
import * as Sentry from "@sentry/sveltekit";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
export const handle = Sentry.sentryHandle();
export const handleError = Sentry.handleErrorWithSentry();
""",
        user=_USER,
        test='<button onclick={() => { throw new Error("Hello from SvelteKit"); }}>Break</button>\n',
    ),
    Snippet(
        "astro",
        "Astro",
        install="npx astro add @sentry/astro",
        where="astro.config.mjs and two files beside it",
        init="""// astro.config.mjs
import { defineConfig } from "astro/config";
import sentry from "@sentry/astro";

export default defineConfig({
  integrations: [sentry({ sourcemaps: { disable: true }, telemetry: false })],
});

// sentry.client.config.js, and the same in sentry.server.config.js
import * as Sentry from "@sentry/astro";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
""",
        user=_USER,
        test="""<button id="fail">Break</button>
<script>
  document.getElementById("fail").onclick = () => { throw new Error("Hello from Astro"); };
</script>
""",
    ),
    Snippet(
        "react-router",
        "React Router, Remix",
        install="npm install @sentry/react-router",
        where="app/entry.client.tsx, instrument.server.mjs and app/root.tsx",
        init="""// app/entry.client.tsx, before hydrateRoot
import * as Sentry from "@sentry/react-router";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

// instrument.server.mjs: NODE_OPTIONS='--import ./instrument.server.mjs'
import * as Sentry from "@sentry/react-router";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

// app/root.tsx, in ErrorBoundary({ error })
import * as Sentry from "@sentry/react-router";

if (error instanceof Error) Sentry.captureException(error);
""",
        user=_USER,
        test='<button onClick={() => { throw new Error("Hello from React Router"); }}>Break</button>\n',
    ),
)
