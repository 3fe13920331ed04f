import * as Sentry from "@sentry/nextjs";

Sentry.init(window.SENTRY_OPTIONS);
window.flushed = () => Sentry.flush(5000);

export const onRouterTransitionStart = Sentry.captureRouterTransitionStart;
