// Asks the browser for a passkey. allauth's script does the work; this one says which form of the page it is for.
"use strict";
(() => {
  const { kind } = document.currentScript.dataset;
  const ids = { add: "passkey", login: "passkey", authenticate: "passkey", credential: "id_credential", passwordless: "id_passwordless", data: "passkey-options" };
  const passwordless = document.getElementById(ids.passwordless);
  if (passwordless) passwordless.checked = true;
  document.addEventListener("allauth.error", (event) => {
    const problem = document.getElementById("passkey-problem");
    const cancelled = event.detail.exception && event.detail.exception.name === "NotAllowedError";
    problem.textContent = cancelled ? "No passkey was chosen." : "The browser could not use a passkey here.";
    problem.hidden = false;
    event.preventDefault();
  });
  if (window.PublicKeyCredential) window.allauth.webauthn.forms[kind]({ ids });
  else document.getElementById("passkey").disabled = true;
})();
