// The end of the log, as it grows.

import { el, fill } from "../dom.js";
import { _, moment } from "../words.js";

const LINES = 200;
const REFRESH_MS = 3000;
const LEVELS = ["debug", "info", "warning", "error"];

export async function show(root, context) {
  const level = chosen(el("select", { name: "level", onchange: () => renew() }, ...LEVELS.map(option)), context.query.get("level") ?? "info");
  const actor = el("select", { name: "actor", onchange: () => renew() }, el("option", { value: "" }, _("all")));
  const follows = el("input", { type: "checkbox", name: "follow", checked: true, onchange: () => renew() });
  const list = el("ol", {});
  const lines = el("div", { class: "lines", tabindex: "0", role: "region", "aria-label": _("Lines of the log") }, list);
  fill(
    root,
    el(
      "form",
      { class: "filters", onsubmit: (event) => event.preventDefault() },
      el("label", {}, el("span", {}, _("Least level")), level),
      el("label", {}, el("span", {}, _("Actor")), actor),
      el("label", { class: "check" }, follows, el("span", {}, _("Follow"))),
    ),
    lines,
  );
  let timer = null;
  let shown = "";
  let asking = false;

  const ask = async () => {
    clearTimeout(timer);
    if (asking || document.hidden) return;
    asking = true;
    const query = { lines: LINES, level: level.value, actor: actor.value };
    const found = await context.attempt(() => context.get("/log", query));
    asking = false;
    if (context.signal.aborted) return;
    if (found !== undefined) showLines(found);
    if (follows.checked) timer = setTimeout(ask, REFRESH_MS);
  };
  const showLines = (found) => {
    const state = JSON.stringify(found);
    if (state === shown) return;
    shown = state;
    fill(list, ...(found.length ? found.map(item) : [el("li", {}, _("There is no such line."))]));
    if (follows.checked) lines.scrollTop = lines.scrollHeight;
  };
  const renew = () => {
    const query = new URLSearchParams({ level: level.value });
    if (actor.value) query.set("actor", actor.value);
    context.remember(query);
    ask();
  };
  const wanted = context.query.get("actor") ?? "";
  context.watch((status) => offer(actor, status.metrics.actors, wanted));
  document.addEventListener("visibilitychange", ask, { signal: context.signal });
  await ask();
  return () => clearTimeout(timer);
}

function option(value) {
  return el("option", { value }, value);
}

function chosen(select, value) {
  if (LEVELS.includes(value)) select.value = value;
  return select;
}

/** Offer the actors that there are now, and whichever is chosen. */
function offer(select, actors, wanted) {
  const isFirst = select.options.length === 1;
  const known = new Set([...select.options].map((each) => each.value));
  for (const { name } of actors) {
    if (!known.has(name)) select.append(option(name));
  }
  if (isFirst && wanted) select.value = wanted;
}

function item(line) {
  const time = line.time ? moment(Date.parse(line.time) / 1000) : "";
  return el(
    "li",
    { class: line.level },
    el("span", { class: "soft" }, time),
    " ",
    el("span", { class: "level" }, line.level),
    " ",
    line.actor ? el("span", { class: "actor" }, line.actor) : null,
    line.actor ? " " : null,
    line.message,
    line.error ? el("details", {}, el("summary", {}, _("Traceback")), el("pre", {}, line.error)) : null,
  );
}
