/* Actions in the background, which work without this script:
 *   data-progress  address of the action's state; its <span> and <progress> are kept current
 *   data-reload    the page is loaded again when the action is finished
 */
"use strict";
(() => {
  for (const part of document.querySelectorAll("[data-progress]")) {
    const said = part.querySelector("span");
    const bar = part.querySelector("progress");
    const look = async () => {
      try {
        const answer = await fetch(part.dataset.progress, { headers: { Accept: "application/json" } });
        if (answer.ok) {
          const state = await answer.json();
          said.textContent = state.sentence;
          bar.value = state.done;
          if (state.is_finished) {
            if ("reload" in part.dataset) return location.reload();
            bar.remove();
            part.querySelector("form")?.remove();
            return;
          }
        } else if (answer.status === 404) return;
      } catch {
        // The server may be restarting: ask again.
      }
      setTimeout(look, 1500);
    };
    setTimeout(look, 1000);
  }
})();
