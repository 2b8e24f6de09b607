// What is shown once: copy it with one click, and ask before leaving until the reader says that it is kept.
const box = document.querySelector("[data-once]");
if (box) {
  let isKept = false;
  const copy = box.querySelector("[data-copy]");
  const kept = box.querySelector("[data-kept]");
  const guard = (event) => {
    if (!isKept) event.preventDefault();
  };
  window.addEventListener("beforeunload", guard);
  kept?.addEventListener("change", () => (isKept = kept.checked));
  copy?.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).innerText.trim());
    copy.querySelector("[data-words]").textContent = copy.dataset.done;
    isKept = true;
  });
}
