// Alerts: what fires, who knows of it, and what nobody wants to be told of.

import { el, fill, keep, say, set, table } from "../dom.js";
import { refreshSoon } from "../live.js";
import { _, alertName, duration, moment, number } from "../words.js";

const HOUR = 3600;
const SILENCES = [HOUR, 8 * HOUR, 24 * HOUR, 7 * 24 * HOUR];
const RANKS = { firing: 0, pending: 1, resolved: 2, ok: 3 };

export async function show(root, context) {
  const troubled = el("ul", { class: "alerts", "aria-label": _("Alerts that fire") });
  const rest = el("tbody");
  const none = el("p", { class: "good" }, _("No alert fires."));
  const said = el("p", { role: "status" });
  const heads = [_("Alert"), _("Standing"), numeric(_("Value")), numeric(_("Limit")), _("Since")];
  fill(
    root,
    none,
    troubled,
    said,
    el("h2", {}, _("Everything else that is watched")),
    table(_("Everything else that is watched"), heads, rest),
  );
  const order = new Orders(context, said);
  context.watch(({ metrics }) => {
    const alerts = [...metrics.alerts].sort((one, other) => RANKS[one.standing] - RANKS[other.standing]);
    const isShown = (each) => isBad(each) || each.silent_until > metrics.at;
    const shown = alerts.filter(isShown);
    set(none, "hidden", alerts.some(isBad));
    set(troubled, "hidden", shown.length === 0);
    keep(troubled, shown, keyOf, (each) => new Card(each, order).root, (item, each) => item.card.update(each, metrics.at));
    keep(rest, alerts.filter((each) => !isShown(each)), keyOf, makeRow, updateRow);
  });
}

/** What is told to the system about alerts, and what it answers. */
class Orders {
  constructor(context, said) {
    Object.assign(this, { context, said });
  }

  acknowledge = (alert) =>
    this.give("/alerts/acknowledge", alert, {}, (name) => _("{name}: acknowledged, until it ends.", { name }));

  silence = (alert, seconds) =>
    this.give("/alerts/silence", alert, { seconds }, (name) =>
      seconds
        ? _("{name}: nobody is told of it for {time}.", { name, time: duration(seconds) })
        : _("{name}: people are told of it again.", { name }),
    );

  async give(path, alert, more, words) {
    const body = { rule: alert.rule, subject: alert.subject, ...more };
    const answer = await this.context.attempt(() => this.context.post(path, body));
    if (answer !== undefined) say(this.said, words(nameOf(answer)));
    refreshSoon();
  }
}

/** An alert that fires, or of which nobody is told, with what can be done. */
class Card {
  constructor(alert, order) {
    const name = nameOf(alert);
    const button = (text, act) =>
      el("button", { type: "button", "aria-label": `${text}: ${name}`, onclick: () => act(this.alert) }, text);
    this.state = el("p");
    this.note = el("p", { class: "soft" });
    this.time = el(
      "select",
      { "aria-label": _("How long: {name}", { name }) },
      ...SILENCES.map((value) => el("option", { value }, duration(value))),
    );
    this.acknowledge = button(_("Acknowledge"), order.acknowledge);
    this.silence = button(_("Silence"), (each) => order.silence(each, Number(this.time.value)));
    this.speak = button(_("End the silence"), (each) => order.silence(each, 0));
    this.root = el(
      "li",
      {},
      el("h2", {}, name),
      this.state,
      this.note,
      el("div", { class: "buttons" }, this.acknowledge, this.time, this.silence, this.speak),
    );
    this.root.card = this;
  }

  update(alert, now) {
    this.alert = alert;
    this.root.className = alert.acknowledged ? "" : alert.standing;
    say(this.state, stateWords(alert, now));
    const isSilent = alert.silent_until > now;
    say(this.note, isSilent ? _("silent until {moment}", { moment: moment(alert.silent_until) }) : "");
    const active = document.activeElement;
    set(this.acknowledge, "hidden", alert.acknowledged || !isBad(alert));
    set(this.time, "hidden", isSilent);
    set(this.silence, "hidden", isSilent);
    set(this.speak, "hidden", !isSilent);
    // A button that goes away must not take the keyboard's place with it.
    if (this.root.contains(active) && active.hidden) (isSilent ? this.speak : this.silence).focus();
  }
}

function makeRow(alert) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, nameOf(alert)),
    el("td"),
    el("td", { class: "number" }),
    el("td", { class: "number" }),
    el("td"),
  );
}

function updateRow(row, alert) {
  const cells = [
    standingWords(alert),
    alert.value === null ? "–" : figure(alert, alert.value),
    figure(alert, alert.raise_at),
    alert.standing === "ok" ? "" : moment(alert.since),
  ];
  cells.forEach((text, index) => say(row.children[index + 1], text));
}

function stateWords(alert, now) {
  const parts = [_("{standing} for {time}", { standing: standingWords(alert), time: duration(Math.max(0, Math.round(now - alert.since))) })];
  if (alert.value !== null) {
    parts.push(_("at {value} (limit {limit})", { value: figure(alert, alert.value), limit: figure(alert, alert.raise_at) }));
  }
  return parts.join(", ");
}

const isBad = (alert) => RANKS[alert.standing] < 2;
const keyOf = (alert) => `${alert.rule} ${alert.subject}`;
const numeric = (text) => ({ text, number: true });

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
