// node release-action.mjs VERSION DIRECTORY: what getsentry/action-release 3 runs, through the JavaScript API of @sentry/cli 2.
import SentryCli from "@sentry/cli";

const [version, directory] = process.argv.slice(2);
const projects = [process.env.SENTRY_PROJECT];
const cli = new SentryCli();
const proposed = await cli.releases.proposeVersion();
if (!proposed) throw new Error("no version was proposed");
await cli.releases.new(version, { projects });
await cli.releases.setCommits(version, { auto: true, ignoreMissing: true, ignoreEmpty: true });
await cli.execute(["sourcemaps", "inject", directory], true);
await cli.releases.uploadSourceMaps(version, { include: [directory], projects, urlPrefix: "~/", dist: "7" });
const now = Math.floor(Date.now() / 1000);
await cli.releases.newDeploy(version, { env: "production", started: now - 5, finished: now });
await cli.releases.finalize(version);
