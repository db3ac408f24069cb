// Snapshots: what there is, what changed, and the way back.

import { Awaited } from "../awaited.js";
import { el, fill, keep, say, table } from "../dom.js";
import { button, choice, field, fileLink, restoredWords, section, showRefused, tick } from "../forms.js";
import { _, bytes, moment, ngettext, number, snapshotReason } from "../words.js";

const PRESENT = "";
const MOST = 500;

export async function show(root, context) {
  await new Snapshots(context).begin(root);
}

class Snapshots {
  constructor(context) {
    Object.assign(this, { context, known: [] });
    this.orders = new Awaited(context, "SnapshotFinished", "RestoreFinished", "VerifyFinished");
    this.body = el("tbody");
    this.said = el("p", { role: "status" });
    this.refused = el("ul", {});
    this.comparing = this.makeComparing();
    this.difference = el("div");
    this.restoring = this.makeRestoring();
    this.preview = el("div");
  }

  async begin(root) {
    const heads = [_("Taken"), _("What can be done"), _("Why"), { text: _("Files"), number: true }, { text: _("Size"), number: true }, { text: _("Left out"), number: true }, _("Snapshot")];
    this.list = table(_("Snapshots"), heads, this.body);
    this.none = el("p", {}, _("There is no snapshot yet."));
    const orders = el(
      "div",
      { class: "buttons" },
      button(_("Back up"), () => this.take()),
      button(_("Check every byte"), () => this.check()),
    );
    this.work = el(
      "div",
      {},
      section("compare", _("What changed"), this.comparing, this.difference),
      section("restore", _("Bring files back"), this.restoring, this.preview),
    );
    fill(root, this.none, this.list, orders, this.said, this.refused, this.work);
    // Also those that others have taken.
    this.context.on("SnapshotFinished", () => this.renew());
    await this.renew();
    if (this.context.query.has("old")) await this.compare();
  }

  async renew() {
    const found = await this.context.attempt(() => this.context.get("/snapshots"));
    if (found === undefined) return;
    this.known = found;
    for (const each of [this.list, this.work]) each.hidden = found.length === 0;
    this.none.hidden = found.length > 0;
    keep(this.body, found, (each) => each.id, (each) => this.row(each), () => undefined);
    const all = found.map((each) => [each.id, `${time(each)} · ${snapshotReason(each.reason)}`]);
    offer(this.comparing.elements.old, all, this.context.query.get("old"));
    offer(this.comparing.elements.new, [[PRESENT, _("the library as it stands")], ...all], this.context.query.get("new"));
    offer(this.restoring.elements.snapshot, all, null);
  }

