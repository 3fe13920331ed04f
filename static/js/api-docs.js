"use strict";

(() => {
  const page = document.getElementById("api-docs");
  const { url, csrf } = page.dataset;
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
