// The line above every view: which system this is, and whether it works.

import { el, fill, say } from "./dom.js";
import * as live from "./live.js";
import { _, duration, moment } from "./words.js";

/** Keep the line up to date, for as long as the page is open. */
export function showStatus(root) {
  const parts = {};
  const items = ["connection", "process", "watching"].map((name) => {
    parts[name] = el("li", { class: name });
    return parts[name];
  });
  fill(root, el("ul", { class: "parts" }, ...items));
  say(parts.connection, _("connecting …"));
  live.watch((status) => {
    say(parts.process, processWords(status));
    say(parts.watching, watchingWords(status.metrics.watcher));
    parts.process.title = _("since {moment}", { moment: moment(status.since) });
  });
  live.on("Connected", () => connection(parts.connection, _("live"), "good"));
  live.on("Lost", () => connection(parts.connection, _("connection lost"), "bad"));
}

function connection(element, text, kind) {
  element.className = `connection ${kind}`;
  say(element, text);
}

function processWords(status) {
  return _("process {pid}, for {time}", {
    pid: status.pid,
    time: duration(Math.round(status.metrics.uptime_s)),
  });
}

function watchingWords(watcher) {
  if (watcher === null || watcher.kind === "none") return _("not watching");
  if (watcher.degraded.length) return _("watching, degraded");
  if (watcher.reconciling) return _("comparing the library with the catalog");
  return watcher.pending ? _("watching, changes wait") : _("watching");
}
