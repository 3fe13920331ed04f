/* Suggestions while a search is typed. Without this script the field is a plain one, with a guide beside it.
 *   data-suggest="/issues/suggest/?"   on a text field: makes it a combobox with what this address offers
 */
"use strict";
document.querySelectorAll("input[data-suggest]").forEach((input, number) => {
  const make = (tag, fields, ...parts) => {
    const made = Object.assign(document.createElement(tag), fields);
    made.append(...parts);
    return made;
  };
  const list = make("ul", { id: `suggestions-${number}`, className: "suggestions", role: "listbox", ariaLabel: "Suggestions", hidden: true });
  input.after(list);
  Object.assign(input, { role: "combobox", autocomplete: "off", ariaAutoComplete: "list", ariaExpanded: "false" });
  input.setAttribute("aria-controls", list.id);
  let shown = [];
  let active = -1;
  let timer = 0;
  let request = null;

  const mark = (index) => {
    list.children[active]?.removeAttribute("aria-selected");
    active = index;
    const option = list.children[index];
    input.setAttribute("aria-activedescendant", option ? option.id : "");
    if (!option) return;
    option.ariaSelected = "true";
    option.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    clearTimeout(timer);
    request?.abort();
    mark(-1);
    list.hidden = true;
    input.ariaExpanded = "false";
  };
  const show = (suggestions) => {
    if (!suggestions.length) return close();
    mark(-1);
    shown = suggestions;
    list.replaceChildren(...shown.map(({ text, about }, index) => make("li", { id: `${list.id}-${index}`, role: "option" },
      make("bdi", {}, make("code", { textContent: text })), " ", make("small", { textContent: about }))));
    Object.assign(list.style, {
      top: `${input.offsetTop + input.offsetHeight}px`, left: `${input.offsetLeft}px`, width: `${input.offsetWidth}px`,
    });
    list.hidden = false;
    input.ariaExpanded = "true";
    document.getElementById("announce").textContent = `Suggestions: ${shown.length}`;
  };
  const ask = async () => {
    request?.abort();
    request = new AbortController();
    const { signal } = request;
    // The server counts code points, the browser UTF-16 units.
    const cursor = [...input.value.slice(0, input.selectionStart)].length;
    try {
      const answer = await fetch(input.dataset.suggest + new URLSearchParams({ q: input.value, cursor }), { signal });
      const { suggestions } = await answer.json();
      if (!signal.aborted && document.activeElement === input) show(suggestions || []);
    } catch {
      // A newer request replaced it, or the server is away: typing goes on.
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  };
  const take = ({ text, start, end }) => {
    const typed = [...input.value];
    const after = typed.slice(end).join("");
    const before = typed.slice(0, start).join("") + text + (text.endsWith(":") || /^[\s,\]]/.test(after) ? "" : " ");
    close();
    input.value = before + after;
    input.setSelectionRange(before.length, before.length);
    soon();
  };

  input.addEventListener("input", soon);
  input.addEventListener("click", soon);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (key === "Enter" && active < 0) return close();
    if (list.hidden) {
      if (step !== 1) return;
      ask();
    } else if (step) {
      mark(active < 0 && step < 0 ? shown.length - 1 : (active + step + shown.length) % shown.length);
    } else if (key === "Escape") close();
    else if ((key === "Enter" || key === "Tab") && active >= 0) take(shown[active]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("li");
    if (option) take(shown[[...list.children].indexOf(option)]);
  });
});
