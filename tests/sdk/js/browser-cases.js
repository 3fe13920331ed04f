// Bundled by the tests with a real @sentry/browser; the page sets window.DSN and calls window.run(CASE) for each case.
import * as Sentry from "@sentry/browser";

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

Sentry.init({ dsn: window.DSN, release: "shop@1.4.2", environment: "staging" });

window.run = async (name) => {
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
      setTimeout(() => charge(8), 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
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
    case "feedback": {
      const eventId = Sentry.captureException(new Error("the page broke"));
      Sentry.captureFeedback(
        { message: "It broke when I paid", name: "Dee", email: "dee@example.org", associatedEventId: eventId },
        { attachments: [{ filename: "screen.txt", data: "what I saw" }] },
      );
      break;
    }
    case "dialog": {
      const eventId = Sentry.captureException(new Error("the page broke again"));
      Sentry.showReportDialog({ eventId });
      break;
    }
    default:
      throw new Error(`unknown case ${name}`);
  }
  return Sentry.flush(5000);
};
