// Charts read the table behind them and the theme's colours; they are drawn again when theme or width changes.
const drawn = new Map();
let library = null;

function load(source) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve(window.uPlot);
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

// light-dark() and var() are worked out by the browser, in a colour that a canvas understands.
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function read(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")];
  const heads = [...figure.querySelectorAll("thead th[data-series]")];
  const number = (cell, name) => (cell.dataset[name] === "" ? null : Number(cell.dataset[name]));
  const data = [rows.map((row) => number(row.querySelector("[data-x]"), "x"))];
  heads.forEach((_, i) => data.push(rows.map((row) => number(row.querySelectorAll("[data-y]")[i], "y"))));
  const labels = rows.map((row) => row.querySelector("[data-x]").textContent.trim());
  return { data, labels, heads, hrefs: rows.map((row) => row.dataset.href) };
}

// The highest mark stands at or above the highest figure; four or five marks, in steps that people count in.
function steps(low, high, whole) {
  const rough = Math.max(high, -low, whole ? 1 : 0) / 4 || 0.25;
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((one) => one * scale >= rough - scale * 1e-9) * scale;
  return whole ? Math.max(1, step) : step;
}

function marks(low, high, whole) {
  const step = steps(low, high, whole);
  const [first, last] = [Math.floor(Math.min(0, low) / step), Math.max(1, Math.ceil(high / step))];
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

function axis(labels, data) {
  const grid = { stroke: colour("--pn-line"), width: 1 };
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const base = { stroke: colour("--pn-ink-3"), grid, ticks: { show: false }, font };
  const format = new Intl.NumberFormat(document.documentElement.lang);
  const named = (_, splits) => splits.map((x) => labels[data[0].indexOf(x)] ?? "");
  return [
    { ...base, grid: { show: false }, values: named, splits: (plot) => spread(data[0], plot.width), size: 30 },
    { ...base, values: (_, splits) => splits.map((y) => format.format(y)), splits: () => marks(...extent(data), isWhole(data)), size: 64 },
  ];
}

// What is counted in whole numbers has no half on its axis.
const isWhole = ([, ...figures]) => figures.flat().every((figure) => figure === null || Number.isInteger(figure));

function extent([, ...figures]) {
  const known = figures.flat().filter((figure) => figure !== null);
  return [Math.min(0, ...known), Math.max(0, ...known)];
}

function spread(xs, width) {
  const room = Math.max(2, Math.floor(width / 110));
  const every = Math.ceil(xs.length / room);
  return xs.filter((_, i) => i % every === 0);
}

function series(uPlot, figure, heads) {
  const isBars = figure.dataset.kind === "bars";
  return [{}, ...heads.map((head) => {
    const stroke = colour(`--pn-${head.dataset.series}`);
    const bars = { paths: uPlot.paths.bars({ size: [0.6, 48] }), fill: stroke, points: { show: false } };
    return { label: head.textContent.trim(), stroke, width: 2, points: { show: false }, ...(isBars ? bars : {}) };
  })];
}

function draw(uPlot, figure) {
  const place = figure.querySelector(".chart-plot");
  const { data, labels, heads, hrefs } = read(figure);
  drawn.get(figure)?.plot.destroy();
  if (!data[0].length || !place.clientWidth) return;
  const options = {
    width: place.clientWidth,
    height: Number(figure.dataset.height),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
    scales: { x: { time: false, range: figure.dataset.kind === "bars" ? padded : undefined }, y: { range: ends(data) } },
    padding: [8, figure.dataset.kind === "bars" ? 8 : 40, 0, 0], // the last label stands in the middle under the last point
    axes: axis(labels, data),
    series: series(uPlot, figure, heads),
    hooks: { setCursor: [(plot) => tell(figure, plot, labels, heads, data)] },
  };
  const plot = new uPlot(options, data, place);
  plot.over.addEventListener("click", () => { if (hrefs[plot.cursor.idx]) location.assign(hrefs[plot.cursor.idx]); });
  drawn.set(figure, { plot, width: place.clientWidth });
}

function ends(data) {
  const all = marks(...extent(data), isWhole(data));
  return [all[0], all.at(-1)];
}

function padded(plot, low, high) {
  const half = plot.data[0].length > 1 ? (plot.data[0][1] - plot.data[0][0]) / 2 : 0.5;
  return [low - half, high + half];
}

function tell(figure, plot, labels, heads, data) {
  const i = plot.cursor.idx;
  let tip = figure.querySelector(".chart-tip");
  if (!tip) {
    tip = document.createElement("div");
    tip.className = "chart-tip small";
    tip.setAttribute("aria-hidden", "true");
    figure.querySelector(".chart-plot").append(tip);
  }
  tip.hidden = i === null || i === undefined;
  if (tip.hidden) return;
  const cells = figure.querySelectorAll("tbody tr")[i].querySelectorAll("[data-y]");
  tip.textContent = [labels[i], ...heads.map((head, n) => `${head.textContent.trim()} ${cells[n].textContent.trim()}`)].join(" · ");
}

const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const figure = target.closest("[data-chart]");
    if (drawn.get(figure)?.width !== target.clientWidth) draw(window.uPlot, figure); // also one that had no room at first
  }
});

async function start(root) {
  for (const figure of root.querySelectorAll("[data-chart]")) {
    if (drawn.has(figure)) continue;
    figure.querySelector(".chart-plot").style.minHeight = `${figure.dataset.height}px`; // nothing jumps when it is drawn
    const uPlot = await load(figure.dataset.uplot);
    widths.observe(figure.querySelector(".chart-plot"));
    draw(uPlot, figure);
  }
}

document.addEventListener("look:theme", () => {
  for (const figure of drawn.keys()) figure.isConnected ? draw(window.uPlot, figure) : drawn.delete(figure);
});
document.addEventListener("htmx:afterSettle", (event) => start(event.detail.elt));
start(document);
