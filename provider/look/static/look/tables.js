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

// On a phone a table of several columns is stacked row by row: each cell says what its column is. What is laid out on
// purpose, a matrix or a chart's figures, has a class of its own and stays a table.
function stack(root) {
  for (const table of root.querySelectorAll(".table-scroll > .table")) {
    const heads = [...table.querySelectorAll(":scope > thead > tr > *")];
    const rows = [...table.querySelectorAll(":scope > :is(tbody, tfoot) > tr")];
    const isPlain = table.className === "table" && !table.closest("[data-chart]");
    if (!isPlain || heads.length < 3 || rows.some((row) => row.cells.length !== heads.length)) continue;
    const isBlank = (cell) => !cell.textContent.trim() && !cell.querySelector("a, button, input, svg, img");
    for (const row of rows) heads.forEach((head, i) => {
      const label = head.textContent.trim();
      if (i && label && !isBlank(row.cells[i])) row.cells[i].dataset.label = label;
    });
    table.classList.add("stacked");
  }
}

document.addEventListener("htmx:afterSettle", (event) => stack(event.detail.elt));
stack(document);

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
