// The dialog "Add Chart": a new chart, or one that is there.
import { ask, dashboard, element, say } from "./dom.js";

const dialog = document.getElementById("editor");
const form = document.getElementById("editor-form");
const problem = document.getElementById("editor-problem");
const remove = document.getElementById("delete");

let editing = null;
let finished = () => {};

export function openEditor(chart, known, done) {
  editing = chart;
  finished = done;
  form.reset();
  say(problem, null);
  document.getElementById("editor-title").textContent = chart ? "Edit Chart" : "Add Chart";
  remove.hidden = !chart;
  fill("labels", known.labels, chart?.labels ?? []);
  fill("metrics", known.metrics, chart?.metrics ?? []);
  for (const name of ["type", "name", "range", "aggregate", "interval", "low", "high"]) {
    if (chart) form.elements[name].value = chart[name];
  }
  fit();
  dialog.showModal();
  form.elements.name.focus();
}

// A label or metric of the chart that no event has any more stays in the list.
function fill(name, known, chosen) {
  const all = [...new Set([...known, ...chosen])];
  const boxes = all.map((value) => element("label", {}, element("input", { type: "checkbox", name, value, checked: chosen.includes(value) }), element("span", {}, value)));
  const none = element("p.soft", {}, "Nothing was sent yet; come back with the first reading.");
  document.getElementById(name).replaceChildren(...(boxes.length ? boxes : [none]));
}

function fit() {
  const type = form.elements.type.value;
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(type);
}

function chosen(name) {
  return [...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value);
}

function settings() {
  const fields = form.elements;
  return {
    type: fields.type.value, name: fields.name.value, labels: chosen("labels"), metrics: chosen("metrics"), range: fields.range.value,
    aggregate: fields.aggregate.value, interval: Number(fields.interval.value), low: Number(fields.low.value), high: Number(fields.high.value),
    size: editing?.size ?? (["line", "bar", "table"].includes(fields.type.value) ? 2 : 1),
  };
}

async function attempt(work) {
  try {
    await work();
    dialog.close();
    finished();
  } catch (error) {
    say(problem, error);
  }
}

form.addEventListener("change", fit);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => (editing ? ask("PUT", `/charts/${editing.id}`, settings()) : ask("POST", `/charts?dashboard=${dashboard}`, settings())));
});
document.getElementById("cancel").addEventListener("click", () => dialog.close());
remove.addEventListener("click", () => {
  if (confirm(`Delete the chart "${editing.name}"? The events stay.`)) attempt(() => ask("DELETE", `/charts/${editing.id}`));
});
