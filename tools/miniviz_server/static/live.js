// The stream of stored events, and the words that say whether it lives.
import { base } from "./viz/dom.js";

const live = document.getElementById("live");

function show(state, words) {
  live.dataset.state = state;
  live.textContent = words;
}

export const lost = () => show("lost", "Reconnecting");

// Calls back on every stored event, and when the stream is there (again).
export function watch(onEvent, onBack) {
  const source = new EventSource(`${base}/live`);
  source.addEventListener("open", () => { show("live", "Live"); onBack(); });
  source.addEventListener("stored", (message) => onEvent(JSON.parse(message.data)));
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => watch(onEvent, onBack), 2000);
  });
}

// At most one run under way and one waiting, with a pause between, however often it is called.
export function calmly(work, pause) {
  let busy = false;
  let again = false;
  return async function run() {
    again = busy;
    if (busy) return;
    busy = true;
    await work();
    await new Promise((done) => setTimeout(done, pause));
    busy = false;
    if (again) run();
  };
}

// Pieces of the page with hx-trigger="news from:body". (htmx's own throttle would drop the last of a burst.)
export function watchPieces(pause, work = () => {}) {
  const news = calmly(() => { htmx.trigger("body", "news"); return work(); }, pause);
  for (const failure of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(failure, lost);
  watch(news, news);
}
