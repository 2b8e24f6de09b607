// A search box with suggestions: arrows choose, Enter opens, Esc closes. After the ARIA combobox pattern.
const list = (input) => document.getElementById(input.getAttribute("aria-controls"));
const options = (input) => [...list(input).querySelectorAll("[role=option]")];

function show(input, isOpen) {
  input.setAttribute("aria-expanded", String(isOpen));
  list(input).classList.toggle("is-open", isOpen);
  if (!isOpen) choose(input, null);
}

function choose(input, option) {
  options(input).forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.id ||= `${input.id}-option-${options(input).indexOf(option)}`;
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches?.("input[role=combobox]") || event.isComposing) return;
  const all = options(input);
  const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!all.length) return;
    event.preventDefault();
    show(input, true);
    const next = event.key === "ArrowDown" ? at + 1 : at - 1;
    choose(input, all[(next + all.length) % all.length]);
  } else if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    all[at].click();
  } else if (event.key === "Escape" && input.getAttribute("aria-expanded") === "true") {
    event.preventDefault();
    event.stopPropagation();
    show(input, false);
  }
}, true);

document.addEventListener("htmx:afterSwap", (event) => {
  const input = document.querySelector(`input[aria-controls="${CSS.escape(event.target.id)}"][role=combobox]`);
  if (input) show(input, options(input).length > 0 && document.activeElement === input);
});

document.addEventListener("focusout", (event) => {
  const input = event.target.closest?.("[data-suggest]")?.querySelector("input[role=combobox]");
  if (input && !input.form.contains(event.relatedTarget)) show(input, false);
});
