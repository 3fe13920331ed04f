/* The issue list, which works without this script:
 *   data-at-once           on a form: choosing in a <select> submits it
 *   data-select-page       on a link: checks every row without loading the page again
 *   Shift and a click      on a checkbox: all rows from the one before
 *   keys of .bulk buttons  act on the row in focus where none is checked (app.js presses the button)
 * The focus is where it was after an action, after a choice, and after coming back from an issue.
 */
"use strict";
(() => {
  const here = location.pathname + location.search;
  const say = (text) => { document.getElementById("announce").textContent = text; };
  const keep = (...what) => {
    try { sessionStorage.setItem("list", JSON.stringify(what)); } catch { /* It may be turned off. */ }
  };
  const kept = (() => {
    try {
      const found = JSON.parse(sessionStorage.getItem("list")) || [];
      sessionStorage.removeItem("list");
      return found;
    } catch { return []; }
  })();

  document.querySelectorAll("[data-at-once]").forEach((form) => form.addEventListener("change", (event) => {
    if (!event.target.matches("select")) return;
    keep("choice", "", event.target.id);
    form.requestSubmit();
  }));

  const form = document.querySelector("form.issues");
  const rows = form ? [...form.querySelectorAll("[data-row]")] : [];
  const box = (row) => row.querySelector("input[name=issue]");
  const current = () => document.activeElement.closest("form.issues [data-row]");
  const check = (some, state) => some.forEach((row) => { box(row).checked = state; });

  // The focus.
  const link = (row) => row?.querySelector("th a");
  const [why, where, id, index] = kept;
  const found = id && document.getElementById(id);
  if (why === "choice") found?.focus();
  else if (why === "act" && where === here) {
    (found || link(rows[Math.min(index, rows.length - 1)]) || document.getElementById("main")).focus();
  } else if (why === "open" && where === here && performance.getEntriesByType("navigation")[0]?.type === "back_forward") {
    found?.focus({ preventScroll: true });
  }
  // An undone row is back where it was.
  document.querySelector(".messages form")?.addEventListener("submit", () => keep("act", here, id, index));
  if (!form) return;

  // Rows.
  let last = null;
  form.addEventListener("click", (event) => {
    const clicked = event.target.closest("[data-row]");
    if (event.target.closest("[data-select-page]")) {
      event.preventDefault();
      const state = rows.some((each) => !box(each).checked);
      check(rows, state);
      say(state ? `${rows.length} issues selected.` : "No issue selected.");
    } else if (clicked && event.target === box(clicked)) {
      const [from, to] = [rows.indexOf(last), rows.indexOf(clicked)].sort((one, other) => one - other);
      if (event.shiftKey && from >= 0) check(rows.slice(from, to + 1), event.target.checked);
      last = clicked;
    } else if (clicked && event.target.closest("a")) keep("open", here, link(clicked).id);
  });
  form.addEventListener("submit", () => {
    const acted = current() || form.querySelector("input[name=issue]:checked")?.closest("[data-row]");
    if (acted) keep("act", form.elements.next.value.split("#")[0], link(acted).id, rows.indexOf(acted));
  });

  // Before app.js presses the button.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.body.dataset.keys === "off") return;
    if (document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    const button = [...form.querySelectorAll(".bulk [data-key]")].find((each) => each.dataset.key === event.key);
    if (!button || form.querySelector("input:checked")) return;
    if (current()) check([current()], true);
    else {
      event.preventDefault();
      say("Move to an issue with j or k first, or select issues with x.");
    }
  }, true);
})();
