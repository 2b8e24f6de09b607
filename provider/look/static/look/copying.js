// Copy a value; where the browser refuses, the text is selected for the reader's own hand.
import { announce, word } from "./words.js";
import { toast } from "./toasts.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    button.parentElement.querySelector("[data-copy-source]")?.select();
    toast({ text: word("copyFailed"), kind: "warning" });
    return;
  }
  announce(word("copied"));
  const label = button.querySelector("span");
  if (!label) return;
  const before = label.textContent;
  label.textContent = word("copied");
  setTimeout(() => { label.textContent = before; }, 2000);
});
