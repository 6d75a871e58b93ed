// The dashboard: loads the charts, keeps them live, lets one arrange them.
import { calmly, watch } from "../live.js";
import { Card } from "./card.js";
import "./boards.js";
import { ask, dashboard, say } from "./dom.js";
import { openEditor } from "./editor.js";

const board = document.getElementById("board");
const layout = document.getElementById("layout");
const problem = document.getElementById("problem");

let cards = [];
let known = { labels: [], metrics: [] };
let stale = new Set();

async function load() {
  try {
    const found = await ask("GET", `/charts?dashboard=${dashboard}`);
    known = found;
    show(found.charts);
    say(problem, null);
  } catch (error) {
    say(problem, error);
  }
  board.setAttribute("aria-busy", "false");
}

// A card whose settings are as before stays as it is, so that nothing flickers.
function show(charts) {
  const before = new Map(cards.map((card) => [JSON.stringify(card.chart), card]));
  cards = charts.map((chart) => before.get(JSON.stringify(chart)) ?? new Card(chart, { edit, move, resize }));
  for (const card of before.values()) if (!cards.includes(card)) card.close();
  board.replaceChildren(...cards.map((card) => card.root));
  document.getElementById("no-charts").hidden = cards.length > 0;
  layout.hidden = cards.length === 0;
  for (const card of cards) card.refresh();
}

async function edit(chart) {
  known = await ask("GET", `/charts?dashboard=${dashboard}`).catch(() => known);
  openEditor(chart, known, load);
}

async function move(chart, step) {
  const order = cards.map((card) => card.chart.id);
  const place = order.indexOf(chart.id);
  const other = place + step;
  if (other < 0 || other >= order.length) return;
  [order[place], order[other]] = [order[other], order[place]];
  await change(() => ask("PUT", "/charts/order", { order }));
}

async function resize(chart, size) {
  const { id, ...settings } = chart;
  await change(() => ask("PUT", `/charts/${id}`, { ...settings, size }));
}

async function change(work) {
  try {
    await work();
    await load();
  } catch (error) {
    say(problem, error);
  }
}

const freshen = calmly(async () => {
  const due = cards.filter((card) => stale.has(card) && !card.zoomed);
  stale = new Set();
  await Promise.all(due.map((card) => card.refresh()));
}, 400);

function arrived(event) {
  for (const card of cards) if (card.concerns(event)) stale.add(card);
  if (stale.size) freshen();
}

function everything() {
  for (const card of cards) stale.add(card);
  freshen();
}

layout.addEventListener("click", () => {
  const on = board.classList.toggle("arranging");
  layout.setAttribute("aria-pressed", String(on));
  layout.textContent = on ? "Done" : "Edit layout";
});
document.getElementById("refresh").addEventListener("click", load);
for (const name of ["add", "add-first"]) document.getElementById(name).addEventListener("click", () => edit(null));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cards.forEach((card) => card.redraw()));

await load();
watch(arrived, everything);
// Time goes on even when nothing comes: what is too old leaves the charts.
setInterval(everything, 60_000);
