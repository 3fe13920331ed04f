// The page of a small shop. A test sets window.SENTRY_OPTIONS, then calls window.checkout(): its error is not caught.
import * as Sentry from "@sentry/browser";
import { Cart } from "./cart";

declare global {
  interface Window {
    SENTRY_OPTIONS: Sentry.BrowserOptions;
    checkout(): void;
    flushed(): Promise<boolean>;
  }
}

Sentry.init(window.SENTRY_OPTIONS);

window.checkout = () => {
  const cart = new Cart();
  cart.add({ article: "teapot", pieces: 2 });
  cart.add({ article: "kettle", pieces: 1 });
  setTimeout(() => cart.checkout(), 0);
};
window.flushed = () => Sentry.flush(5000);

// The plugin of esbuild passes on the default export, and esbuild warns where there is none.
export default window.checkout;
