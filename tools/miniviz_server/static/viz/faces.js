// How the other types look: number with trend, gauge, table, image.
import { element, numeral, seriesColour, time } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function numberFace(answer) {
  return element("div.numbers", {}, ...answer.latest.map((latest, index) => {
    const line = answer.lines.find((one) => one.label === latest.label && one.metric === latest.metric);
    return element("div.number-face", {},
      element("p.name", {}, latest.metric, element("em", {}, latest.label)),
      element("p.big", {}, numeral(latest.value)),
      trend(line, latest.value),
      line && line.points.length > 1 ? spark(line.points, index) : null,
      element("p.soft", {}, time(latest.timestamp)));
  }));
}

// Against the first value of the range.
function trend(line, value) {
  if (!line || line.points.length < 2) return null;
  const change = value - line.points[0][1];
  const [sign, words] = change > 0 ? ["▲", "up"] : change < 0 ? ["▼", "down"] : ["▬", "unchanged"];
  return element("p.trend", { title: "compared with the start of the time range" }, `${sign} ${numeral(Math.abs(change))} `, element("span", {}, words));
}

function spark(points, index) {
  const values = points.map((point) => point[1]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [points[0][0], points.at(-1)[0]];
  const path = points.map(([moment, value], place) => {
    const x = ((moment - first) / (last - first || 1)) * 200;
    const y = 36 - ((value - low) / (high - low || 1)) * 32;
    return `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
  }).join("");
  return svg("svg", { viewBox: "0 0 200 40", class: "spark", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { d: path, fill: "none", stroke: seriesColour(index), "stroke-width": 2, "vector-effect": "non-scaling-stroke" }));
}

export function gaugeFace(answer, settings) {
  return element("div.numbers", {}, ...answer.latest.map((latest, index) => {
    const share = Math.min(Math.max((latest.value - settings.low) / (settings.high - settings.low), 0), 1);
    const words = `${latest.metric} of ${latest.label}: ${numeral(latest.value)}, between ${numeral(settings.low)} and ${numeral(settings.high)}`;
    const drawing = svg("svg", { viewBox: "0 0 200 118", class: "gauge", role: "img", "aria-label": words },
      svg("path", { d: arc(1), class: "gauge-back" }),
      ...(share > 0.005 ? [svg("path", { d: arc(share), class: "gauge-front", stroke: seriesColour(index) })] : []));
    const value = svg("text", { x: 100, y: 92, class: "gauge-value" });
    value.textContent = numeral(latest.value);
    const low = svg("text", { x: 22, y: 116, class: "gauge-end" });
    low.textContent = numeral(settings.low);
    const high = svg("text", { x: 178, y: 116, class: "gauge-end" });
    high.textContent = numeral(settings.high);
    drawing.append(value, low, high);
    return element("div.number-face", {}, element("p.name", {}, latest.metric, element("em", {}, latest.label)), drawing, element("p.soft", {}, time(latest.timestamp)));
  }));
}

function arc(share) {
  const angle = Math.PI * (1 - share);
  return `M22 98A78 78 0 0 1 ${(100 + 78 * Math.cos(angle)).toFixed(2)} ${(98 - 78 * Math.sin(angle)).toFixed(2)}`;
}

export function tableFace(answer) {
  const columns = [...new Set(answer.rows.toReversed().flatMap((row) => Object.keys(row.payload)))];
  const head = ["timestamp", "label_key", ...columns].map((name) => element("th", { scope: "col" }, name));
  const rows = answer.rows.map((row) => element("tr", {},
    element("td", {}, time(row.timestamp)), element("td.label", { title: row.label_key }, row.label_key),
    ...columns.map((name) => element("td", {}, Object.hasOwn(row.payload, name) ? String(row.payload[name]) : ""))));
  return element("div.scroll", { tabIndex: 0, role: "region", "aria-label": "Newest events" },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)));
}

// The slider goes through time, its right end is the latest.
export function imageFace(answer, before) {
  const shown = answer.pictures.toReversed();
  const picture = element("img", { alt: "" });
  const words = element("p.soft");
  const slider = element("input", { type: "range", min: 0, max: shown.length - 1, "aria-label": "Time", disabled: shown.length < 2 });
  const show = () => {
    const one = shown[Number(slider.value)];
    picture.src = one.url;
    picture.alt = `${one.image_name} from ${one.label_key}`;
    words.replaceChildren(time(one.timestamp), ` ${one.label_key} · ${one.image_name} · ${Number(slider.value) + 1} of ${shown.length}`);
  };
  slider.addEventListener("input", show);
  const kept = before === null ? -1 : shown.findIndex((one) => one.id === before);
  slider.value = kept === -1 ? shown.length - 1 : kept;
  show();
  const face = element("div.picture", {}, picture, slider, words);
  // A viewer who went back in time stays there when a new picture comes.
  face.chosen = () => (Number(slider.value) === shown.length - 1 ? null : shown[Number(slider.value)].id);
  return face;
}
