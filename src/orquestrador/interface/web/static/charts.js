// How the work went: what the monitor remembers, and on from there.

import { el, fill, say, table } from "./dom.js";
import { _, clock, duration, number } from "./words.js";
import uPlot from "./vendor/uPlot.js";

const SPAN_S = 900;
const STEP_S = 5;
const MOST_POINTS = SPAN_S / STEP_S;
/** Rows of the table behind a chart: one a minute. */
const ROW_STEPS = 60 / STEP_S;
const ACTORS = ["classifier", "catalog"];
const HEIGHT = 190;
const DASHES = [[], [6, 4]];

/** Show throughput and latency of the actors that do the work. */
export async function showCharts(root, context) {
  const charts = [
    new Chart({
      title: _("Throughput: messages a second"),
      metric: "orquestrador_actor_handled_messages_total",
      isCounter: true,
      value: (actor) => actor.handled,
      words: (value) => number(value, value < 1 ? 2 : value < 10 ? 1 : 0),
    }),
    new Chart({
      title: _("Latency: time on one message (p95)"),
      metric: "orquestrador_actor_handling_p95_seconds",
      isCounter: false,
      value: (actor) => actor.p95_s,
      words: (value) => (value === 0 ? "0" : duration(value)),
    }),
  ];
  fill(root, ...charts.map((each) => each.root));
  await Promise.all(charts.map((each) => each.load(context)));
  if (context.signal.aborted) return;
  for (const each of charts) each.begin();
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => charts.forEach((each) => each.draw());
  scheme.addEventListener("change", recolour);
  context.watch((status) => charts.forEach((each) => each.add(status.metrics)));
  // What happened while the page was hidden is in the monitor's memory alone.
  context.on("Connected", () => charts.forEach((each) => context.attempt(() => each.load(context))));
  context.ends.push(() => {
    scheme.removeEventListener("change", recolour);
    charts.forEach((each) => each.end());
  });
}

class Chart {
  constructor(options) {
    Object.assign(this, options, { plot: null, data: [[], ...ACTORS.map(() => [])], last: null });
    this.place = el("div", { class: "plot", "aria-hidden": "true" });
    this.body = el("tbody");
    this.details = el(
      "details",
      { ontoggle: () => this.tell() },
      el("summary", {}, _("The same as a table")),
      table(this.title, [_("Time"), ...ACTORS.map((text) => ({ text, number: true }))], this.body),
    );
    this.root = el(
      "figure",
      { class: "chart" },
      el("figcaption", {}, this.title),
      el("ul", { class: "legend" }, ...ACTORS.map((name, index) => el("li", { class: `series${index + 1}` }, name))),
      this.place,
      this.details,
    );
    this.watcher = new ResizeObserver(() => this.fit());
  }

  /** Ask the monitor how it went. */
  async load(context) {
    const answers = await Promise.all(
      ACTORS.map((subject) => context.get("/metrics/history", { metric: this.metric, subject, seconds: SPAN_S })),
    );
    const steps = new Map();
    answers.forEach((answer, index) =>
      answer.at.forEach((at, place) => {
        const step = Math.floor(at / STEP_S);
        if (!steps.has(step)) steps.set(step, ACTORS.map(() => null));
        steps.get(step)[index] = answer.values[place];
      }),
    );
    const times = [...steps.keys()].sort((one, other) => one - other);
    this.data = [[], ...ACTORS.map(() => [])];
    this.last = null;
    for (const step of times) this.put(step, steps.get(step));
    this.refresh();
  }

  /** Go on with a sample. */
  add(sample) {
    const step = Math.floor(sample.at / STEP_S);
    if (this.last !== null && step <= this.last.step) return;
    const actors = new Map(sample.actors.map((each) => [each.name, each]));
    this.put(step, ACTORS.map((name) => (actors.has(name) ? this.value(actors.get(name)) : null)));
    this.refresh();
  }

  put(step, values) {
    const before = this.last;
    this.last = { step, values };
    if (this.isCounter && before === null) return;
    this.data[0].push(step * STEP_S);
    values.forEach((value, index) => this.data[index + 1].push(this.shown(value, index, step, before)));
    for (const column of this.data) {
      if (column.length > MOST_POINTS) column.splice(0, column.length - MOST_POINTS);
    }
  }

  shown(value, index, step, before) {
    if (!this.isCounter || value === null) return value;
    const earlier = before.values[index];
    if (earlier === null) return null;
    return Math.max(0, value - earlier) / ((step - before.step) * STEP_S);
  }

  begin() {
    this.draw();
    this.watcher.observe(this.root);
  }

  end() {
    this.watcher.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  draw() {
    this.plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour("--soft"),
      grid: { stroke: colour("--faint"), width: 1 },
      ticks: { stroke: colour("--faint"), width: 1 },
      font: "12px system-ui, sans-serif",
    };
    this.plot = new uPlot(
      {
        width: this.width(),
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { range: (_plot, _low, high) => [high - SPAN_S, high] },
          y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
        },
        axes: [
          { ...axis, space: 70, values: (_plot, times) => times.map((at) => clock(at).replace(/(:\d\d):\d\d/, "$1")) },
          { ...axis, size: 62, values: (_plot, values) => values.map((value) => this.words(value)) },
        ],
        series: [
          {},
          ...ACTORS.map((label, index) => ({
            label,
            stroke: colour(`--series${index + 1}`),
            width: 2,
            dash: DASHES[index],
            points: { show: false },
          })),
        ],
      },
      this.data,
      this.place,
    );
  }

  width() {
    return Math.max(200, Math.floor(this.root.clientWidth));
  }

  fit() {
    const width = this.width();
    if (this.plot !== null && this.plot.width !== width) this.plot.setSize({ width, height: HEIGHT });
  }

  refresh() {
    this.plot?.setData(this.data);
    this.tell();
  }

  /** Write the table, if anybody has opened it. */
  tell() {
    if (!this.details.open) return;
    const [times, ...columns] = this.data;
    const rows = [];
    for (let end = times.length; end > 0; end -= ROW_STEPS) {
      const begin = Math.max(0, end - ROW_STEPS);
      const cells = columns.map((column) => {
        const known = column.slice(begin, end).filter((value) => value !== null);
        const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
        return el("td", { class: "number" }, known.length ? this.words(mean) : "–");
      });
      rows.push(el("tr", {}, el("th", { scope: "row" }, clock(times[begin])), ...cells));
    }
    fill(this.body, ...rows);
  }
}
