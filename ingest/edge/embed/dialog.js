// The crash dialog. It runs in a page of another site: no globals, no markup from text, nothing a strict
// Content-Security-Policy forbids (styles are a constructed sheet, not a <style> element).
(options) => {
  "use strict";
  const CLOSED = "__sentry_reportdialog_closed__"; // what the SDK's onClose listens for
  const texts = options.texts;

  // Reports go to the URL that this script was loaded from, which is right behind a proxy, too.
  const address = () => {
    const script = document.currentScript;
    const target = new URL(options.address);
    if (!script || !script.src) return target.href;
    const here = new URL(script.src);
    here.search = target.search;
    here.hash = "";
    return here.href;
  };
  const action = address();

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children.filter(Boolean));
    return made;
  };

  const field = (name, label, properties) => {
    const input = element(name === "comments" ? "textarea" : "input", { id: name, name, ...properties });
    const caption = element("label", { htmlFor: name, textContent: label });
    return { input, row: element("p", { className: "field" }, caption, input) };
  };

  const fields = {
    name: field("name", texts.labelName, { value: options.name, autocomplete: "name", maxLength: 200 }),
    email: field("email", texts.labelEmail, {
      type: "email", value: options.email, autocomplete: "email", maxLength: 254,
    }),
    comments: field("comments", texts.labelComments, { required: true, rows: 5, maxLength: 4096 }),
  };
  const message = element("p", { className: "message", hidden: true });
  const submit = element("button", { type: "submit", className: "primary", textContent: texts.labelSubmit });
  const close = element("button", { type: "button", textContent: texts.labelClose });
  const title = element("h2", { id: "title", textContent: texts.title });
  const about = element(
    "p", { id: "about" },
    element("span", { textContent: texts.subtitle }), " ", element("span", { textContent: texts.subtitle2 }),
  );
  const form = element(
    "form", { noValidate: true },
    fields.name.row, fields.email.row, fields.comments.row,
  );
  const buttons = element("p", { className: "buttons" }, submit, close);
  form.append(message, buttons);
  const dialog = element("dialog", {}, title, about, form);
  dialog.setAttribute("aria-labelledby", "title");
  dialog.setAttribute("aria-describedby", "about");

  const say = (text, kind) => {
    message.className = `message ${kind}`;
    message.setAttribute("role", kind === "error" ? "alert" : "status");
    message.hidden = false;
    message.textContent = text;
  };

  const mark = () => {
    const wrong = Object.values(fields).map(({ input }) => input).filter((input) => {
      const bad = !input.validity.valid || (input.required && !input.value.trim());
      if (bad) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      return bad;
    });
    if (wrong.length) wrong[0].focus();
    return wrong.length === 0;
  };

  const sent = () => {
    about.remove();
    dialog.removeAttribute("aria-describedby");
    for (const { row } of Object.values(fields)) row.remove();
    submit.remove();
    say(texts.successMessage, "success");
    close.focus();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    if (!mark()) return say(texts.errorFormEntry, "error");
    submit.disabled = true;
    message.hidden = true;
    const values = Object.entries(fields).map(([name, { input }]) => [name, input.value]);
    let refused = false;
    try {
      const answer = await fetch(action, {
        method: "POST", mode: "cors", credentials: "omit", body: new URLSearchParams(values),
      });
      if (answer.ok) return sent();
      refused = answer.status === 400;
      const { detail } = await answer.json();
      if (detail) console.error(`The report of the crash dialog was not accepted: ${detail}`);
    } catch {
      // Offline, or blocked by the page's policy: shown below like any other failure.
    }
    submit.disabled = false;
    say(refused ? texts.errorFormEntry : texts.errorGeneric, "error");
  });

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(options.styles);
  root.adoptedStyleSheets = [sheet];
  root.append(dialog);

  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    host.remove();
    window.postMessage(CLOSED, "*");
  });

  const show = () => {
    document.body.append(host);
    dialog.showModal();
    const empty = Object.values(fields).find(({ input }) => !input.value);
    (empty || fields.comments).input.focus();
  };
  if (document.body) show();
  else document.addEventListener("DOMContentLoaded", show);
};
