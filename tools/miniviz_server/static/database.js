// The Database page: rows in the viewer's time, live, and ticked in ranges.
import "./forms.js";
import { localInputs, localTimes } from "./times.js";

const main = document.querySelector("main[data-rows]");
const place = document.getElementById("rows");
const live = document.getElementById("live");
const boxes = () => [...place.querySelectorAll("input[name=event]")];
let last = null;

// Shift and a click tick everything in between, as in a mail program.
place.addEventListener("click", (event) => {
  const box = event.target;
  if (box.id === "all") boxes().forEach((one) => { one.checked = box.checked; });
  if (box.name === "event") {
    const all = boxes();
    const from = all.findIndex((one) => one.value === last);
    if (event.shiftKey && from >= 0) {
      const [low, high] = [from, all.indexOf(box)].sort((a, b) => a - b);
      all.slice(low, high + 1).forEach((one) => { one.checked = box.checked; });
    }
    last = box.value;
  }
  count();
});

function count() {
  const ticked = boxes().filter((one) => one.checked).length;
  const button = document.getElementById("delete");
  if (!button) return;
  button.disabled = !ticked;
  button.textContent = ticked ? `Delete selected (${ticked})` : "Delete selected";
  button.dataset.confirm = ticked === 1 ? "Delete this event?" : `Delete these ${ticked} events?`;
}

async function refresh() {
  const response = await fetch(main.dataset.rows, { cache: "no-store" });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const known = new Set(boxes().map((one) => one.value));
  const ticked = new Set(boxes().filter((one) => one.checked).map((one) => one.value));
  const left = place.querySelector(".scroll")?.scrollLeft ?? 0;
  const focused = document.activeElement?.id;
  const fetched = document.createElement("template");
  fetched.innerHTML = await response.text();
  localTimes(fetched.content);
  for (const box of fetched.content.querySelectorAll("input[name=event]")) {
    box.checked = ticked.has(box.value);
    box.closest("tr").classList.toggle("fresh", !known.has(box.value));
  }
  place.replaceChildren(fetched.content);
  if (left) place.querySelector(".scroll").scrollLeft = left;
  if (focused && place.querySelector(`#${CSS.escape(focused)}`)) document.getElementById(focused).focus();
  count();
  offer();
}

// A label or metric that was sent for the first time can be filtered for at once.
function offer() {
  for (const [name, values] of Object.entries(document.getElementById("choices").dataset)) {
    const select = document.querySelector(`form.filters select[name=${name}]`);
    const known = new Set([...select.options].map((option) => option.value));
    for (const value of JSON.parse(values)) if (!known.has(value)) select.add(new Option(value, value));
  }
}

let busy = false;
let again = false;

// At most one under way and one waiting, however fast events come in.
async function soon() {
  again = busy;
  if (busy || !main.hasAttribute("data-first")) return;
  busy = true;
  try { await refresh(); } catch { show("lost", "Reconnecting"); }
  await new Promise((done) => setTimeout(done, 200));
  busy = false;
  if (again) soon();
}

function show(state, words) {
  live.dataset.state = state;
  live.textContent = words;
}

function watch() {
  const source = new EventSource(main.dataset.live);
  source.addEventListener("open", () => { show("live", "Live"); soon(); });
  source.addEventListener("stored", soon);
  source.addEventListener("error", () => {
    show("lost", "Reconnecting");
    if (source.readyState === EventSource.CLOSED) setTimeout(watch, 2000);
  });
}

localTimes(document);
localInputs(document.querySelector("form.filters"));
document.getElementById("refresh").addEventListener("click", soon);
count();
watch();
