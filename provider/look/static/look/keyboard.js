// Keys: / search, g and a letter to go, j k in lists, a page's own letters, ? all of them, Esc out.
import { openKeys } from "./dialogs.js";
import { leaveForm } from "./forms.js";
import { closeTop } from "./menus.js";
import { step, tick } from "./tables.js";

const GO_WITHIN = 1500; // milliseconds between g and its letter
let goUntil = 0;

const isTyping = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function escape(event) {
  if (document.querySelector("dialog[open]")) return; // the dialog closes itself
  const isDone = closeTop() || leaveForm(event.target);
  if (isDone) event.preventDefault();
  else if (isTyping(event.target)) event.target.blur();
}

function press(selector) {
  const found = [...document.querySelectorAll(selector)].find((item) => item.getClientRects().length || item.closest("nav"));
  if (!found) return false;
  found.click();
  return true;
}

function search() {
  const field = document.querySelector("[data-search-main]") ?? document.querySelector("[data-search-in-page]");
  field?.focus();
  field?.select();
  return Boolean(field);
}

const ACTS = { "/": search, "?": () => { openKeys(); return true; }, j: () => step(1), k: () => step(-1), x: tick };

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return escape(event);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (Date.now() < goUntil && /^[a-z]$/.test(event.key)) {
    goUntil = 0;
    if (press(`[data-go="${event.key}"]`)) event.preventDefault();
    return;
  }
  if (event.key === "g") {
    goUntil = Date.now() + GO_WITHIN;
    return;
  }
  const isDone = /^[a-z]$/.test(event.key) && press(`[data-key="${event.key}"]`) || ACTS[event.key]?.();
  if (isDone) event.preventDefault();
});
