// The tree of supervised actors, as it is and as it changes.

import { el, fill, keep, say, table } from "../dom.js";
import { _, clock, duration, number } from "../words.js";

const MOST_NEWS = 50;
const DEEPEST = 5;

export async function show(root, context) {
  const body = el("tbody");
  const news = el("ol", { class: "news" });
  const heads = [
    _("Actor"),
    _("State"),
    ...[_("Waiting"), _("Handled"), _("per s"), "p95", _("Restarts")].map((text) => ({ text, number: true })),
  ];
  fill(
    root,
    table(_("Actors"), heads, body),
    el("h2", {}, _("What happens to them")),
    el("p", { class: "soft" }, _("Failures, starts and stops since you opened this view, the newest first.")),
    el("div", { role: "log", "aria-label": _("What happens to them") }, news),
  );
  context.watch((status) => showTree(body, status.metrics.actors));
  tellNews(news, context);
}

function showTree(body, actors) {
  const rows = actors.flatMap((actor) => [
    { kind: "actor", actor },
    ...(actor.last_failure === null ? [] : [{ kind: "failure", actor }]),
  ]);
  keep(
    body,
    rows,
    (row) => `${row.kind} ${row.actor.name}`,
    (row) => (row.kind === "actor" ? actorRow(row.actor) : failureRow(row.actor)),
    (element, row) => (row.kind === "actor" ? updateActor : updateFailure)(element, row.actor),
  );
}

function actorRow(actor) {
  return el(
    "tr",
    {},
    el("th", { scope: "row", class: `depth${Math.min(actor.depth, DEEPEST)}` }, actor.name),
    el("td"),
    ...[1, 2, 3, 4, 5].map(() => el("td", { class: "number" })),
  );
}

function updateActor(row, actor) {
  row.className = actor.state === "running" ? (actor.suspended ? "warn" : "") : "bad";
  const cells = [
    stateWords(actor),
    number(actor.mailbox),
    number(actor.handled),
    number(actor.rate, 1),
    actor.p95_s === null ? "" : duration(actor.p95_s),
    number(actor.restarts),
  ];
  cells.forEach((text, index) => say(row.children[index + 1], text));
}

function failureRow(actor) {
  return el("tr", { class: "failure" }, el("td", { colspan: 7, class: `text depth${Math.min(actor.depth + 1, DEEPEST)}` }, el("div")));
}

function updateFailure(row, actor) {
  const time = duration(Math.round(actor.last_failure_s ?? 0));
  say(row.firstElementChild.firstElementChild, _("last error, {time} ago: {words}", { time, words: actor.last_failure }));
}

function stateWords(actor) {
  if (actor.suspended) return _("suspended");
  const names = {
    starting: _("starting"),
    running: _("running"),
    restarting: _("restarting"),
    stopped: _("stopped"),
  };
  return names[actor.state] ?? actor.state;
}

function tellNews(list, context) {
  let known = [];
  let count = 0;
  const tell = (kind, text) => {
    count += 1;
    known = [{ key: count, kind, text: `${clock(Date.now() / 1000)} ${text}` }, ...known].slice(0, MOST_NEWS);
    keep(
      list,
      known,
      (each) => each.key,
      (each) => el("li", { class: each.kind }, each.text),
      () => undefined,
    );
  };
  context.on("ChildFailed", (event) =>
    tell("bad", _("{name}: {reason}", { name: event.name, reason: event.reason })),
  );
  context.on("ChildStuck", (event) =>
    tell("bad", _("{name} is stuck on {message} for {time}", { name: event.name, message: event.message_type, time: duration(event.busy_s) })),
  );
  context.on("ChildStarted", (event) =>
    tell("good", event.incarnation > 1 ? _("{name} is there again", { name: event.name }) : _("{name} was started", { name: event.name })),
  );
  context.on("ChildStopped", (event) => tell("", _("{name} was stopped", { name: event.name })));
  context.on("SupervisorGaveUp", (event) =>
    tell("bad", _("{name} gave up: {reason}", { name: event.supervisor, reason: event.reason })),
  );
}
