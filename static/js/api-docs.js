"use strict";

(() => {
  const page = document.getElementById("api-docs");
  const { url, csrf } = page.dataset;

  // Swagger UI has no "as the system": its class follows the page's theme, and the system where that is asked for.
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const { theme } = root.dataset;
    root.classList.toggle("dark-mode", theme === "dark" || (theme !== "light" && prefersDark.matches));
  };
  follow();
  prefersDark.addEventListener("change", follow);

  window.SwaggerUIBundle({
    url,
    domNode: page,
    deepLinking: true,
    // Would send the contract's address to somebody else's server.
    validatorUrl: null,
    requestInterceptor: (request) => {
      request.headers["X-CSRFToken"] = csrf;
      return request;
    },
  });
})();
