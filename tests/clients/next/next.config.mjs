import { withSentryConfig } from "@sentry/nextjs/config";

const options = JSON.parse(process.env.PLUGIN_OPTIONS ?? "{}");

export default withSentryConfig({ productionBrowserSourceMaps: true, turbopack: { root: import.meta.dirname } }, options);
