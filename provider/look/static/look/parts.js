// htmx: its key against forgery, focus that survives a swap, and words for what failed.
import { release } from "./forms.js";
import { toast } from "./toasts.js";
import { announce, csrf, word } from "./words.js";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrf();
});

let hadFocus = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  hadFocus = event.detail.target.contains(document.activeElement) ? event.detail.target.id : null;
});

document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  announce(part.dataset?.announce);
  // htmx gives the focus back to an element of the same id; where it is gone, the new part takes it.
  if (hadFocus && document.activeElement === document.body) {
    const place = document.getElementById(hadFocus);
    place?.setAttribute("tabindex", "-1");
    place?.focus({ preventScroll: true });
  }
  hadFocus = null;
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form");
  if (form) release(form);
});

document.addEventListener("htmx:sendError", () => toast({ text: word("offline"), kind: "error" }));
document.addEventListener("htmx:timeout", () => toast({ text: word("offline"), kind: "error" }));
document.addEventListener("htmx:responseError", (event) => {
  // Our own refusals bring their toast in a header; anything else gets a sentence all the same.
  if (!event.detail.xhr.getResponseHeader("HX-Trigger")?.includes("toasts")) toast({ text: word("failed"), kind: "error" });
});

// A strip that is wider than the page shows the tab or the stage that is open, not only its beginning.
for (const strip of document.querySelectorAll(".tabs-t, .stages")) {
  const at = strip.querySelector("[aria-current]");
  if (at) strip.scrollLeft += at.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - at.offsetWidth) / 2;
}
