// One chart on the dashboard: its frame, its data, and what stands there while there is none.
import { clock } from "../times.js";
import { ask, element } from "./dom.js";
import { gaugeFace, imageFace, numberFace, tableFace } from "./faces.js";
import { Plot } from "./plot.js";

const RANGES = { "15m": "15 minutes", "1h": "1 hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "1y": "1 year", all: "all time" };

export class Card {
  constructor(chart, actions) {
    this.chart = chart;
    this.zoomed = null;
    this.plot = null;
    this.chosen = null;
    this.asked = 0;
    this.body = element("div.card-body", { "aria-live": "off" });
    this.note = element("span.soft");
    this.reset = element("button", { type: "button", hidden: true, onclick: () => this.zoom(null) }, "Reset zoom");
    const edit = element("button.quiet", { type: "button", "aria-label": `Edit ${chart.name}`, onclick: () => actions.edit(chart) }, "Edit");
    const move = (step, sign, words) => element("button", { type: "button", "aria-label": `Move ${chart.name} ${words}`, onclick: () => actions.move(chart, step) }, sign);
    const sizes = [1, 2, 3].map((size) => element("button", {
      type: "button", "aria-pressed": String(chart.size === size), "aria-label": `${chart.name}: ${size} of 3 columns wide`, onclick: () => actions.resize(chart, size),
    }, "▮".repeat(size)));
    this.root = element("article.card.chart-card", { "aria-label": chart.name },
      element("header", {}, element("h2", {}, chart.name), this.note, this.reset, edit),
      element("div.arrange", {}, move(-1, "◀", "earlier"), ...sizes, move(1, "▶", "later")),
      this.body);
    this.root.dataset.chart = chart.id;
    this.root.dataset.size = chart.size;
    this.root.dataset.type = chart.type;
    this.state("loading", "Loading");
  }

  concerns(event) {
    const { labels, metrics, type } = this.chart;
    if (labels.length && !labels.includes(event.label_key)) return false;
    return type === "table" || type === "image" || metrics.some((name) => Object.hasOwn(event.payload, name));
  }

  zoom(span) {
    this.zoomed = span;
    this.reset.hidden = !span;
    this.refresh();
  }

  async refresh() {
    const number = ++this.asked;
    const span = this.zoomed ? `&start=${this.zoomed[0]}&end=${this.zoomed[1]}` : "";
    const width = Math.max(Math.round(this.body.clientWidth), 50);
    const ahead = -new Date().getTimezoneOffset();
    try {
      const answer = await ask("GET", `/charts/${this.chart.id}/data?width=${width}&ahead=${ahead}${span}`);
      if (number === this.asked) this.show(answer);
    } catch (error) {
      if (number === this.asked) this.failed(error);
    }
  }

  show(answer) {
    this.note.textContent = this.zoomed ? `${clock(answer.start)} – ${clock(answer.end)}` : this.chart.type === "table" ? "newest" : RANGES[this.chart.range];
    if (answer.left_out) this.note.textContent += " · newest 5,000 values";
    if (!this.anything(answer)) {
      this.state("empty", this.chart.type === "image" ? "No pictures in this time range" : "No readings in this time range");
      return;
    }
    this.root.dataset.state = "shown";
    if (this.chart.type === "line" || this.chart.type === "bar") this.draw(answer);
    else this.body.replaceChildren(this.face(answer));
  }

  anything(answer) {
    return [answer.lines, answer.latest, answer.rows, answer.pictures].some((found) => found?.length);
  }

  draw(answer) {
    this.plot ??= new Plot(this.body, this.chart, (start, end) => this.zoom([start, end]));
    this.plot.draw(answer);
  }

  face(answer) {
    if (this.chart.type === "number") return numberFace(answer);
    if (this.chart.type === "gauge") return gaugeFace(answer, this.chart);
    if (this.chart.type === "table") return tableFace(answer);
    this.chosen = this.body.firstChild?.chosen?.() ?? null;
    return imageFace(answer, this.chosen);
  }

  failed(error) {
    const again = element("button", { type: "button", onclick: () => this.refresh() }, "Try again");
    this.state("error", error.message, again);
  }

  state(name, words, ...more) {
    this.plot?.close();
    this.plot = null;
    this.root.dataset.state = name;
    this.body.replaceChildren(element(`div.state.${name}`, {}, element("p", {}, words), ...more));
  }

  redraw() {
    if (this.plot) {
      this.plot.close();
      this.plot = null;
    }
    this.refresh();
  }

  close() {
    this.asked++;
    this.plot?.close();
    this.root.remove();
  }
}
