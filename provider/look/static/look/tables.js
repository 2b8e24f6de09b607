// Selecting rows, and the bar that says how many.
function bar(form) {
  const ticked = form.querySelectorAll("[data-bulk-row]:checked").length;
  const place = form.querySelector("[data-bulk-bar]");
  const count = form.querySelector("[data-bulk-count]");
  place.hidden = ticked === 0;
  if (ticked === 0) form.querySelector("[data-bulk-all]").checked = false;
  count.textContent = ticked === 1 ? count.dataset.one : count.dataset.many.replace("{n}", ticked);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-bulk]");
  if (!form) return;
  const rows = [...form.querySelectorAll("[data-bulk-row]")];
  if (event.target.matches("[data-bulk-page]")) rows.forEach((row) => { row.checked = event.target.checked; });
  if (event.target.matches("[data-bulk-all]") && event.target.checked) rows.forEach((row) => { row.checked = true; });
  if (event.target.matches("[data-bulk-row]") && !event.target.checked) form.querySelector("[data-bulk-all]").checked = false;
  const page = form.querySelector("[data-bulk-page]");
  page.checked = rows.every((row) => row.checked);
  page.indeterminate = !page.checked && rows.some((row) => row.checked);
  bar(form);
});

// j and k: the focus goes to the row's link, so that Enter opens it.
export function step(by) {
  const rows = [...document.querySelectorAll("[data-rows] [data-row], [data-list] [data-row]")].filter((row) => row.offsetParent);
  if (!rows.length) return false;
  const at = rows.findIndex((row) => row.classList.contains("is-at"));
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  rows.forEach((row) => row.classList.remove("is-at"));
  next.classList.add("is-at");
  const link = next.querySelector("[data-row-link], a, button");
  link?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

export function tick() {
  const box = document.querySelector("[data-row].is-at [data-bulk-row]");
  box?.click();
  return Boolean(box);
}
