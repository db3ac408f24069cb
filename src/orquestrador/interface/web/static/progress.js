// How far a run is, how fast it goes, and how long it will take.

import { el, say } from "./dom.js";
import { _, duration, ngettext, number, percent } from "./words.js";

/** The speed is that of the last seconds: of so many, told in at most so many events. */
const SPAN_MS = 15_000;
const LEAST_MS = 1_000;
const MOST_POINTS = 64;

/** Show the run under way, if there is one, for as long as the view is there. */
export function showProgress(root, context) {
  const bar = el("progress", { "aria-label": _("Progress of the classification"), max: 1, value: 0 });
  const words = el("p", { class: "progress-words" });
  const current = el("p", { class: "soft current" });
  const box = el("div", { class: "progress" }, bar, words, current);
  box.hidden = true;
  root.append(box);
  let points = [];
  let told = null;

  const show = (run) => {
    const now = performance.now();
    if (told !== null && (run.run !== told.run || run.settled < told.settled)) points = [];
    told = run;
    points.push({ at: now, settled: run.settled });
    points = points.filter((each) => now - each.at <= SPAN_MS).slice(-MOST_POINTS);
    box.hidden = false;
    bar.max = Math.max(1, run.files);
    bar.value = run.settled;
    say(words, wordsOf(run, speed(points)));
    say(current, run.current ?? "");
  };
  const end = () => {
    told = null;
    points = [];
    box.hidden = true;
  };
  context.watch((status) => {
    if (status.run !== null) show(status.run);
    else if (told !== null && told.run !== undefined && !box.hidden && status.run === null) end();
  });
  context.on("RunStarted", (event) =>
    show({ ...event, looked_at: 0, settled: 0, classified: 0, problems: 0, current: null }),
  );
  context.on("RunProgressed", show);
  context.on("RunFinished", end);
  context.on("RunLost", end);
}

/** Return files a second over some points; null where that is not known yet. */
export function speed(points) {
  if (points.length < 2) return null;
  const [first, last] = [points[0], points[points.length - 1]];
  const milliseconds = last.at - first.at;
  return milliseconds < LEAST_MS ? null : (1000 * (last.settled - first.settled)) / milliseconds;
}

function wordsOf(run, rate) {
  const share = run.files ? (100 * run.settled) / run.files : 0;
  const parts = [
    _("{done} of {all} files ({share})", {
      done: number(run.settled),
      all: number(run.files),
      share: percent(share, 0),
    }),
  ];
  if (rate !== null) parts.push(_("{rate} files a second", { rate: number(rate, rate < 10 ? 1 : 0) }));
  if (rate) parts.push(_("{time} left", { time: duration(Math.ceil((run.files - run.settled) / rate)) }));
  if (run.problems) parts.push(ngettext("{count} problem", "{count} problems", run.problems));
  return parts.join(" · ");
}
