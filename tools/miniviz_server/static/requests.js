// The Requests page: fresh calls every two seconds while somebody looks; opened ones stay open.
import { watchCopyButtons } from "./copy.js";
import { localTimes } from "./times.js";

const place = document.getElementById("calls");
const url = document.querySelector("main[data-rows]").dataset.rows;

async function refresh() {
  if (document.hidden || place.contains(document.activeElement)) return;
  const response = await fetch(url, { cache: "no-store" }).catch(() => null);
  if (!response?.ok) return;
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.id));
  const fetched = document.createElement("template");
  fetched.innerHTML = await response.text();
  localTimes(fetched.content);
  for (const one of fetched.content.querySelectorAll("details")) one.open = open.has(one.dataset.id);
  place.replaceChildren(fetched.content);
}

localTimes(document);
watchCopyButtons();
setInterval(refresh, 2000);
