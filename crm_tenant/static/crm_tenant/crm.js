// The board by hand and by keys; names to choose from; a filter that sends itself.
const cardOf = (target) => target.closest?.("[data-deal]");
const laneOf = (target) => target.closest?.("[data-stage]");
const lanes = () => [...document.querySelectorAll("[data-columns] [data-stage]")];
const cardsOf = (lane) => [...lane.querySelectorAll("[data-deal]")];

async function move(card, lane) {
  const from = laneOf(card);
  if (!lane || lane === from) return;
  const id = card.dataset.deal;
  const board = document.getElementById("board");
  const values = { stage: lane.dataset.stage, from: from.dataset.stage, owner: board.dataset.owner };
  lane.querySelector("header").after(card); // where it will be; the answer says where it is
  await htmx.ajax("POST", card.dataset.move, {
    target: "#board", swap: "outerHTML", values,
    headers: { "X-CSRFToken": document.body.dataset.csrf },
  });
  focus(document.querySelector(`[data-deal="${id}"]`));
}

function focus(card) {
  card?.querySelector("a")?.focus();
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// --- Drag and drop ---
let dragged = null;

document.addEventListener("dragstart", (event) => {
  dragged = cardOf(event.target);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.name);
  dragged.classList.add("is-dragged");
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  document.querySelectorAll(".lane.is-over").forEach((lane) => lane.classList.remove("is-over"));
  dragged = null;
});
document.addEventListener("dragover", (event) => {
  const lane = dragged && laneOf(event.target);
  for (const other of document.querySelectorAll(".lane.is-over")) if (other !== lane) other.classList.remove("is-over");
  if (!lane) return;
  event.preventDefault();
  lane.classList.add("is-over");
});
document.addEventListener("drop", (event) => {
  const lane = dragged && laneOf(event.target);
  if (!lane) return;
  event.preventDefault();
  move(dragged, lane);
});

// --- Keys: arrows choose, Shift and an arrow move, a full stop plans ---
document.addEventListener("keydown", (event) => {
  const card = cardOf(event.target);
  if (!card || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("dialog")) return;
  const lane = laneOf(card);
  const all = lanes();
  const place = cardsOf(lane).indexOf(card);
  const beside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const along = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (beside && event.shiftKey) {
    event.preventDefault();
    move(card, all[all.indexOf(lane) + beside]);
  } else if (beside) {
    event.preventDefault();
    for (let at = all.indexOf(lane) + beside; all[at]; at += beside) {
      const there = cardsOf(all[at]);
      if (there.length) return focus(there[Math.min(place, there.length - 1)]);
    }
  } else if (along) {
    event.preventDefault();
    focus(cardsOf(lane)[place + along]);
  } else if (event.key === ".") {
    location.assign(`${card.dataset.step}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});

// --- The menu of stages, for hands without drag ---
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move-menu]");
  if (!button) return;
  const card = cardOf(button);
  const dialog = document.getElementById("mover");
  const form = dialog.querySelector("[data-mover]");
  form.action = card.dataset.move;
  form.elements.from.value = laneOf(card).dataset.stage;
  dialog.querySelector("[data-mover-name]").textContent = card.dataset.name;
  for (const choice of form.querySelectorAll("[name=stage]")) choice.hidden = choice.value === form.elements.from.value;
  dialog.showModal();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submits]")) event.target.form.requestSubmit();
});

// --- Names while one types ---
let waiting = 0;
document.addEventListener("input", (event) => {
  const field = event.target.closest("input[data-names]");
  if (!field) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => suggest(field), 200);
});

async function suggest(field) {
  const list = document.getElementById(`${field.dataset.names}-names`);
  const words = field.value.trim();
  if (!list || !words) return;
  const answer = await fetch(`${list.dataset.namesUrl}?q=${encodeURIComponent(words)}`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  list.replaceChildren(...page.querySelectorAll("option"));
}
