// One file: what it is, dangers first, and the source with what that rests on.

import { Awaited } from "../awaited.js";
import { el, fill, say, table } from "../dom.js";
import { button, fileLink, restoredWords, section } from "../forms.js";
import { showSource } from "../source.js";
import { showCorrection } from "../correction.js";
import { _, bytes, label, moment, ngettext, number, percent } from "../words.js";

export async function show(root, context) {
  const path = context.rest;
  context.title(path || _("File"));
  const record = await context.attempt(() => context.get("/file", { path }));
  const codes = await context.attempt(() => context.get("/vocabulary"));
  if (record === undefined || codes === undefined) return;
  const about = el("div", { class: "about" });
  const why = el("div");
  const source = el("div");
  const copies = el("div");
  const history = el("div");
  const kept = el("div");
  const correction = el("div");
  const verdict = el("div");
  fill(
    root,
    about,
    verdict,
    section("source", _("Source"), source),
    section("correct", _("Correct what it is taken for"), correction),
    section("copies", _("Copies"), copies),
    section("history", _("History"), history),
    section("kept", _("In snapshots"), kept),
    section("why", _("Why"), why),
  );
  const lines = showSource(source, context, path);
  showRecord(about, record, codes, lines.jump);
  const again = async () => {
    const renewed = await context.attempt(() => context.get("/file", { path }));
    if (renewed === undefined) return;
    showRecord(about, renewed, codes, lines.jump);
    await Promise.all([lines.renew(), context.attempt(() => showVerdict(verdict, context, path, lines.jump))]);
  };
  await Promise.all([
    lines.renew(),
    context.attempt(() => showVerdict(verdict, context, path, lines.jump)),
    showCorrection(correction, context, { path, record, codes, again }),
    context.attempt(() => showCopies(copies, context, path)),
    context.attempt(() => showHistory(history, context, path)),
    context.attempt(() => showKept(kept, context, path)),
  ]);
  showWhy(why, context, path);
}

// --- what it is -------------------------------------------------------------------------

function showRecord(root, record, codes, jump) {
  const risk = Object.entries(record.risk ?? {});
  const dangers = risk.filter(([code]) => codes.danger.includes(code));
  const rest = risk.filter(([code]) => !codes.danger.includes(code));
  const strategies = (record.strategies ?? []).map((each) => [each.label, each.evidence, percent(100 * each.weight, 0)]);
  const plain = (values, pieces) => (values ?? []).map((code, index) => [code, pieces[index] ? [pieces[index]] : []]);
  fill(
    root,
    el("p", {}, whatWords(record)),
    record.reason ? el("p", { class: "warn" }, record.reason) : null,
    el(
      "div",
      { class: "labels" },
      labels(_("Dangers"), dangers, jump, "bad"),
      labels(_("Strategy"), strategies, jump),
      labels(_("Hygiene"), Object.entries(record.hygiene ?? {}), jump, "warn"),
      labels(_("Symbols"), plain(record.symbols, record.evidence.symbols), jump),
      labels(_("Timeframes"), plain(record.timeframes, record.evidence.timeframes), jump),
      labels(_("Protections"), rest, jump, "good"),
      labels(_("Kind"), [[record.kind, record.evidence.kind]], jump),
      labels(_("Language"), [[record.language, record.evidence.language]], jump),
    ),
    factsOf(record),
  );
}

function whatWords(record) {
  const version = record.language_version ? ` v${record.language_version}` : "";
  return [label(record.kind), label(record.language) + version, record.encoding ?? _("no text"), bytes(record.size)].join(", ");
}

