/* Shortcuts, copying and relative times; every page works without this script.
 *   data-key="e" | "g p"   on a link, button or field: the key clicks (or focuses) it; `?` lists them
 *   data-copy="#id"        on a button: copies that element's text
 *   <time data-ago>        relative times keep up
 *   data-list, data-row    j/k move over the rows' first links, x checks a row, Shift+x a range
 */
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Relative times, in the words of rustrak.templatetags.show.
  const refresh = () => all("time[data-ago]").forEach((time) => {
    const seconds = Math.floor((Date.now() - new Date(time.dateTime)) / 1000);
    if (seconds < -60 || seconds >= 604800) return;
    time.textContent = seconds < 60 ? "just now"
      : seconds < 3600 ? `${Math.floor(seconds / 60)} min ago`
      : seconds < 86400 ? `${Math.floor(seconds / 3600)} h ago`
      : `${Math.floor(seconds / 86400)} d ago`;
  });
  setInterval(refresh, 30000);

  // Copying. Without TLS there is no navigator.clipboard, and a browser may refuse it: then a field is copied from, and
  // where that is refused too, the text is selected for the person.
  const copy = async (source) => {
    const text = "value" in source ? source.value : source.textContent;
    const focused = document.activeElement;
    const field = document.createElement("textarea");
    try {
      return await navigator.clipboard.writeText(text);
    } catch {
      field.value = text;
      field.className = "visually-hidden";
      document.body.append(field);
      field.focus({ preventScroll: true });
      field.select();
      const copied = document.execCommand("copy");
      field.remove();
      focused.focus({ preventScroll: true });
      if (!copied) {
        getSelection().selectAllChildren(source);
        throw new Error("not copied");
      }
    }
  };
  const say = (text) => {
    const line = document.getElementById("announce");
    if (line) line.textContent = text;
  };
  all("[data-copy]").forEach((button) => {
    const label = button.querySelector("[data-label]") || button;
    const before = label.textContent;
    button.hidden = false;
    button.addEventListener("click", () => {
      copy(document.querySelector(button.dataset.copy)).then(
        () => { label.textContent = "Copied"; say("Copied to the clipboard."); },
        () => { label.textContent = "Press Ctrl+C"; },
      );
      setTimeout(() => { label.textContent = before; }, 2000);
    });
  });

  // Keys.
  const dialog = document.getElementById("keys");
  if (!dialog || document.body.dataset.keys === "off") return;
  const shown = (element) => element.getClientRects().length > 0 && !element.disabled;
  const rows = () => all("[data-list] [data-row]");
  let pending = "";
  let marked = null;

  const help = () => {
    const list = dialog.querySelector("dl");
    const entries = rows().length ? [["j", "Next row"], ["k", "Previous row"], ["Enter", "Open"]] : [];
    if (all("[data-row] input[type=checkbox]").length) entries.push(["x", "Select"], ["Shift+X", "Select a range"]);
    all("[data-key]").filter((element) => shown(element) || element.dataset.key.startsWith("g ")).forEach((element) => {
      const plain = element.cloneNode(true);
      all("kbd", plain).forEach((kbd) => kbd.remove());
      const words = element.dataset.keyLabel || element.getAttribute("aria-label") || plain.textContent;
      entries.push([element.dataset.key, words.trim()]);
    });
    list.replaceChildren(...entries.flatMap(([keys, words]) => {
      const term = document.createElement("dt");
      keys.split(" ").forEach((key) => {
        const kbd = document.createElement("kbd");
        kbd.textContent = key;
        term.append(kbd, " ");
      });
      const meaning = document.createElement("dd");
      meaning.textContent = words;
      return [term, meaning];
    }));
    dialog.showModal();
  };
  all("[data-open-keys]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", help);
  });

  const current = () => document.activeElement.closest("[data-row]");
  const move = (step) => {
    const list = rows();
    const at = list.indexOf(current());
    const next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step];
    if (next) next.querySelector("a").focus();
  };
  const check = (ranged) => {
    const row = current();
    const box = row && row.querySelector("input[type=checkbox]");
    if (!box) return;
    const list = rows();
    const from = ranged && marked ? list.indexOf(marked) : -1;
    const to = list.indexOf(row);
    const state = from < 0 ? !box.checked : true;
    list.slice(from < 0 ? to : Math.min(from, to), (from < 0 ? to : Math.max(from, to)) + 1).forEach((each) => {
      const input = each.querySelector("input[type=checkbox]");
      input.checked = state;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    marked = row;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || dialog.open) return;
    const field = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    const keys = pending ? `${pending} ${event.key}` : event.key;
    pending = "";
    const target = all("[data-key]").find((element) => element.dataset.key === keys && (shown(element) || keys.length > 1));
    if (target) {
      event.preventDefault();
      if (target.matches("input, select, textarea")) target.focus();
      else target.click();
    } else if (event.key === "g") {
      pending = "g";
      setTimeout(() => { pending = ""; }, 1200);
    } else if (rows().length && "jkxXo".includes(event.key)) {
      event.preventDefault();
      if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
      else if (event.key === "o") current()?.querySelector("a").click();
      else check(event.key === "X");
    }
  });
})();
