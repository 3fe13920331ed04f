// Sends one event per case with a real @sentry/node: `node node-cases.mjs PACKAGE DSN CASE...`, `unhandled` last.
const [package_, dsn, ...cases] = process.argv.slice(2);
const Sentry = await import(package_);
Sentry.init({ dsn, release: "shop@1.4.2", environment: "staging" });

function charge(orderId) {
  throw new TypeError(`order ${orderId} has no total`);
}

function checkout() {
  try {
    charge(8812);
  } catch (cause) {
    throw new Error("checkout failed", { cause });
  }
}

function send(name) {
  Sentry.setTag("case", name);
  switch (name) {
    case "handled":
      try {
        charge(7);
      } catch (error) {
        Sentry.captureException(error);
      }
      break;
    case "unhandled":
      setTimeout(() => charge(8), 10);
      break;
    case "chained":
      try {
        checkout();
      } catch (error) {
        Sentry.captureException(error);
      }
      break;
    case "message":
      Sentry.captureMessage("The stock sync was slow: 32.4 s", "warning");
      break;
    case "context":
      Sentry.setUser({ id: "8812", email: "dee@example.org", username: "dee" });
      Sentry.setTag("shard", "eu-1");
      Sentry.setContext("order", { id: 8812, lines: 3 });
      Sentry.addBreadcrumb({ category: "cart", message: "added a teapot", level: "info", data: { sku: "T-1" } });
      Sentry.captureException(new RangeError("with everything around it"));
      break;
    default:
      throw new Error(`unknown case ${name}`);
  }
}

for (const name of cases) {
  send(name);
  if (name !== "unhandled") await Sentry.flush(5000);
}
