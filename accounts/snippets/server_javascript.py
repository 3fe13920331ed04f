"""JavaScript outside browsers."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

_USER = 'Sentry.setUser({ id: "42" });\n'

SERVER_JAVASCRIPT = (
    Snippet(
        "node",
        "Node.js",
        install="npm install @sentry/node",
        where="instrument.mjs, loaded first: node --import ./instrument.mjs app.mjs",
        init="""import * as Sentry from "@sentry/node";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
""",
        user=_USER,
        test="""setTimeout(() => {
  throw new Error("Hello from Node.js");
}, 100);
""",
    ),
    Snippet(
        "express",
        "Express",
        install="npm install @sentry/node",
        where="instrument.mjs, loaded first: node --import ./instrument.mjs app.mjs",
        init="""// instrument.mjs
import * as Sentry from "@sentry/node";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

// app.mjs, after all routes and before other error handlers
import * as Sentry from "@sentry/node";

Sentry.setupExpressErrorHandler(app);
""",
        user=_USER,
        test="""// before setupExpressErrorHandler; then open /debug-error
app.get("/debug-error", () => {
  throw new Error("Hello from Express");
});
""",
    ),
    Snippet(
        "nestjs",
        "NestJS",
        install="npm install @sentry/nestjs",
        where="src/instrument.ts, the first import of main.ts, and app.module.ts",
        init="""// src/instrument.ts
import * as Sentry from "@sentry/nestjs";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

// src/app.module.ts
import { Module } from "@nestjs/common";
import { APP_FILTER } from "@nestjs/core";
import { SentryGlobalFilter, SentryModule } from "@sentry/nestjs/setup";

@Module({
  imports: [SentryModule.forRoot()],
  providers: [{ provide: APP_FILTER, useClass: SentryGlobalFilter }],
})
export class AppModule {}
""",
        user=_USER,
        test="""// in a controller; then open /debug-error
@Get("debug-error")
fail() {
  throw new Error("Hello from NestJS");
}
""",
    ),
    Snippet(
        "deno",
        "Deno",
        where="Start of your program: deno run --allow-net --allow-read --allow-env main.ts",
        init="""import * as Sentry from "npm:@sentry/deno";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
""",
        user=_USER,
        test="""setTimeout(() => {
  throw new Error("Hello from Deno");
}, 100);
""",
    ),
    Snippet(
        "bun",
        "Bun",
        install="bun add @sentry/bun",
        where="instrument.ts, loaded first: bun --preload ./instrument.ts app.ts",
        init="""import * as Sentry from "@sentry/bun";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});
""",
        user=_USER,
        test="""setTimeout(() => {
  throw new Error("Hello from Bun");
}, 100);
""",
    ),
    Snippet(
        "cloudflare",
        "Cloudflare Workers",
        install="npm install @sentry/cloudflare",
        where='src/index.ts, and "compatibility_flags": ["nodejs_compat"] in wrangler.jsonc',
        init="""import * as Sentry from "@sentry/cloudflare";

export default Sentry.withSentry(
  (env) => ({
    dsn: "@DSN@",
    environment: "production",
    release: "my-app@1.0.0",
  }),
  {
    async fetch(request, env, ctx) {
      return new Response("Hello");
    },
  },
);
""",
        user=_USER,
        test="""// in fetch
throw new Error("Hello from Cloudflare");
""",
    ),
    Snippet(
        "node-aws-lambda",
        "AWS Lambda (Node.js)",
        install="npm install @sentry/aws-serverless",
        where="index.mjs",
        init="""import * as Sentry from "@sentry/aws-serverless";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

export const handler = Sentry.wrapHandler(async (event, context) => {
  return { statusCode: 200 };
});
""",
        user=_USER,
        test="""// in the handler
throw new Error("Hello from AWS Lambda");
""",
    ),
    Snippet(
        "electron",
        "Electron",
        install="npm install @sentry/electron",
        where="The main process and each renderer",
        init="""// main process, before anything else
import * as Sentry from "@sentry/electron/main";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

// each renderer
import * as Sentry from "@sentry/electron/renderer";

Sentry.init();
""",
        user=_USER,
        test="""setTimeout(() => {
  throw new Error("Hello from Electron");
}, 100);
""",
    ),
)
