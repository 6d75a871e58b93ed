// Events become lines: pure functions, no page.

export const MOST_METRICS = 2;
export const MOST_LINES = 6;

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

// The metrics that hold numbers, in the order in which devices first sent them.
export function metricsOf(events) {
  const found = new Set();
  for (const event of events) {
    for (const [name, value] of Object.entries(event.payload)) if (isNumber(value)) found.add(name);
  }
  return [...found];
}

// One line per metric and label, over one shared axis of times in seconds (what uPlot reads).
export function linesOf(events, metrics) {
  const times = [...new Set(events.map((event) => event.timestamp))].sort((a, b) => a - b);
  const places = new Map(times.map((time, place) => [time, place]));
  const lines = new Map();
  for (const event of events) {
    for (const metric of metrics) {
      const value = Object.hasOwn(event.payload, metric) ? event.payload[metric] : undefined;
      if (!isNumber(value)) continue;
      const key = JSON.stringify([metric, event.label_key]);
      if (!lines.has(key)) {
        if (lines.size === MOST_LINES) continue;
        lines.set(key, { metric, label: event.label_key, values: new Array(times.length).fill(null) });
      }
      lines.get(key).values[places.get(event.timestamp)] = value;
    }
  }
  return { times: times.map((time) => time / 1000), lines: [...lines.values()] };
}
