// How the system is now: the figures.

import { el, fill, say } from "../dom.js";
import { _, number, percent } from "../words.js";

const COMPONENTS = 4;

export async function show(root, context) {
  const figures = {};
  const list = el("dl", { class: "figures" });
  for (const [name, title] of titles()) {
    figures[name] = el("dd");
    list.append(el("div", {}, el("dt", {}, title), figures[name]));
  }
  fill(root, list);
  context.watch((status) => {
    say(figures.cpu, percent(status.cpu_usage));
    say(figures.memory, percent(status.memory_usage));
    say(figures.files, number(status.files_processed));
    say(figures.success, percent(status.success_rate));
    say(figures.components, `${status.active.length}/${COMPONENTS}`);
  });
}

function titles() {
  return [
    ["cpu", _("Processor")],
    ["memory", _("Memory")],
    ["files", _("Files processed")],
    ["success", _("Success rate")],
    ["components", _("Active components")],
  ];
}
