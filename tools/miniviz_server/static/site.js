// On every page: copy buttons, menus that close, a question before what cannot be undone, moments in the
// viewer's zone, and what htmx leaves to do when it swaps a piece in.
import "./copy.js";
import { localTimes } from "./times.js";

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

// A poll, which no event triggers, rests while nobody looks or somebody is at work in what it would replace.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { requestConfig, target } = event.detail;
  const polled = !requestConfig.triggeringEvent;
  if (polled && (document.hidden || target.contains(document.activeElement))) event.preventDefault();
});

let left = 0;
document.addEventListener("htmx:beforeSwap", ({ target }) => { left = target.querySelector(".scroll")?.scrollLeft ?? 0; });
document.addEventListener("htmx:afterSwap", ({ target, detail }) => {
  if (target !== detail.target) return;
  localTimes(target);
  if (left) target.querySelector(".scroll").scrollLeft = left;
});
localTimes(document);
