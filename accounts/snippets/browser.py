"""JavaScript in browsers."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

_USER = 'Sentry.setUser({ id: "42" });\n'

BROWSER = (
    Snippet(
        "javascript",
        "Browser JavaScript",
        install="npm install @sentry/browser",
        where="Start of your script",
        init="""import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
""",
        user=_USER,
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
  environment: "production",
  release: "my-app@1.0.0",
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
        user=_USER,
        test='<button onClick={() => { throw new Error("Hello from React"); }}>Break</button>\n',
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
  environment: "production",
  release: "my-app@1.0.0",
});

app.mount("#app");
""",
        user=_USER,
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
        "angular",
        "Angular",
        install="npm install @sentry/angular",
        where="main.ts and app.config.ts",
        init="""// main.ts, before bootstrapApplication
import * as Sentry from "@sentry/angular";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

// app.config.ts
import { ApplicationConfig, ErrorHandler } from "@angular/core";
import * as Sentry from "@sentry/angular";

export const appConfig: ApplicationConfig = {
  providers: [{ provide: ErrorHandler, useValue: Sentry.createErrorHandler() }],
};
""",
        user=_USER,
        test="""// in any component; its template has <button (click)="fail()">Break</button>
fail() {
  throw new Error("Hello from Angular");
}
""",
    ),
    Snippet(
        "svelte",
        "Svelte",
        install="npm install @sentry/svelte",
        where="main.js, before the app is mounted",
        init="""import * as Sentry from "@sentry/svelte";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
""",
        user=_USER,
        test='<button onclick={() => { throw new Error("Hello from Svelte"); }}>Break</button>\n',
    ),
)
