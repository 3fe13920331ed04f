/* Until the first event has arrived: lists the requests that reach the project, then shows a link to the issue.
 * Without this script there is a link to reload the page. */
"use strict";
(() => {
  const page = document.querySelector("[data-first-event]");
  const waiting = document.getElementById("waiting");
  const arrived = document.getElementById("arrived");
  if (!page || waiting.hidden) return;
  waiting.querySelector("[data-reload]").hidden = true;
  const seen = document.getElementById("seen");
  const blank = document.getElementById("request-row");
  let shown = "";

  const link = (row, name, address, text) => {
    const anchor = row.querySelector(`[data-slot=${name}]`);
    if (!address) return anchor.remove();
    anchor.href = address;
    if (text) anchor.textContent = text;
  };
  const build = (request) => {
    const row = blank.content.cloneNode(true).firstElementChild;
    const slot = (name) => row.querySelector(`[data-slot=${name}]`);
    row.classList.add(request.verdict);
    slot("badge").classList.add(request.accepted ? "success" : "error");
    for (const name of ["badge", "title", "text", "fix"]) slot(name).textContent = request[name];
    slot("at").dateTime = request.at;
    slot("at").title = request.moment;
    slot("at").textContent = request.ago;
    link(row, "url", request.url);
    link(row, "other_url", request.other_url);
    link(row, "page_url", request.page_url, request.page);
    if (!request.fix) row.querySelector("[data-with=fix]").remove();
    slot("about").append(...request.about.map((text) => {
      const part = document.createElement("bdi");
      part.textContent = text;
      return part;
    }));
    return row;
  };
  const show = (requests) => {
    // Relative times are left to app.js.
    const now = JSON.stringify(requests.map((request) => ({ ...request, ago: "" })));
    if (now === shown) return;
    shown = now;
    seen.hidden = requests.length === 0;
    seen.querySelector("ol").replaceChildren(...requests.map(build));
  };

  const look = async () => {
    try {
      const answer = await fetch(page.dataset.firstEvent, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const status = await answer.json();
        if (status.arrived) {
          if (status.url) arrived.querySelector("a").href = status.url;
          waiting.hidden = true;
          arrived.hidden = false;
          seen.hidden = true;
          return;
        }
        show(status.requests);
      }
    } catch {
      // The server may be restarting: ask again.
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 1000);
})();
