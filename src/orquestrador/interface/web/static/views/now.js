// How the system is now: its figures, its work, and how that went.

import { showCharts } from "../charts.js";
import { el, fill, keep, say, table } from "../dom.js";
import { showOrders } from "../orders.js";
import { showProgress } from "../progress.js";
import { _, duration, ngettext, number, percent } from "../words.js";

const COMPONENTS = 4;

export async function show(root, context) {
  const library = el("p");
  const work = el("div");
  const charts = el("div", { class: "charts" });
  const times = el("tbody");
  fill(
    root,
    figures(context),
    library,
    el("section", { "aria-labelledby": "work" }, el("h2", { id: "work" }, _("Work")), work),
    el(
      "section",
      { "aria-labelledby": "went" },
      el("h2", { id: "went" }, _("The last quarter of an hour")),
      charts,
    ),
    el(
      "section",
      {},
      el("h2", {}, _("How long it takes")),
      table(_("How long it takes"), [_("What"), ...["p50", "p95", "p99"].map(numeric), numeric(_("Measured"))], times),
    ),
  );
  showProgress(work, context);
  showOrders(work, context);
  context.watch((status) => {
    say(library, libraryWords(status.metrics));
    showTimes(times, status.metrics.latencies);
  });
  await showCharts(charts, context);
}

function figures(context) {
  const parts = {};
  const list = el("dl", { class: "figures" });
  for (const [name, title] of [
    ["cpu", _("Processor")],
    ["memory", _("Memory")],
    ["files", _("Files processed")],
    ["success", _("Success rate")],
    ["components", _("Active components")],
  ]) {
    parts[name] = el("dd");
    list.append(el("div", {}, el("dt", {}, title), parts[name]));
  }
  context.watch((status) => {
    say(parts.cpu, percent(status.cpu_usage));
    say(parts.memory, percent(status.memory_usage));
    say(parts.files, number(status.files_processed));
    say(parts.success, percent(status.success_rate));
    say(parts.components, `${status.active.length}/${COMPONENTS}`);
  });
  return list;
}

function libraryWords(sample) {
  const { library } = sample;
  if (library === null) return _("nothing is known about it yet");
  const parts = [ngettext("{count} file", "{count} files", library.files)];
  if (library.pending) parts.push(_("{count} wait", { count: number(library.pending) }));
  if (library.failed) parts.push(_("{count} failed", { count: number(library.failed) }));
  if (library.left_out) parts.push(_("{count} not read", { count: number(library.left_out) }));
  const age = library.snapshot_age_s;
  parts.push(age === null ? _("no backup") : _("backup {age} old", { age: duration(Math.round(age)) }));
  const memory = _("memory {value} MB", { value: number(sample.process_memory_mb) });
  const processor = _("CPU {value} %", { value: number(sample.process_cpu_percent, 1) });
  return `${parts.join(", ")}. ${_("The program itself:")} ${processor}, ${memory}.`;
}

function showTimes(body, latencies) {
  const names = { save_to_catalog: _("saved to catalog"), classify_content: _("one content") };
  keep(
    body,
    latencies,
    (each) => each.name,
    (each) =>
      el("tr", {}, el("th", { scope: "row" }, names[each.name] ?? each.name), ...[1, 2, 3, 4].map(() => el("td", { class: "number" }))),
    (row, each) => {
      const values = [each.p50_s, each.p95_s, each.p99_s].map((value) => (value === null ? "–" : duration(value)));
      [...values, number(each.count)].forEach((value, index) => say(row.children[index + 1], value));
    },
  );
}

const numeric = (text) => ({ text, number: true });
