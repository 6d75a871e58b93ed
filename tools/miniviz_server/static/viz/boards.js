// Several dashboards: a new one, another name, the end of one.
import { ask, base, dashboard, say } from "./dom.js";

const dialog = document.getElementById("namer");
const form = document.getElementById("namer-form");
const refused = document.getElementById("namer-problem");
const problem = document.getElementById("problem");

let save = async () => {};

function open(title, name, work) {
  save = work;
  form.reset();
  say(refused, null);
  document.getElementById("namer-title").textContent = title;
  form.elements.name.value = name;
  dialog.showModal();
  form.elements.name.select();
}

const go = (id) => location.assign(`${base}/visualize?dashboard=${encodeURIComponent(id)}`);
const shown = () => document.querySelector(".tabs [aria-current]").textContent;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    go((await save({ name: form.elements.name.value })).id);
  } catch (error) {
    say(refused, error);
  }
});
document.getElementById("namer-cancel").addEventListener("click", () => dialog.close());
document.getElementById("new-dashboard").addEventListener("click", () => {
  open("New dashboard", "", (named) => ask("POST", "/dashboards", named));
});
document.getElementById("rename-dashboard").addEventListener("click", () => {
  open("Rename dashboard", shown(), (named) => ask("PUT", `/dashboards/${dashboard}`, named));
});
document.getElementById("delete-dashboard").addEventListener("click", async () => {
  if (!confirm(`Delete the dashboard "${shown()}" with its charts? The events stay.`)) return;
  try {
    await ask("DELETE", `/dashboards/${dashboard}`);
    location.assign(`${base}/visualize`);
  } catch (error) {
    say(problem, error);
  }
});