  row(each) {
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, time(each)),
      el(
        "td",
        { class: "acts" },
        button(_("What changed since"), () => this.since(each), { "aria-label": _("What changed since {time}", { time: time(each) }) }),
        button(_("Bring back"), () => this.choose(each), { "aria-label": _("Bring back {time}", { time: time(each) }) }),
      ),
      el("td", { class: "text short" }, snapshotReason(each.reason)),
      el("td", { class: "number" }, number(each.files)),
      el("td", { class: "number" }, bytes(each.bytes)),
      el("td", { class: "number" }, number(each.skipped)),
      el("td", { class: "code" }, each.id),
    );
  }

  async take() {
    say(this.said, _("A snapshot of the library is being taken …"));
    if (!(await this.orders.place("/snapshots", {}, (event) => this.taken(event)))) say(this.said, "");
  }

  taken(event) {
    const none = _("Nothing has changed since the newest snapshot.");
    say(this.said, event.problem ?? (event.snapshot === null ? none : _("A snapshot was taken.")));
  }

  async check() {
    say(this.said, _("Every byte is being read …"));
    fill(this.refused);
    if (!(await this.orders.place("/snapshots/verify", {}, (event) => this.checked(event)))) say(this.said, "");
  }

  checked(event) {
    if (event.result === null) {
      say(this.said, event.problem);
      return;
    }
    const { snapshots, contents, problems } = event.result;
    const what = _("{snapshots}, {contents} checked", {
      snapshots: ngettext("{count} snapshot", "{count} snapshots", snapshots),
      contents: ngettext("{count} content", "{count} contents", contents),
    });
    const sound = problems.length ? ngettext("{count} problem", "{count} problems", problems.length) : _("sound");
    say(this.said, `${what}: ${sound}.`);
    fill(this.refused, ...problems.map((each) => el("li", { class: "bad" }, [each.snapshot, each.what].filter(Boolean).join(": "))));
  }

  // --- what changed --------------------------------------------------------------------

  makeComparing() {
    return el(
      "form",
      { onsubmit: (event) => event.preventDefault() || this.compare() },
      el(
        "div",
        { class: "filters" },
        field(_("From"), choice("old", [])),
        field(_("To"), choice("new", [])),
        field(_("Only this file or folder"), el("input", { name: "path", type: "text", autocomplete: "off", maxlength: 8000, value: this.context.query.get("path") ?? "" })),
        tick(_("Show the changed lines"), el("input", { name: "text", type: "checkbox", checked: this.context.query.get("text") === "true" })),
        el("button", { type: "submit", class: "first" }, _("Compare")),
      ),
    );
  }

  since(each) {
    this.comparing.elements.old.value = each.id;
    this.comparing.elements.new.value = PRESENT;
    return this.compare();
  }

  async compare() {
    const { old, new: later, path, text } = this.comparing.elements;
    const query = { old: old.value, new: later.value, path: path.value.trim(), text: text.checked ? "true" : "", limit: MOST };
    const { limit: _limit, ...kept } = query;
    this.context.remember(new URLSearchParams(Object.entries(kept).filter(([, value]) => value)));
    fill(this.difference, el("p", {}, _("Comparing …")));
    const found = await this.context.attempt(() => this.context.get("/snapshots/difference", query));
    if (found === undefined) fill(this.difference);
    else this.showDifference(found);
  }

  showDifference(found) {
    const said = el("p", { tabindex: "-1" }, differenceWords(found));
    const body = el("tbody");
    for (const each of found.changes) body.append(...changeRows(each));
    const hidden = found.added + found.removed + found.changed + found.renamed - found.changes.length;
    fill(
      this.difference,
      said,
      found.changes.length
        ? table(_("Files that changed"), [_("What"), _("File"), { text: _("Size before"), number: true }, { text: _("Size after"), number: true }], body)
        : null,
      hidden > 0 ? el("p", {}, ngettext("{count} more file has changed: name a folder.", "{count} more files have changed: name a folder.", hidden)) : null,
    );
    said.focus();
  }

  // --- the way back ----------------------------------------------------------------------

  makeRestoring() {
    this.confirm = el("input", { name: "confirm", type: "checkbox" });
    return el(
      "form",
      { onsubmit: (event) => event.preventDefault() || this.look() },
      el(
        "div",
        { class: "filters" },
        field(_("Snapshot"), choice("snapshot", [])),
        field(_("Only this file or folder"), el("input", { name: "path", type: "text", autocomplete: "off", maxlength: 8000 })),
        el("button", { type: "submit" }, _("What would it do?")),
      ),
      el(
        "div",
        { class: "buttons" },
        button(_("Into a new folder beside the library"), () => this.beside(), { class: "first" }),
      ),
      el(
        "fieldset",
        {},
        el("legend", {}, _("Into the library itself")),
        el("p", {}, _("A snapshot of the present is taken first; the last such restore can be taken back.")),
        el(
          "div",
          { class: "filters" },
          tick(_("Replace files that are different now"), el("input", { name: "force", type: "checkbox" })),
          tick(_("Yes, write into my library"), this.confirm),
          button(_("Write into the library"), () => this.inPlace()),
          button(_("Take the last restore back"), () => this.undo()),
        ),
      ),
    );
  }

  choose(each) {
    this.restoring.elements.snapshot.value = each.id;
    return this.look();
  }

  wanted() {
    const { snapshot, path } = this.restoring.elements;
    return { snapshot: snapshot.value, path: path.value.trim() || null };
  }

  async look() {
    fill(this.preview, el("p", {}, _("Comparing …")));
    const found = await this.context.attempt(() => this.context.get("/snapshots/preview", { ...this.wanted(), limit: MOST }));
    if (found === undefined) {
      fill(this.preview);
      return;
    }
    const said = el("p", { tabindex: "-1" }, previewWords(found));
    const whats = { missing: _("would be written"), different: _("is different now"), refused: _("would be refused") };
    const styles = { different: "warn", refused: "bad" };
    const body = el("tbody");
    fill(
      body,
      ...found.files.map((each) =>
        el(
          "tr",
          { class: styles[each.what] ?? null },
          el("th", { scope: "row", class: "text" }, each.path),
          el("td", { class: "text" }, each.reason ? `${whats[each.what]}: ${each.reason}` : whats[each.what]),
          el("td", { class: "number" }, each.size === null ? "" : bytes(each.size)),
        ),
      ),
    );
    fill(this.preview, said, found.files.length ? table(_("What it would do"), [_("File"), _("What"), { text: _("Size"), number: true }], body) : null);
    said.focus();
  }

  beside() {
    return this.order("/restores/beside", this.wanted());
  }

  async inPlace() {
    if (!this.confirm.checked) {
      this.tell(_("Tick first that your library itself is meant."));
      this.confirm.focus();
      return;
    }
    const order = { ...this.wanted(), force: this.restoring.elements.force.checked, confirm: "in place" };
    await this.order("/restores", order);
    this.confirm.checked = false;
  }

  undo() {
    return this.order("/restores/undo", { force: this.restoring.elements.force.checked });
  }

  async order(path, body) {
    this.tell(_("Restoring …"));
    if (!(await this.orders.place(path, body, (event) => this.restored(event)))) this.tell("");
  }

  restored(event) {
    this.tell(event.problem ?? restoredWords(event.result), event.result ?? undefined);
    this.renew();
  }

  tell(text, result = { refused: [] }) {
    say(this.said, text);
    showRefused(this.refused, result);
    if (text) this.said.scrollIntoView({ block: "nearest" });
  }
}

