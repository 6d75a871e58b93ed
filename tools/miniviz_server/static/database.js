// The Database page: live rows, ticked in ranges.
import { watchPieces } from "./live.js";
import { localInputs } from "./times.js";

const place = document.getElementById("rows");
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

// A label or metric that was sent for the first time can be filtered for at once.
function offer() {
  for (const [name, values] of Object.entries(document.getElementById("choices").dataset)) {
    const select = document.querySelector(`form.filters select[name=${name}]`);
    const known = new Set([...select.options].map((option) => option.value));
    for (const value of JSON.parse(values)) if (!known.has(value)) select.add(new Option(value, value));
  }
}

place.addEventListener("htmx:afterSwap", () => { count(); offer(); });
localInputs(document.querySelector("form.filters"));
count();
watchPieces(200);
