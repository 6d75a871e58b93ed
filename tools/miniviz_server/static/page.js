// Keeps an open page true: every stored event makes it fetch the rows and the chart's points afresh.
// One way to draw a row (the server's) is worth more here than saving a request on 127.0.0.1.
import { drawChart } from "./chart.js";
import { watchCopyButtons } from "./copy.js";
import { localTimes } from "./times.js";

const main = document.querySelector("main[data-project]");
const base = `/projects/${main.dataset.project}`;
const table = document.getElementById("table");
const live = document.getElementById("live");

function rowIds() {
  return new Set([...table.querySelectorAll("tr[data-id]")].map((row) => row.dataset.id));
}

async function refreshTable() {
  const known = rowIds();
  const fetched = document.createElement("template");
  fetched.innerHTML = await (await answer(`${base}/table`)).text();
  localTimes(fetched.content);
  for (const row of fetched.content.querySelectorAll("tr[data-id]")) {
    row.classList.toggle("fresh", !known.has(row.dataset.id));
  }
  const left = table.querySelector(".scroll")?.scrollLeft ?? 0;
  table.replaceChildren(fetched.content);
  if (left) table.querySelector(".scroll").scrollLeft = left;
  if (table.querySelector("tr[data-id]")) document.getElementById("empty")?.remove();
}

async function refreshChart() {
  drawChart((await (await answer(`${base}/events`)).json()).events);
}

async function answer(url) {
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

let busy = false;
let again = false;

// At most one refresh under way and one waiting, however fast events come in.
async function refresh() {
  again = busy;
  if (busy) return;
  busy = true;
  try {
    // A page of older events stays as it is; only its chart goes on.
    await Promise.all([main.hasAttribute("data-newest") ? refreshTable() : undefined, refreshChart()]);
  } catch (error) {
    show("lost", "Reconnecting");
  }
  await new Promise((done) => setTimeout(done, 100));
  busy = false;
  if (again) refresh();
}

function show(state, words) {
  live.dataset.state = state;
  live.textContent = words;
}

function watch() {
  const source = new EventSource(`${base}/live`);
  source.addEventListener("open", () => { show("live", "Live"); refresh(); });
  source.addEventListener("stored", refresh);
  source.addEventListener("error", () => {
    show("lost", "Reconnecting");
    if (source.readyState === EventSource.CLOSED) setTimeout(watch, 2000);
  });
}

localTimes(document);
watchCopyButtons();
refreshChart().catch(() => show("lost", "Reconnecting"));
watch();
