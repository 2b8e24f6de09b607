// Short notices, with undo. They stay while a hand or the focus is on them; a failure stays until it is closed.
import { csrf, word } from "./words.js";

const SECONDS = { success: 7, info: 7, warning: 15 };
const WITH_UNDO = 20;

function watch(item) {
  const kind = [...item.classList].find((name) => name.startsWith("is-"))?.slice(3);
  const seconds = item.querySelector("[data-undo]") ? WITH_UNDO : SECONDS[kind];
  if (!seconds) return;
  let timer = 0;
  const start = () => { timer = setTimeout(() => item.remove(), seconds * 1000); };
  const stop = () => clearTimeout(timer);
  for (const name of ["mouseenter", "focusin"]) item.addEventListener(name, stop);
  for (const name of ["mouseleave", "focusout"]) item.addEventListener(name, start);
  start();
}

function element(tag, attributes, text) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

export function toast({ text, kind = "info", undo = "", undo_label = "", href = "", label = "" }) {
  const item = element("div", { class: `toast-item is-${kind}`, "data-toast": "" });
  item.append(element("span", {}, text));
  if (undo) item.append(undoForm(undo, undo_label));
  if (href) item.append(element("a", { class: "btn btn-sm btn-quiet", href }, label));
  const close = element("button", { type: "button", class: "btn btn-sm btn-quiet btn-icon", "data-toast-close": "", "aria-label": word("close") }, "×");
  item.append(close);
  document.getElementById("toasts").append(item);
  watch(item);
}

function undoForm(action, label) {
  const form = element("form", { method: "post", action });
  form.append(element("input", { type: "hidden", name: "csrfmiddlewaretoken", value: csrf() }));
  form.append(element("input", { type: "hidden", name: "next", value: location.pathname + location.search }));
  form.append(element("button", { class: "btn btn-sm", "data-undo": "" }, label || word("undo")));
  return form;
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
});

document.body.addEventListener("toasts", (event) => {
  for (const item of event.detail.items) toast(item);
});

document.querySelectorAll("[data-toast]").forEach(watch);
