// The Rules page: the list, the form, the log of notifications.
import { calmly, watch } from "../live.js";
import { ask, element, say, time } from "./dom.js";

const dialog = document.getElementById("editor");
const form = document.getElementById("editor-form");
const problem = document.getElementById("editor-problem");
const note = document.getElementById("editor-note");
const filter = document.getElementById("filter");
const CHANNELS = { slack: "Slack", webhook: "Webhook", email: "Email", apprise: "Apprise" };
const TARGETS = {
  slack: ["Slack webhook URL", "https://hooks.slack.com/services/..."],
  webhook: ["URL", "https://example.org/hook"],
  email: ["Mail account", "mailtos://user:password@smtp.example.org?to=you@example.org"],
  apprise: ["Apprise URL", "ntfy://topic"],
};

let found = { rules: [], deliveries: [], labels: [], metrics: [] };
let editing = null;

async function load() {
  const place = document.getElementById("problem");
  try {
    found = await ask("GET", "/rules/data");
    say(place, null);
    show();
  } catch (error) {
    say(place, error);
  }
}

function show() {
  const rows = found.rules.filter((rule) => !filter.value || statusOf(rule) === filter.value).map(ruleCard);
  const list = document.getElementById("rules");
  const none = found.rules.length && !rows.length ? [element("p.card.waiting", {}, "No rule has this status.")] : [];
  list.replaceChildren(...rows, ...none);
  list.setAttribute("aria-busy", "false");
  document.getElementById("no-rules").hidden = found.rules.length > 0;
  document.getElementById("log").replaceChildren(logTable());
}

function statusOf(rule) {
  if (!rule.enabled) return "off";
  return rule.active.some((one) => one.state === "triggered") ? "triggered" : "ok";
}

function ruleCard(rule) {
  const status = statusOf(rule);
  const words = { off: "Off", triggered: "Triggered", ok: "OK" }[status];
  const where = rule.active.filter((one) => one.state === "triggered").map((one) => element("li", {}, one.label_key, " since ", time(one.since)));
  const card = element("article.card.rule", { "aria-label": rule.name },
    element("header", {}, element(`span.pill.${status}`, {}, words), element("h2", {}, rule.name),
      element("button.quiet", { type: "button", "aria-label": `Edit ${rule.name}`, onclick: () => open(rule) }, "Edit")),
    element("p", {}, element("code", {}, rule.condition), ` · ${rule.label_key || "any device"} · ${CHANNELS[rule.channel]} `, element("span.soft", {}, rule.masked)),
    rule.description ? element("p.soft", {}, rule.description) : null,
    where.length ? element("ul", {}, ...where) : null);
  card.dataset.rule = rule.id;
  card.dataset.status = status;
  return card;
}

function logTable() {
  if (!found.deliveries.length) return element("p.card.waiting", {}, "Nothing was sent yet.");
  const head = ["Time", "Notification", "Device", "Channel", "Result"].map((name) => element("th", { scope: "col" }, name));
  const rows = found.deliveries.map((one) => {
    const row = element("tr", {}, element("td", {}, time(one.created_at)), element("td", { title: one.text }, one.title), element("td.label", {}, one.label_key), element("td", {}, CHANNELS[one.channel]), element("td", {}, ...result(one)));
    row.dataset.kind = one.kind;
    row.dataset.state = one.state;
    return row;
  });
  return element("div.card.scroll", { tabIndex: 0, role: "region", "aria-label": "Notifications, newest first" },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)));
}

function result(one) {
  const tries = one.attempts > 1 || one.state !== "sent" ? ` (try ${one.attempts} of ${one.tries})` : "";
  if (one.state === "sent") return [element("span.pill.ok", {}, "Sent"), one.kind === "test" ? "" : tries];
  if (one.state === "failed") return [element("span.pill.triggered", {}, "Failed"), ` ${one.error}`, one.kind === "test" ? "" : tries];
  return [element("span.pill.off", {}, "Waiting"), one.error ? ` ${one.error} Next try ` : "", one.error ? time(one.next_at) : "", one.attempts ? tries : ""];
}

function open(rule) {
  editing = rule;
  form.reset();
  say(problem, null);
  say(note, null);
  document.getElementById("editor-title").textContent = rule ? "Edit Rule" : "Add Rule";
  document.getElementById("delete").hidden = !rule;
  for (const name of ["labels", "metrics"]) document.getElementById(name).replaceChildren(...found[name].map((value) => element("option", { value })));
  if (rule) {
    for (const name of ["name", "description", "label_key", "operator", "metric", "threshold", "minutes", "cooldown_minutes", "channel"]) form.elements[name].value = rule[name];
    form.elements.notify_recovered.checked = rule.notify_recovered;
    form.elements.enabled.checked = rule.enabled;
  }
  fit();
  dialog.showModal();
  form.elements.name.focus();
}

function fit() {
  const silent = form.elements.operator.value === "silent";
  for (const part of form.querySelectorAll("[data-for=value]")) part.hidden = silent;
  const [words, example] = TARGETS[form.elements.channel.value];
  document.getElementById("target-words").textContent = words;
  const kept = editing && editing.channel === form.elements.channel.value;
  form.elements.target.placeholder = kept ? editing.masked : example;
  document.getElementById("target-note").textContent = kept ? "Leave the address empty to keep the one that is stored." : "";
}

function settings() {
  const fields = form.elements;
  const text = Object.fromEntries(["name", "description", "label_key", "operator", "metric", "threshold", "channel", "target"].map((name) => [name, fields[name].value]));
  return {
    ...text, id: editing?.id ?? "", minutes: Number(fields.minutes.value), cooldown_minutes: Number(fields.cooldown_minutes.value),
    notify_recovered: fields.notify_recovered.checked, enabled: fields.enabled.checked,
  };
}

async function attempt(work, done) {
  say(problem, null);
  say(note, null);
  try {
    done(await work());
  } catch (error) {
    say(problem, error);
  }
}

function closed() {
  dialog.close();
  load();
}

form.addEventListener("change", fit);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => (editing ? ask("PUT", `/rules/${editing.id}`, settings()) : ask("POST", "/rules", settings())), closed);
});
document.getElementById("test").addEventListener("click", () => {
  attempt(() => ask("POST", "/rules/test", settings()), (answer) => {
    say(answer.sent ? note : problem, answer.message);
    load();
  });
});
document.getElementById("delete").addEventListener("click", () => {
  if (confirm(`Delete the rule "${editing.name}"?`)) attempt(() => ask("DELETE", `/rules/${editing.id}`), closed);
});
document.getElementById("cancel").addEventListener("click", () => dialog.close());
for (const name of ["add", "add-first"]) document.getElementById(name).addEventListener("click", () => open(null));
filter.addEventListener("change", show);

await load();
const freshen = calmly(load, 500);
watch(freshen, freshen);
// The timer and the retries change things without an event.
setInterval(freshen, 3000);
