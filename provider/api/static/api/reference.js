// Finding in the reference: what has the words stays, in the list and in the text; an address with # opens its endpoint.

const field = document.querySelector("[data-reference-find]");
const endpoints = [...document.querySelectorAll("[data-reference]")];
const none = document.querySelector("[data-reference-none]");

function find() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Set();
  for (const endpoint of endpoints) {
    const text = endpoint.textContent.toLowerCase();
    endpoint.hidden = !words.every((word) => text.includes(word));
    if (!endpoint.hidden) found.add(endpoint.dataset.reference);
  }
  for (const item of document.querySelectorAll("[data-reference-for]")) {
    item.hidden = !found.has(item.dataset.referenceFor);
  }
  for (const group of document.querySelectorAll("[data-reference-group]")) {
    group.hidden = !group.querySelector("[data-reference]:not([hidden]), [data-reference-for]:not([hidden])");
  }
  none.hidden = found.size > 0;
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}

field.addEventListener("input", find);
window.addEventListener("hashchange", openTarget);
openTarget();
