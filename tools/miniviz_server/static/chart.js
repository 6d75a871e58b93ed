// The line chart: up to two metrics, each with its own axis, one line per label.
import { linesOf, metricsOf, MOST_METRICS } from "./series.js";

const place = document.getElementById("chart");
const note = document.getElementById("chart-note");
const legend = document.getElementById("legend");
const buttons = document.getElementById("metrics");

let events = [];
let chosen = null;
let plot = null;
let drawn = "";

export function drawChart(fresh) {
  events = fresh;
  const metrics = metricsOf(events);
  const shown = (chosen ?? metrics).filter((name) => metrics.includes(name)).slice(0, MOST_METRICS);
  drawButtons(metrics, shown);
  const { times, lines } = linesOf(events, shown);
  note.hidden = lines.length > 0;
  const shape = JSON.stringify([shown, lines.map((line) => [line.metric, line.label])]);
  const data = [times, ...lines.map((line) => line.values)];
  if (shape === drawn && plot) plot.setData(data);
  else build(shown, lines, data, shape);
  drawLegend(lines, null);
}

function build(shown, lines, data, shape) {
  plot?.destroy();
  plot = null;
  drawn = shape;
  if (lines.length) plot = new uPlot(options(shown, lines), data, place);
}

function options(shown, lines) {
  return {
    ...room(),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: Object.fromEntries(shown.map((name, index) => [`y${index}`, { range: padded }])),
    axes: [axis({ space: 80, values: CLOCK }), ...shown.map((_, index) => axis({
      scale: `y${index}`, side: index ? 1 : 3, grid: { show: index === 0, stroke: colour("--line"), width: 1 }, size: 46,
    }))],
    series: [{}, ...lines.map((line, index) => ({
      label: line.label, scale: `y${shown.indexOf(line.metric)}`, stroke: lineColour(index), width: 2, spanGaps: true,
      dash: shown.indexOf(line.metric) ? [6, 4] : undefined,
      points: { show: line.values.length < 40, size: 5, fill: lineColour(index) },
    }))],
    hooks: { setCursor: [(self) => drawLegend(lines, self.cursor.idx)] },
  };
}

// Time on a 24-hour clock; the date stands below where a day begins. Columns: the step in seconds, its words, and
// the words to add when the year, month, day, hour, minute or second changes (uPlot's own layout).
const DAY = 86400;
const CLOCK = [
  [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [DAY, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [0.001, ":{ss}.{fff}", "\n{D} {MMM} {YYYY} {HH}:{mm}", null, "\n{D} {MMM} {HH}:{mm}", null, "\n{HH}:{mm}", null, 1],
];

function axis(own) {
  return { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui", ...own };
}

// A flat line stands in the middle, and no line touches the frame.
function padded(_plot, low, high) {
  const room = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

function room() {
  return { width: Math.max(place.clientWidth, 200), height: place.clientHeight };
}

function drawLegend(lines, index) {
  const latest = linesOf(events, [...new Set(lines.map((line) => line.metric))]).lines;
  const many = new Set(lines.map((line) => line.label)).size > 1;
  legend.replaceChildren(...latest.map((line, number) => {
    const value = index == null ? line.values.findLast((found) => found !== null) : line.values[index];
    const colourMark = element("i", "");
    colourMark.style.color = colourMark.style.background = lineColour(number);
    colourMark.classList.toggle("dashed", line.metric !== latest[0].metric);
    const words = element("span", "");
    words.append(colourMark, line.metric, element("b", value ?? "–"));
    if (many) words.append(element("em", line.label));
    return words;
  }));
}

function drawButtons(metrics, shown) {
  const wanted = JSON.stringify([metrics, shown]);
  if (buttons.dataset.drawn === wanted) return;
  buttons.dataset.drawn = wanted;
  buttons.replaceChildren(...metrics.map((name) => {
    const button = element("button", name);
    button.type = "button";
    button.setAttribute("aria-pressed", shown.includes(name));
    button.addEventListener("click", () => choose(name, shown));
    return button;
  }));
}

// The last chosen two stay; the chart is never left without a metric.
function choose(name, shown) {
  const others = shown.filter((other) => other !== name);
  chosen = shown.includes(name) ? (others.length ? others : shown) : [...others, name].slice(-MOST_METRICS);
  drawChart(events);
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function lineColour(index) {
  return colour(`--series-${index + 1}`);
}

function redraw() {
  drawn = "";
  drawChart(events);
}

new ResizeObserver(() => plot?.setSize(room())).observe(place);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
