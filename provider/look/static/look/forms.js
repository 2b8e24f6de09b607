// Forms: sent once, nothing typed is lost by accident, the first fault is where the reader starts.
import { word } from "./words.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (button?.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    return;
  }
  if (!form.matches("[data-guard]") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  delete form.dataset.dirty;
  button?.classList.add("is-busy");
  button?.setAttribute("aria-busy", "true");
});

export function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll(".is-busy")) {
    button.classList.remove("is-busy");
    button.removeAttribute("aria-busy");
  }
}

// Back from the browser's memory: the form may be sent again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[aria-disabled='true']");
  if (button) event.preventDefault();
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-unsaved]");
  if (form && form.method === "post") form.dataset.dirty = "yes";
});

addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-dirty]:not([data-sent])")) event.preventDefault();
});

// Esc leaves the form that holds the focus, or the page's only one: at once if nothing was typed, else after asking.
export function leaveForm(target) {
  const links = document.querySelectorAll("form [data-leave]");
  const own = target.closest?.("form")?.querySelector("[data-leave]");
  const link = own ?? (target === document.body && links.length === 1 ? links[0] : null);
  if (!link) return false;
  const form = link.closest("form");
  if (form.dataset.dirty && !confirm(word("leave"))) return true;
  delete form.dataset.dirty;
  link.click();
  return true;
}

document.addEventListener("change", (event) => {
  const field = event.target.closest("input[type=file][data-limit]");
  const file = field?.files[0];
  if (!file) return;
  const isTooBig = file.size > Number(field.dataset.limit);
  field.setCustomValidity(isTooBig ? word("tooBig").replace("{size}", field.dataset.limitText) : "");
  if (isTooBig) field.reportValidity();
});

// A field that belongs to a choice is there with it. Without this script all are, and the server knows which count.
function showFitting(form) {
  const chosen = new FormData(form);
  for (const field of form.querySelectorAll("[data-when]")) {
    field.hidden = !field.dataset.fits.split(" ").includes(chosen.get(field.dataset.when));
  }
}

document.addEventListener("change", (event) => {
  if (event.target.form?.querySelector("[data-when]")) showFitting(event.target.form);
});

for (const form of document.forms) showFitting(form);

document.querySelector("[data-focus]")?.focus();
