// Dialogs that state a consequence before the act; and the one that asks for a single button (data-ask).
let asked = null;

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { menu.open = false; });
    document.getElementById(opener.dataset.open)?.showModal();
  }
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
  if (event.target.closest("[data-keys-open]")) openKeys();
  const button = event.target.closest("[data-ask]");
  if (button && button !== asked) {
    event.preventDefault();
    ask(button);
  }
  if (event.target.closest("[data-ask-yes]")) confirmAsked();
});

// A click on the shade closes, as Esc does.
document.addEventListener("click", (event) => {
  if (event.target.matches("dialog[data-dialog][open]") && event.detail > 0) {
    const box = event.target.getBoundingClientRect();
    const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) event.target.close();
  }
});

function ask(button) {
  const dialog = document.getElementById("ask");
  dialog.querySelector("[data-ask-text]").textContent = button.dataset.ask;
  dialog.querySelector("[data-ask-yes]").textContent = button.textContent.trim();
  dialog.pending = button;
  dialog.showModal();
}

function confirmAsked() {
  const dialog = document.getElementById("ask");
  const button = dialog.pending;
  dialog.close();
  asked = button;
  button.click();
  asked = null;
}

// The word that only a deliberate hand types.
document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-word]");
  if (!field) return;
  const isRight = field.value.trim() === field.dataset.word;
  field.form.querySelector("[data-needs-word]")?.setAttribute("aria-disabled", String(!isRight));
});

export function openKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog || dialog.open) return;
  fillKeys(dialog.querySelector("[data-keys-here]"));
  dialog.showModal();
}

function fillKeys(list) {
  list.replaceChildren();
  for (const item of document.querySelectorAll("[data-go], [data-key]")) {
    if (!item.offsetParent && !item.closest("nav")) continue;
    const row = document.createElement("div");
    const keys = document.createElement("dt");
    const what = document.createElement("dd");
    for (const key of item.dataset.go ? ["g", item.dataset.go] : [item.dataset.key]) {
      const mark = document.createElement("kbd");
      mark.textContent = key;
      keys.append(mark, " ");
    }
    const label = item.cloneNode(true);
    label.querySelectorAll("kbd, .n").forEach((part) => part.remove());
    what.textContent = label.textContent.trim() || item.getAttribute("aria-label") || "";
    row.append(keys, what);
    list.append(row);
  }
}
