// Alerts: what fires, who knows of it, and what nobody wants to be told of.

import { el, fill, keep, say, set, table } from "../dom.js";
import { refreshSoon } from "../live.js";
import { _, alertName, duration, moment, number } from "../words.js";

const HOUR = 3600;
const RANKS = { firing: 0, pending: 1, resolved: 2, ok: 3 };

export async function show(root, context) {
  const troubled = el("tbody");
  const rest = el("tbody");
  const none = el("p", { class: "good" }, _("No alert fires."));
  const first = table(_("Alerts that fire"), heads(), troubled);
  const said = el("p", { role: "status" });
  fill(
    root,
    none,
    first,
    said,
    el("details", { class: "watched" }, el("summary", {}, _("Everything that is watched")), table(_("Everything that is watched"), heads(), rest)),
  );
  const order = new Orders(context, said);
  context.watch((status) => {
    const alerts = [...status.metrics.alerts].sort((one, other) => RANKS[one.standing] - RANKS[other.standing]);
    const bad = alerts.filter((each) => RANKS[each.standing] < 2);
    none.hidden = bad.length > 0;
    first.hidden = bad.length === 0;
    showRows(troubled, bad, order, status.metrics.at);
    showRows(rest, alerts.filter((each) => RANKS[each.standing] >= 2), order, status.metrics.at);
  });
}

class Orders {
  constructor(context, said) {
    Object.assign(this, { context, said });
  }

  acknowledge = (alert) =>
    this.give("/alerts/acknowledge", alert, {}, _("{name}: acknowledged, until it ends."));

  silence = (alert, seconds) =>
    this.give(
      "/alerts/silence",
      alert,
      { seconds },
      seconds ? _("{name}: nobody is told of it for {time}.", { time: duration(seconds) }) : _("{name}: people are told of it again."),
    );

  async give(path, alert, more, text) {
    const body = { rule: alert.rule, subject: alert.subject, ...more };
    const answer = await this.context.attempt(() => this.context.post(path, body));
    if (answer !== undefined) say(this.said, text.replace("{name}", () => nameOf(answer)));
    refreshSoon();
  }
}

function heads() {
  return [_("Alert"), _("Standing"), { text: _("Value"), number: true }, { text: _("Limit"), number: true }, _("Since"), _("Telling people")];
}

function showRows(body, alerts, order, now) {
  keep(body, alerts, (each) => `${each.rule} ${each.subject}`, (each) => makeRow(each, order), (row, each) => update(row, each, now));
}

function makeRow(alert, order) {
  const row = el("tr", {}, el("th", { scope: "row" }), el("td"), el("td", { class: "number" }), el("td", { class: "number" }), el("td"));
  const name = nameOf(alert);
  const time = el(
    "select",
    { "aria-label": _("How long: {name}", { name }) },
    ...[HOUR, 8 * HOUR, 24 * HOUR, 7 * 24 * HOUR].map((value) => el("option", { value }, duration(value === HOUR ? 60 * 60 : value))),
  );
  const button = (text, act) =>
    el("button", { type: "button", "aria-label": `${text}: ${name}`, onclick: () => act(row.alert) }, text);
  row.parts = {
    time,
    acknowledge: button(_("Acknowledge"), order.acknowledge),
    silence: button(_("Silence"), (each) => order.silence(each, Number(time.value))),
    speak: button(_("End the silence"), (each) => order.silence(each, 0)),
    note: el("span", { class: "soft" }),
  };
  row.append(el("td", { class: "acts" }, row.parts.acknowledge, time, row.parts.silence, row.parts.speak, row.parts.note));
  return row;
}

function update(row, alert, now) {
  row.alert = alert;
  row.className = alert.acknowledged ? "" : alert.standing;
  const cells = [
    nameOf(alert),
    standingWords(alert),
    alert.value === null ? "–" : figure(alert, alert.value),
    figure(alert, alert.raise_at),
    alert.standing === "ok" ? "" : moment(alert.since),
  ];
  cells.forEach((text, index) => say(row.children[index], text));
  const isSilent = alert.silent_until > now;
  const { acknowledge, time, silence, speak, note } = row.parts;
  const active = document.activeElement;
  acknowledge.hidden = alert.acknowledged || RANKS[alert.standing] > 1;
  time.hidden = silence.hidden = isSilent;
  speak.hidden = !isSilent;
  say(note, isSilent ? _("silent until {moment}", { moment: moment(alert.silent_until) }) : "");
  set(note, "hidden", !isSilent);
  // A button that goes away must not take the keyboard's place with it.
  if (row.contains(active) && active.hidden) (isSilent ? speak : silence).focus();
}

function nameOf(alert) {
  return alert.subject ? `${alertName(alert.rule)} (${alert.subject})` : alertName(alert.rule);
}

function standingWords(alert) {
  const names = {
    ok: _("ok"),
    pending: _("pending"),
    firing: _("firing"),
    resolved: _("resolved"),
  };
  const said = alert.value === null && alert.standing === "ok" ? _("undefined") : names[alert.standing];
  return alert.acknowledged ? _("{standing}, acknowledged", { standing: said }) : said;
}

/** A value in the unit that its metric's name says. */
function figure(alert, value) {
  if (alert.metric.endsWith("_percent")) return `${number(value)} %`;
  if (alert.metric.endsWith("_s")) return duration(value);
  return number(value, Number.isInteger(value) ? 0 : 2);
}
