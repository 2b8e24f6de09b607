// The till: the field is always ready for the next card, whoever types it: a scanner, a camera or a person.
const DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978", "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"];
const LENGTH = 14;
const field = document.querySelector("[data-scan]");
const isDesk = matchMedia("(pointer: fine)").matches;

const digitsOf = (text) => text.normalize("NFKC").replace(/[\s\-–—_.]/g, "");
const checks = (digits) => [...digits].reduce((state, digit) => Number(DAMM[state][Number(digit)]), 0) === 0;

// Judge the check digit as one types: a slip is seen before Enter.
function judge() {
  const hint = document.getElementById("typed-hint");
  const digits = digitsOf(field.value);
  const isWrong = /^\d+$/.test(digits) && digits.length >= LENGTH && !(digits.length === LENGTH && checks(digits));
  hint.dataset.usual ??= hint.textContent;
  hint.textContent = isWrong ? hint.dataset.wrong : hint.dataset.usual;
  hint.classList.toggle("is-wrong", isWrong);
  field.classList.toggle("is-wrong", isWrong);
}

function ready() {
  field.value = "";
  judge();
  field.focus({ preventScroll: true });
}

// What the customer gets back, in whole cents.
function change() {
  const place = document.querySelector("[data-change]");
  const given = document.querySelector("#pay [name=given]")?.value.normalize("NFKC").replace(/[,\s]/g, "") ?? "";
  const total = document.getElementById("basket")?.dataset.total;
  if (!place) return;
  if (!total || !/^\d+(\.\d{1,3})?$/.test(given)) {
    place.textContent = "";
    return;
  }
  const places = (total.split(".")[1] ?? "").length;
  const back = Math.round(Number(given) * 10 ** places) - Math.round(Number(total) * 10 ** places);
  const amount = (back / 10 ** places).toLocaleString(document.documentElement.lang, { minimumFractionDigits: places });
  place.textContent = back < 0 ? place.dataset.short : place.dataset.text.replace("{amount}", amount);
}

if (field) {
  field.addEventListener("input", judge);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    ready();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "basket" && event.target?.id !== "basket") return;
    ready();
    change();
  });
  document.addEventListener("input", (event) => {
    if (event.target.name === "given") change();
  });
  document.addEventListener("click", (event) => {
    if (isDesk && !event.target.closest("a, button, input, select, textarea, summary, label, dialog")) field.focus();
  });
}

document.addEventListener("keydown", (event) => {
  const target = { F2: "[data-pay]", F4: '[data-open="undo"]' }[event.key];
  const button = target && !document.querySelector("dialog[open]") && document.querySelector(target);
  if (!button) return;
  event.preventDefault();
  button.click();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

// The camera, where the browser reads codes by itself.
const opener = document.querySelector("[data-camera-open]");
if (opener && "BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
  const dialog = document.querySelector("[data-camera]");
  const view = dialog.querySelector("[data-camera-view]");
  const text = dialog.querySelector("[data-camera-text]");
  const detector = new window.BarcodeDetector();
  let stream = null;

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    view.srcObject = null;
  };

  const look = async () => {
    if (!stream) return;
    const found = await detector.detect(view).catch(() => []);
    const serial = found.map((code) => digitsOf(code.rawValue).match(/\d{14}/)?.[0]).find((digits) => digits && checks(digits));
    if (!serial) {
      setTimeout(look, 120);
      return;
    }
    dialog.close();
    navigator.vibrate?.(60);
    field.value = serial;
    field.form.requestSubmit();
  };

  opener.hidden = false;
  opener.addEventListener("click", async () => {
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      text.textContent = text.dataset.refused;
      return;
    }
    view.srcObject = stream;
    await view.play();
    look();
  });
  dialog.addEventListener("close", stop);
  dialog.querySelector("[data-camera-close]").addEventListener("click", () => dialog.close());
}
