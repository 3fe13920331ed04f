/* Turns "Waiting for the first event…" into a link when the event arrives. Without it there is a link to look again. */
"use strict";
(() => {
  const place = document.querySelector("[data-first-event]");
  const waiting = document.getElementById("waiting");
  const arrived = document.getElementById("arrived");
  if (!place || waiting.hidden) return;
  waiting.querySelector("[data-reload]").hidden = true;
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.firstEvent, { headers: { Accept: "application/json" } });
      const status = answer.ok ? await answer.json() : { arrived: false };
      if (status.arrived) {
        if (status.url) arrived.querySelector("a").href = status.url;
        waiting.hidden = true;
        arrived.hidden = false;
        return;
      }
    } catch {
      // The server may be restarting: ask again.
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 1000);
})();
