// The page's words for scripts, in the reader's language: <template id="words" data-...>.
export function word(name) {
  return document.getElementById("words")?.dataset[name] ?? "";
}

// Tell a screen reader what changed.
export function announce(text) {
  const place = document.getElementById("announce");
  if (!place || !text) return;
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

export function csrf() {
  return document.body.dataset.csrf ?? "";
}
