// Thumbnails: times in the viewer's zone, and a strip of the newest that renews itself.
const strip = document.getElementById("strip");

function localTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    time.title = `${time.dateTime} (UTC)`;
    time.textContent = `${moment.toLocaleDateString("sv-SE")} ${moment.toLocaleTimeString("sv-SE")}`;
  }
}

// An image comes once a minute at most, so that asking now and then is enough.
async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(strip.dataset.url, { cache: "no-store" });
    if (!answer.ok) return;
    const fetched = document.createElement("template");
    fetched.innerHTML = await answer.text();
    const newest = fetched.content.querySelector(".shot")?.dataset.id;
    if (newest === strip.querySelector(".shot")?.dataset.id) return;
    localTimes(fetched.content);
    strip.replaceChildren(fetched.content);
    strip.closest("section").hidden = false;
  } catch {
    // The server is away; the page's own status line says so.
  }
}

localTimes(document);
if (strip) {
  refresh();
  setInterval(refresh, 3000);
}