function factsOf(record) {
  const { facts, quality } = record;
  const rows = [
    [_("Name"), facts?.name],
    [_("Version"), facts?.version],
    [_("Author"), facts?.author],
    [_("Description"), facts?.description],
    [_("Inputs"), facts?.inputs?.length ? number(facts.inputs.length) : null],
    [_("Includes"), facts?.includes?.join(", ")],
    [_("Magic numbers"), facts?.magic_numbers?.join(", ")],
    [_("Quality"), quality ? _("{score} of 100 points", { score: quality.score }) : null],
    [_("Confidence"), percent(100 * record.confidence, 0)],
    ["SHA-256", record.sha256],
  ].filter(([, value]) => value);
  return el("dl", { class: "facts" }, ...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** Show what a prop firm would say, with its rules in words. */
async function showVerdict(root, context, path, jump) {
  const found = await context.get("/file/verdict", { path });
  if (found === null) {
    fill(root);
    return;
  }
  const lines = (each) => [...new Map(each.evidence.map((one) => [one.line, one])).values()];
  const rule = (each) =>
    el("li", {}, `${each.words} `, ...lines(each).slice(0, 5).map((one) => place(one, each.words, jump)));
  const list = (title, met) => {
    const rules = found.rules.filter((each) => each.met === met);
    return rules.length ? el("section", { class: `label ${met ? "good" : "bad"}`, "aria-label": title }, el("h3", {}, title), el("ul", {}, ...rules.map(rule))) : null;
  };
  const score = _("{score} of 100 points", { score: found.score });
  const summary = el("summary", {}, `${_("Prop firm {name}", { name: found.name })}: ${label(found.level)}, ${score}`);
  const source = el("p", { class: "soft" }, `${found.source} (${found.date}) ${found.address}`);
  fill(root, el("details", { class: "verdict" }, summary, el("div", { class: "labels" }, list(_("Missed"), false), list(_("Met"), true)), source));
}

function labels(title, entries, jump, kind = "") {
  if (!entries.length) return null;
  return el(
    "section",
    { class: `label ${kind}`, "aria-label": title },
    el("h2", {}, title),
    el(
      "ul",
      {},
      ...entries.map(([code, evidence, more]) =>
        el("li", {}, el("strong", {}, label(code)), more ? ` ${more}` : "", " ", ...evidence.slice(0, 5).map((each) => place(each, code, jump))),
      ),
    ),
  );
}

function place(evidence, code, jump) {
  if (evidence.rule === "user") return el("span", { class: "soft" }, _("your word"));
  if (!evidence.line) return el("span", { class: "soft" }, _("the whole file"));
  const words = _("line {line}", { line: number(evidence.line) });
  return button(words, () => jump(evidence.line), { class: "line", title: evidence.text, "aria-label": `${label(code)}: ${words}` });
}

// --- copies, past, reasons -----------------------------------------------------------------

async function showCopies(root, context, path) {
  const found = await context.get("/file/copies", { path });
  if (found === null) {
    fill(root, el("p", {}, _("There is no copy of it.")));
    return;
  }
  const { group, why } = found;
  const body = el("tbody");
  const words = {
    exact: () => _("same bytes"),
    same_code: () => _("same code"),
    near: (share) => _("near, {percent} %", { percent: number(Math.min(99.9, 100 * share), 1) }),
  };
  fill(
    body,
    ...group.copies.slice(0, 200).map((each) =>
      el(
        "tr",
        {},
        el("th", { scope: "row", class: "text" }, each.path === path ? el("span", { class: "path" }, each.path) : fileLink(each.path)),
        el("td", {}, each.path === group.best ? _("the best") : words[each.sameness](each.share)),
        el("td", { class: "number" }, bytes(each.size)),
      ),
    ),
  );
  fill(
    root,
    el("p", {}, ngettext("{count} file in all; the best: {why}", "{count} files in all; the best: {why}", group.copies.length, { why })),
    table(_("Copies of the file"), [_("File"), _("What it is of the best"), { text: _("Size"), number: true }], body),
  );
}

async function showHistory(root, context, path) {
  const changes = await context.get("/file/history", { path });
  const whats = { added: _("added"), changed: _("changed"), renamed: _("renamed"), reclassified: _("classified anew"), removed: _("removed") };
  const state = (each) => (each === null ? "" : (each.problem ?? [each.kind, each.language, each.primary].filter(Boolean).map(label).join(", ")));
  const body = el("tbody");
  fill(
    body,
    ...[...changes].reverse().map((each) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, moment(Date.parse(each.at) / 1000)),
        el("td", {}, whats[each.what]),
        el("td", { class: "text" }, each.renamed_from ? `${each.renamed_from} → ${each.path}` : state(each.after ?? each.before)),
      ),
    ),
  );
  fill(root, changes.length ? table(_("What happened to the file"), [_("When"), _("What"), _("As what")], body) : el("p", {}, _("Nothing has happened to it yet.")));
}