const time = (snapshot) => moment(Date.parse(snapshot.time) / 1000);

function offer(select, options, wanted) {
  const before = select.options.length ? select.value : wanted;
  fill(select, ...options.map(([value, text]) => el("option", { value }, text)));
  if (options.some(([value]) => value === before)) select.value = before;
}

function differenceWords(found) {
  const figures = [
    _("{count} added", { count: number(found.added) }),
    _("{count} removed", { count: number(found.removed) }),
    _("{count} changed", { count: number(found.changed) }),
    _("{count} renamed", { count: number(found.renamed) }),
    _("{count} unchanged", { count: number(found.same) }),
  ];
  if (found.labels === "both") figures.push(_("{count} classified anew", { count: number(found.reclassified.length) }));
  return `${figures.join(", ")}.`;
}

function previewWords(found) {
  const parts = [
    _("{count} would be written", { count: number(found.missing) }),
    _("{count} are different now and are replaced only if you say so", { count: number(found.different) }),
    ...(found.refused ? [_("{count} would be refused", { count: number(found.refused) })] : []),
    _("{count} are the same", { count: number(found.same) }),
    _("{count} that the snapshot does not have stay", { count: number(found.left_alone) }),
  ];
  return `${parts.join("; ")}.`;
}

function changeRows(change) {
  const whats = { added: _("added"), removed: _("removed"), changed: _("changed"), renamed: _("renamed") };
  const size = (value) => (value === null ? "" : bytes(value));
  const name = change.old_path ? `${change.old_path} → ${change.path}` : change.path;
  const row = el(
    "tr",
    {},
    el("td", {}, whats[change.kind]),
    el("th", { scope: "row", class: "text" }, change.kind === "removed" || change.old_path ? name : fileLink(change.path)),
    el("td", { class: "number" }, size(change.old_size)),
    el("td", { class: "number" }, size(change.size)),
  );
  if (change.text === null) return [row];
  const notes = {
    encoding: _("Its encoding alone has changed."),
    line_ends: _("Its line ends alone have changed."),
    bytes: _("Bytes have changed that nobody sees."),
    binary: _("It is no text."),
    large: _("It is too large to be compared."),
  };
  const { diff, note } = change.text;
  const lines = diff ? diff.replace(/\n$/, "").split("\n") : [notes[note] ?? ""];
  return [row, el("tr", { class: "diff" }, el("td", { colspan: 4 }, el("pre", { tabindex: "0", role: "region", "aria-label": _("Changed lines of {path}", { path: change.path }) }, ...lines.map(diffLine))))];
}

function diffLine(line) {
  const kind = { "+": "good", "-": "bad", "@": "soft" }[line[0]];
  return el("span", { class: kind ?? null }, `${line}\n`);
}
