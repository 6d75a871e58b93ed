// Small tools of the pages that draw themselves.
import { clock } from "../times.js";

export const base = `/projects/${document.querySelector("main[data-project]").dataset.project}`;
// On the page Visualize, the dashboard that is shown.
export const { dashboard } = document.querySelector("main[data-project]").dataset;

// element("p.soft", {title: "..."}, "text", child, ...)
export function element(what, properties = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// A request to this server; an Error with its sentence when it says no.
export async function ask(method, path, body) {
  const options = { method, cache: "no-store", headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(base + path, options);
  } catch {
    throw new Error("The server does not answer.");
  }
  if (response.status === 204) return null;
  const document = await response.json().catch(() => ({}));
  if (response.ok) return document;
  const error = new Error(document.error?.message ?? `The server answered ${response.status}.`);
  error.field = document.error?.field ?? null;
  throw error;
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export const seriesColour = (index) => colour(`--series-${(index % 6) + 1}`);

export function time(milliseconds) {
  const iso = new Date(milliseconds).toISOString();
  return element("time", { dateTime: iso, title: `${iso} (UTC)` }, clock(milliseconds));
}

export function numeral(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) return value.toExponential(3);
  return String(Number(value.toFixed(size >= 1000 ? 1 : size >= 1 ? 2 : 4)));
}

export function say(place, error) {
  place.textContent = error ? error.message ?? error : "";
  place.hidden = !error;
}