async function showKept(root, context, path) {
  const { contents, present } = await context.get("/file/kept", { path });
  const said = el("p", { role: "status" });
  const words = {
    same: _("The library holds the newest of these."),
    different: _("The file in the library is another one by now."),
    missing: _("There is no such file in the library now."),
  };
  const orders = new Awaited(context, "RestoreFinished");
  const restore = async (each) => {
    say(said, _("Restoring …"));
    const body = { snapshot: each.snapshots[0], path: each.path };
    const ended = (event) => say(said, event.problem ?? restoredWords(event.result));
    if (!(await orders.place("/restores/beside", body, ended))) say(said, "");
  };
  const body = el("tbody");
  fill(
    body,
    ...contents.map((each) => {
      const time = moment(Date.parse(each.last) / 1000);
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, time),
        el("td", { class: "number" }, bytes(each.size)),
        el("td", { class: "code" }, each.sha256.slice(0, 12)),
        el("td", { class: "number" }, number(each.snapshots.length)),
        el("td", {}, button(_("Restore beside"), () => restore(each), { "aria-label": _("Restore beside the library: as of {time}", { time }) })),
      );
    }),
  );
  if (!contents.length) {
    fill(root, el("p", {}, _("No snapshot holds it.")));
    return;
  }
  const heads = [_("Last seen"), { text: _("Size"), number: true }, "SHA-256", { text: _("Snapshots"), number: true }, _("Restore")];
  fill(root, el("p", {}, words[present]), table(_("Versions in snapshots"), heads, body), said);
}

function showWhy(root, context, path) {
  const list = el("div");
  let asked = false;
  const load = async () => {
    if (asked) return;
    asked = true;
    const told = await context.attempt(() => context.get("/file/explanation", { path }));
    if (told === undefined) return;
    if (told === null) fill(list, el("p", {}, _("It is no source.")));
    else fill(list, ...[...told.kinds.slice(0, 2), ...told.strategies.slice(0, 4)].map(contender));
  };
  fill(root, el("details", { ontoggle: load }, el("summary", {}, _("What spoke for it, and for the next best")), list));
}

function contender(each) {
  const outcomes = {
    first: _("it is first by what speaks for it"),
    put_first: _("a reading puts it first"),
    behind: _("less speaks for it"),
    put_behind: _("a reading puts it behind"),
    too_light: _("too few points to be said"),
    small_share: _("too small a part of what speaks for the first"),
    said_alone: _("it is said only where no other strategy is"),
    asked_later: _("its question comes after the one that decided"),
    corrected: _("you said so"),
  };
  const voice = (one) =>
    el("li", {}, `+${number(one.weight, 1)} `, el("span", { class: "soft" }, one.rule), " ", el("code", {}, one.evidence[0] ? `${one.evidence[0].line}: ${one.evidence[0].text}` : ""));
  return el(
    "div",
    {},
    el("h3", {}, `${label(each.label)}, ${_("score {score}", { score: number(each.score, 1) })}: ${outcomes[each.outcome] ?? each.outcome}`),
    el("ul", { class: "voices" }, ...each.voices.slice(0, 12).map(voice)),
  );
}
