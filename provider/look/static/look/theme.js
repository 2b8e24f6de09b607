// Light, dark or the system's: shown at once, then kept.
import { csrf } from "./words.js";

function show(theme) {
  if (theme === "auto") delete document.documentElement.dataset.bsTheme;
  else document.documentElement.dataset.bsTheme = theme;
  for (const button of document.querySelectorAll("[data-theme-form] button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  document.dispatchEvent(new Event("look:theme"));
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  const theme = event.submitter?.value;
  if (!form || !theme) return;
  event.preventDefault();
  show(theme);
  form.closest("details")?.removeAttribute("open");
  const body = new URLSearchParams({ value: theme });
  const headers = { "X-CSRFToken": csrf(), Accept: "application/json" };
  fetch(form.action, { method: "POST", body, headers, keepalive: true }).then(
    (answer) => { if (!answer.ok) form.submit(); },
    () => {}, // without a network the page keeps the theme; the choice is not stored
  );
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new Event("look:theme"));
});
