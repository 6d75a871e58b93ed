// Lines and bars, drawn by uPlot.
import { clock } from "../times.js";
import { colour, element, numeral, seriesColour } from "./dom.js";

const DAY = 86400;
// uPlot's layout of the time axis, on a 24-hour clock.
const CLOCK = [
  [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [DAY, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [0.001, ":{ss}.{fff}", "\n{D} {MMM} {YYYY} {HH}:{mm}", null, "\n{D} {MMM} {HH}:{mm}", null, "\n{HH}:{mm}", null, 1],
];

export class Plot {
  constructor(place, settings, onZoom) {
    this.settings = settings;
    this.onZoom = onZoom;
    this.canvas = element("div.plot");
    this.legend = element("div.legend");
    place.replaceChildren(this.canvas, this.legend);
    this.plot = null;
    this.shape = "";
    this.watcher = new ResizeObserver(() => this.plot?.setSize(this.room()));
    this.watcher.observe(this.canvas);
  }

  draw(answer) {
    this.answer = answer;
    const data = columns(answer.lines);
    // Two metrics have an axis each; more share one.
    const metrics = [...new Set(answer.lines.map((line) => line.metric))];
    const scales = metrics.length === 2 ? metrics : metrics.slice(0, 1);
    const scaleOf = (metric) => `y${metrics.length === 2 ? metrics.indexOf(metric) : 0}`;
    const shape = JSON.stringify([answer.lines.map((line) => [line.label, line.metric]), answer.bucket, data[0].length < 60]);
    if (this.plot && shape === this.shape) {
      this.plot.batch(() => {
        this.plot.setData(data, false);
        for (let n = 0; n < scales.length; n++) this.plot.setScale(`y${n}`, extent(data, answer.lines, scaleOf, `y${n}`, this.bars()));
        this.plot.setScale("x", { min: answer.start / 1000, max: answer.end / 1000 });
      });
    } else {
      this.plot?.destroy();
      this.shape = shape;
      this.plot = new uPlot(this.options(answer, data, scales, scaleOf), data, this.canvas);
    }
    this.tell(this.plot.cursor.idx); // news leave the values under the pointer where they are
  }

  bars() {
    return this.settings.type === "bar";
  }

  options(answer, data, scales, scaleOf) {
    const step = (answer.bucket ?? smallestStep(data[0])) / (answer.bucket ? 1000 : 1);
    const few = data[0].length < 60;
    return {
      ...this.room(),
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { range: () => [this.answer.start / 1000, this.answer.end / 1000] },
        ...Object.fromEntries(scales.map((_, n) => [`y${n}`, { range: (_plot) => {
          const found = extent(this.plot?.data ?? data, this.answer.lines, scaleOf, `y${n}`, this.bars());
          return [found.min, found.max];
        } }])),
      },
      axes: [axis({ space: 80, values: CLOCK }), ...scales.map((_, n) => axis({
        scale: `y${n}`, side: n ? 1 : 3, grid: { show: n === 0, stroke: colour("--line"), width: 1 }, size: 52,
      }))],
      series: [{}, ...answer.lines.map((line, index) => ({
        label: line.label, scale: scaleOf(line.metric), stroke: seriesColour(index), width: 2, spanGaps: true,
        ...(this.bars()
          ? { fill: seriesColour(index), width: 0, points: { show: false }, paths: barPaths(index, answer.lines.length, step) }
          : { points: { show: few, size: 5, fill: seriesColour(index) } }),
      }))],
      hooks: {
        setCursor: [(plot) => this.tell(plot.cursor.idx)],
        setSelect: [(plot) => this.selected(plot)],
      },
    };
  }

  selected(plot) {
    if (plot.select.width < 8) return;
    const [from, to] = [plot.select.left, plot.select.left + plot.select.width].map((x) => Math.round(plot.posToVal(x, "x") * 1000));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (to - from >= 1000) this.onZoom(from, to);
  }

  // The values under the pointer, or else the newest.
  tell(index) {
    const data = this.plot.data;
    const entries = this.answer.lines.map((line, number) => {
      const value = index == null ? data[number + 1].findLast((found) => found != null) : data[number + 1][index];
      const mark = element("i");
      mark.style.background = seriesColour(number);
      return element("span", {}, mark, line.metric, element("b", {}, numeral(value)), element("em", {}, line.label));
    });
    const when = index == null ? null : element("span.when", {}, clock(data[0][index] * 1000));
    this.legend.replaceChildren(...entries, ...(when ? [when] : []));
  }

  room() {
    return { width: Math.max(this.canvas.clientWidth, 120), height: Math.max(this.canvas.clientHeight, 120) };
  }

  close() {
    this.watcher.disconnect();
    this.plot?.destroy();
  }
}

// uPlot's form: one list of times for all lines, and a list of values for each.
export function columns(lines) {
  const times = [...new Set(lines.flatMap((line) => line.points.map((point) => point[0])))].sort((a, b) => a - b);
  const places = new Map(times.map((moment, place) => [moment, place]));
  const values = lines.map((line) => {
    const found = new Array(times.length).fill(null);
    for (const [moment, value] of line.points) found[places.get(moment)] = value;
    return found;
  });
  return [times.map((moment) => moment / 1000), ...values];
}

// A flat line stands in the middle, no line touches the frame, and bars grow from zero.
function extent(data, lines, scaleOf, scale, bars) {
  let low = Infinity;
  let high = -Infinity;
  lines.forEach((line, index) => {
    if (scaleOf(line.metric) !== scale) return;
    for (const value of data[index + 1] ?? []) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  });
  if (low > high) return { min: 0, max: 1 };
  if (bars) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const room = (high - low) * 0.1 || Math.abs(high) * 0.1 || 1;
  return { min: bars && low === 0 ? 0 : low - room, max: bars && high === 0 ? 0 : high + room };
}

// Bars of several series stand side by side within their bucket.
function barPaths(index, count, step) {
  return (plot, series, first, last) => {
    const fill = new Path2D();
    const scale = plot.series[series].scale;
    const whole = plot.valToPos(step, "x", true) - plot.valToPos(0, "x", true);
    const width = Math.max((whole * 0.8) / count, 1);
    const zero = plot.valToPos(0, scale, true);
    for (let place = first; place <= last; place++) {
      const value = plot.data[series][place];
      if (value === null || value === undefined) continue;
      const left = plot.valToPos(plot.data[0][place], "x", true) + whole * 0.1 + index * width;
      const top = plot.valToPos(value, scale, true);
      fill.rect(left, Math.min(top, zero), Math.max(width - 1, 1), Math.abs(zero - top));
    }
    return { stroke: null, fill };
  };
}

function smallestStep(times) {
  let least = Infinity;
  for (let place = 1; place < times.length; place++) least = Math.min(least, times[place] - times[place - 1]);
  return Number.isFinite(least) ? least : 60;
}

function axis(own) {
  return { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui", ...own };
}
