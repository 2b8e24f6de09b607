// The code of a card in four fields, judged by its check symbol while it is typed. Nothing is asked of the server here:
// a wrong check symbol is a slip of the finger and says nothing about which cards exist.

import { mayHaveCamera, reader } from "./qr.js";

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 16;

function times(a, b) {
  let product = 0;
  while (b) {
    if (b & 1) product ^= a;
    a <<= 1;
    if (a & 32) a ^= 37;
    b >>= 1;
  }
  return product;
}

export function normalise(typed) {
  return typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\-‐‑‒–—−·._/]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
}

export function checksOut(code) {
  let total = 0;
  let weight = 1;
  for (const symbol of code) {
    const value = SYMBOLS.indexOf(symbol);
    if (value < 0) return false;
    total ^= times(weight, value);
    weight = times(weight, 2);
  }
  return code.length === LENGTH && total === 0;
}

function codeOf(text) {
  const at = text.lastIndexOf("#");
  return normalise(at < 0 ? text : text.slice(at + 1));
}

class Groups {
  constructor(box) {
    this.box = box;
    this.one = box.querySelector("[data-code]");
    this.grid = document.createElement("div");
    this.grid.className = "code-groups";
    this.says = document.createElement("p");
    this.says.className = "code-says";
    this.says.setAttribute("role", "status");
    this.fields = [0, 1, 2, 3].map((index) => this.field(index));
    this.one.type = "hidden";
    this.one.after(this.grid, this.says);
    const label = box.querySelector("label");
    if (label) label.removeAttribute("for");
    this.one.form?.addEventListener("submit", (event) => this.send(event), true);
    this.camera();
    if (location.hash.length > 1) {
      this.fill(codeOf(location.hash));
      history.replaceState(null, "", location.pathname + location.search);
    }
    this.fields.find((field) => field.value.length < 4)?.focus();
  }

  field(index) {
    const field = document.createElement("input");
    field.className = "form-control";
    field.autocomplete = "off";
    field.spellcheck = false;
    field.setAttribute("autocapitalize", "characters");
    field.setAttribute("aria-label", `${this.box.dataset.label} ${index + 1}`);
    field.addEventListener("input", () => this.typed(index));
    field.addEventListener("paste", (event) => {
      event.preventDefault();
      this.fill(codeOf(event.clipboardData.getData("text")), index);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Backspace" && !field.value && index) this.fields[index - 1].focus();
    });
    this.grid.append(field);
    return field;
  }

  typed(index) {
    const field = this.fields[index];
    if (field.value.length > 4) {
      this.fill(normalise(field.value), index);
      return;
    }
    if (normalise(field.value).length === 4 && index < 3) this.fields[index + 1].focus();
    this.judge();
  }

  fill(code, from = 0) {
    const start = code.length >= LENGTH ? 0 : from;
    this.fields.slice(start).forEach((field, index) => {
      const part = code.slice(index * 4, index * 4 + 4);
      if (part) field.value = part;
    });
    (this.fields.find((field) => field.value.length < 4) || this.fields[3]).focus();
    this.judge();
  }

  judge() {
    const code = this.fields.map((field) => normalise(field.value)).join("");
    const isWhole = code.length === LENGTH;
    const isRight = isWhole && checksOut(code);
    this.one.value = code;
    this.grid.classList.toggle("is-checked", isRight);
    this.grid.classList.toggle("is-wrong", isWhole && !isRight);
    this.tell(isRight ? "ok" : "bad", isRight ? this.box.dataset.checked : isWhole ? this.box.dataset.wrong : "");
  }

  // A slip of the finger is mended here, in what was typed; what was sent never comes back.
  send(event) {
    if (checksOut(this.one.value)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.one.value.length !== LENGTH) this.tell("bad", this.box.dataset.short);
    (this.fields.find((field) => normalise(field.value).length < 4) || this.fields[0]).focus();
  }

  camera() {
    if (!mayHaveCamera) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = this.box.dataset.scan;
    button.addEventListener("click", () => (this.stream ? this.stop() : this.scan()));
    this.button = button;
    this.says.after(button);
  }

  async scan() {
    let read;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      read = await reader(this.box.dataset.reader);
    } catch {
      this.noCamera();
      return;
    }
    this.tell("", this.box.dataset.scanHint);
    this.video = document.createElement("video");
    this.video.className = "code-video";
    this.video.playsInline = true;
    this.video.muted = true;
    this.video.srcObject = this.stream;
    this.button.after(this.video);
    this.button.textContent = this.box.dataset.scanEnd;
    await this.video.play();
    while (this.stream) {
      const code = codeOf(await read(this.video));
      if (this.stream && checksOut(code)) {
        this.stop();
        this.fill(code);
        return;
      }
      await new Promise((next) => setTimeout(next, 200));
    }
  }

  // Refused, or there is none: say so, and leave the typing.
  noCamera() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.button.remove();
    this.tell("bad", this.box.dataset.scanRefused);
    this.fields[0].focus();
  }

  stop() {
    this.stream.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.remove();
    this.button.textContent = this.box.dataset.scan;
    this.judge();
  }

  tell(kind, words) {
    this.says.className = `code-says ${kind}`;
    this.says.textContent = words;
  }
}

document.querySelectorAll("[data-code-groups]").forEach((box) => new Groups(box));
