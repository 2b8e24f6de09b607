// Menus are <details>; one is open at a time. The sidebar slides in on narrow screens.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

export function closeTop() {
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return true;
  }
  if (document.body.classList.contains("nav-open")) {
    setNavigation(false);
    return true;
  }
  return false;
}

function setNavigation(isOpen) {
  document.body.classList.toggle("nav-open", isOpen);
  for (const button of document.querySelectorAll("[data-nav-open]")) button.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) document.querySelector("#side a")?.focus();
  else document.querySelector("[data-nav-open]")?.focus();
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  if (event.target.closest("[data-nav-open]")) setNavigation(!document.body.classList.contains("nav-open"));
  else if (event.target.closest("[data-nav-close]")) setNavigation(false);
});

document.addEventListener("focusin", (event) => closeMenus(event.target));

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input, textarea, select")) return;
  const items = [...menu.querySelectorAll(".menu-list :is(a, button)")];
  const at = items.indexOf(document.activeElement);
  const next = event.key === "ArrowDown" ? at + 1 : at - 1;
  items[(next + items.length) % items.length]?.focus();
  event.preventDefault();
});
