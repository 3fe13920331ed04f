/* Shows only the platforms whose names have what is typed. Without this script the form asks the server. */
"use strict";
(() => {
  const form = document.querySelector("[data-platform-search]");
  if (!form) return;
  const field = form.querySelector("input[type=search]");
  // The server has left out what does not match: the whole list is needed.
  if (field.value) return;
  form.querySelector("button").hidden = true;
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let some = false;
    for (const group of document.querySelectorAll(".platform-group")) {
      const whole = group.querySelector("h3").textContent.toLowerCase().includes(wanted);
      let shown = false;
      for (const link of group.querySelectorAll("a")) {
        link.hidden = !(whole || link.textContent.toLowerCase().includes(wanted));
        shown ||= !link.hidden;
      }
      group.hidden = !shown;
      some ||= shown;
    }
    document.querySelector("[data-none]").hidden = some;
  });
})();
