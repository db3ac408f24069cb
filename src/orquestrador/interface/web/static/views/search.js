// The catalog searched: filters in the address, facets with counts, a page of files.

import { el, fill, keep, say, set, table } from "../dom.js";
import { button, choice, codeOptions, field, fileLink, tick } from "../forms.js";
import { _, bytes, label, ngettext, number } from "../words.js";

const PAGE = 50;
const TEXTS = ["words", "symbol", "author", "text", "includes"];
const CHOICES = ["kind", "language", "prop_firm", "timeframe", "duplicates", "changed"];
const SEVERAL = ["strategy", "risk", "no_risk", "hygiene"];
const FLAGS = ["symbol_exact", "missing_include"];
/** Codes of a facet that are shown before the rest is asked for. */
const SHOWN = 10;

export async function show(root, context) {
  const codes = await context.attempt(() => context.get("/vocabulary"));
  if (codes !== undefined) await new Search(context, codes).begin(root);
}

class Search {
  constructor(context, codes) {
    Object.assign(this, { context, codes, asked: 0, facets: new Map() });
    this.state = new URLSearchParams(context.query);
    this.form = this.makeForm();
    this.chips = el("div", { class: "buttons chips", role: "group", "aria-label": _("Filters that are set") });
    this.found = el("p", { role: "status", class: "found" });
    this.body = el("tbody");
    this.groups = el("div", { class: "facets" });
    this.back = button(_("Back"), () => this.turn(-1));
    this.on = button(_("On"), () => this.turn(1));
    this.place = el("span", { class: "soft" });
  }

  async begin(root) {
    const heads = [_("File"), _("Dangers"), _("Strategy"), _("Symbols"), _("Timeframes"), _("Kind"), { text: _("Size"), number: true }];
    this.result = table(_("Files found"), heads, this.body);
    this.pages = el("nav", { class: "buttons pages", "aria-label": _("Pages of the result") }, this.back, this.place, this.on);
    fill(
      root,
      this.form,
      this.chips,
      el(
        "div",
        { class: "columns" },
        el("details", { class: "narrow", open: window.innerWidth > 700 }, el("summary", {}, _("Narrow it down")), this.groups),
        el("div", { class: "results" }, this.found, this.result, this.pages),
      ),
    );
    this.showForm();
    // A run may have found other files meanwhile.
    this.context.on("RunFinished", () => this.run());
    await this.run();
  }

  // --- what is asked for ---------------------------------------------------------------

  makeForm() {
    const any = _("any");
    const more = _("add …");
    const { codes } = this;
    const text = (name, title, props = {}) => field(title, el("input", { name, type: "text", autocomplete: "off", maxlength: 80, ...props }));
    const one = (name, title, options) => field(title, choice(name, options));
    const several = (name, title, list) => field(title, choice(name, codeOptions(list, more)));
    const risks = [...codes.danger, ...codes.protection];
    return el(
      "form",
      { role: "search", onsubmit: (event) => this.submit(event), onchange: (event) => this.change(event) },
      el(
        "div",
        { class: "filters main" },
        text("words", _("Words of names, paths, inputs or functions"), { type: "search", maxlength: 500 }),
        el("button", { type: "submit", class: "first" }, _("Search")),
      ),
      el(
        "details",
        { class: "more" },
        el("summary", {}, _("All filters")),
        el(
          "div",
          { class: "filters" },
          one("kind", _("Kind"), codeOptions(codes.kind, any)),
          one("language", _("Language"), codeOptions(codes.language, any)),
          several("strategy", _("Strategy"), codes.strategy),
          several("risk", _("With"), risks),
          several("no_risk", _("Without"), risks),
          several("hygiene", _("Hygiene"), codes.hygiene),
          one("prop_firm", _("Prop firm"), codeOptions(codes.prop_firm, any)),
          text("symbol", _("Symbol")),
          tick(_("The symbol as spelled only"), el("input", { type: "checkbox", name: "symbol_exact" })),
          one("timeframe", _("Timeframe"), codeOptions(codes.timeframe, any)),
          text("author", _("Author"), { maxlength: 500 }),
          text("text", _("Phrase in names, inputs or functions"), { maxlength: 500 }),
          text("includes", _("Includes the file"), { maxlength: 500 }),
          tick(_("Includes what is missing"), el("input", { type: "checkbox", name: "missing_include" })),
          one("changed", _("New or changed"), changedOptions(any)),
          one("duplicates", _("Copies"), copyOptions(any)),
        ),
      ),
    );
  }

  submit(event) {
    event.preventDefault();
    for (const name of TEXTS) put(this.state, name, this.form.elements[name].value.trim());
    this.renew();
  }

  change(event) {
    const { name, value, checked } = event.target;
    if (SEVERAL.includes(name)) {
      if (value) this.add(name, value);
      event.target.value = "";
    } else if (FLAGS.includes(name)) put(this.state, name, checked ? "true" : "");
    else put(this.state, name, value.trim());
    this.renew();
  }

  add(name, value) {
    if (!this.state.getAll(name).includes(value)) this.state.append(name, value);
  }

  /** Set a code, or take it away. */
  toggle(name, value) {
    const values = this.state.getAll(name);
    if (values.includes(value)) {
      this.state.delete(name);
      for (const each of values) if (each !== value) this.state.append(name, each);
    } else if (SEVERAL.includes(name)) this.add(name, value);
    else this.state.set(name, value);
    this.showForm();
    this.renew();
  }

  renew() {
    this.state.delete("page");
    this.run();
  }

  turn(step) {
    const next = this.page + step;
    if (next < 1 || next > this.last) return;
    put(this.state, "page", next > 1 ? String(next) : "");
    this.run();
    this.result.scrollTop = 0;
  }

  get page() {
    return Math.min(1e7, Math.max(1, Number.parseInt(this.state.get("page") ?? "1", 10) || 1));
  }

  query() {
    const query = {};
    for (const name of [...TEXTS, ...CHOICES, ...SEVERAL, ...FLAGS]) {
      const values = this.state.getAll(name).filter(Boolean);
      if (values.length) query[name] = SEVERAL.includes(name) ? values : values[0];
    }
    const seconds = Number.parseFloat(query.changed);
    delete query.changed;
    if (seconds > 0) query.changed_since = new Date(Date.now() - Math.min(seconds, 1e10) * 1000).toISOString();
    return query;
  }

  async run() {
    const number_ = (this.asked += 1);
    this.context.remember(this.state);
    this.showChips();
    const query = this.query();
    const offset = (this.page - 1) * PAGE;
    const answers = await this.context.attempt(() =>
      Promise.all([
        this.context.get("/files", { ...query, limit: PAGE, offset }),
        this.context.get("/files/facets", query),
      ]),
    );
    if (answers === undefined || number_ !== this.asked) return;
    this.showFound(answers[0]);
    this.showFacets(answers[1]);
  }

  // --- what is shown -------------------------------------------------------------------

  showForm() {
    for (const name of [...TEXTS, ...CHOICES]) this.form.elements[name].value = this.state.get(name) ?? "";
    for (const name of FLAGS) this.form.elements[name].checked = this.state.get(name) === "true";
  }

  showChips() {
    const set_ = [...this.state].filter(([name]) => name !== "page");
    keep(
      this.chips,
      set_,
      ([name, value]) => `${name} ${value}`,
      ([name, value]) => {
        const text = chipWords(name, value);
        return button(text, () => this.drop(name, value), { "aria-label": _("Take the filter {filter} away", { filter: text }), class: "chip" });
      },
      () => undefined,
    );
    this.chips.hidden = set_.length === 0;
  }

  drop(name, value) {
    this.toggle(name, value);
    // The button goes away: its neighbour, or the words, take the focus.
    (this.chips.querySelector("button") ?? this.form.elements.words).focus();
  }

  showFound({ total, files }) {
    this.last = Math.max(1, Math.ceil(total / PAGE));
    say(this.found, ngettext("{count} file found", "{count} files found", total));
    fill(this.body, ...files.map((each) => this.row(each)));
    this.result.hidden = files.length === 0;
    this.pages.hidden = this.last === 1 && this.page === 1;
    say(this.place, _("Page {page} of {last}", { page: number(this.page), last: number(this.last) }));
    set(this.back, "aria-disabled", this.page <= 1 ? "true" : null);
    set(this.on, "aria-disabled", this.page >= this.last ? "true" : null);
  }

  row(file) {
    const dangers = file.risk.filter((code) => this.codes.danger.includes(code));
    return el(
      "tr",
      {},
      el("th", { scope: "row", class: "text" }, fileLink(file.path)),
      el("td", { class: "text bad" }, dangers.map(label).join(", ")),
      el("td", { class: "text" }, file.strategies.map(label).join(", ")),
      el("td", { class: "text short" }, few(file.symbols)),
      el("td", { class: "text short" }, few(file.timeframes)),
      el("td", { class: "text short" }, label(file.kind), " ", el("span", { class: "soft" }, label(file.language))),
      el("td", { class: "number" }, bytes(file.size)),
    );
  }

  showFacets(counts) {
    const { danger, protection } = this.codes;
    const risk = (codes) => counts.risk.filter((each) => codes.includes(each.code));
    const without = protection
      .map((code) => ({ code, files: counts.judged - (counts.risk.find((each) => each.code === code)?.files ?? 0) }))
      .filter((each) => each.files > 0);
    const own = counts.risk.filter((each) => ![...danger, ...protection].includes(each.code));
    const groups = [
      ["kind", _("Kind"), counts.kind],
      ["symbol", _("Symbol"), counts.symbol],
      ["strategy", _("Strategy"), counts.strategy],
      ["risk", _("Dangers"), [...risk(danger), ...own]],
      ["no_risk", _("Without protection"), without],
      ["risk", _("Protections"), risk(protection)],
      ["hygiene", _("Hygiene"), counts.hygiene],
      ["prop_firm", _("Prop firm"), counts.prop_firm],
      ["timeframe", _("Timeframe"), counts.timeframe],
      ["language", _("Language"), counts.language],
    ];
    keep(
      this.groups,
      groups.filter(([, , list]) => list.length),
      ([, title]) => title,
      ([name, title]) => this.makeGroup(name, title),
      (element, [name, , list]) => this.updateGroup(element, name, list),
    );
  }

  makeGroup(name, title) {
    const list = el("ul", {});
    const more = button(_("more"), () => {
      const next = list.children[SHOWN]?.firstElementChild;
      group.classList.add("all");
      more.hidden = true;
      next?.focus();
    }, { class: "quiet", "aria-label": _("More of {facet}", { facet: title }) });
    const group = el("section", { "aria-label": title, class: "facet" }, el("h2", {}, title), list, more);
    group.parts = { list, more, title, name };
    return group;
  }

  updateGroup(group, name, counts) {
    const { list, more } = group.parts;
    keep(
      list,
      counts,
      (each) => each.code,
      (each) => el("li", {}, button("", () => this.toggle(name, each.code), { class: "count" })),
      (item, each) => {
        const pressed = this.state.getAll(name).includes(each.code);
        const [made] = item.children;
        set(made, "aria-pressed", String(pressed));
        fill(made, el("span", {}, label(each.code)), " ", el("span", { class: "number" }, number(each.files)));
      },
    );
    more.hidden = counts.length <= SHOWN || group.classList.contains("all");
  }
}

function put(state, name, value) {
  if (value) state.set(name, value);
  else state.delete(name);
}

const few = (list) => (list.length > 4 ? `${list.slice(0, 4).join(", ")} …` : list.join(", "));

const changedOptions = (any) => [
  ["", any],
  ["3600", _("in the last hour")],
  ["86400", _("in the last day")],
  ["604800", _("in the last week")],
  ["2592000", _("in the last 30 days")],
];

const copyOptions = (any) => [
  ["", any],
  ["exact", _("of the same bytes")],
  ["same_code", _("of the same code")],
  ["near", _("also near ones")],
];

function chipWords(name, value) {
  const titles = {
    words: _("Words"),
    symbol: _("Symbol"),
    author: _("Author"),
    text: _("Phrase"),
    includes: _("Includes the file"),
    kind: _("Kind"),
    language: _("Language"),
    prop_firm: _("Prop firm"),
    timeframe: _("Timeframe"),
    duplicates: _("Copies"),
    changed: _("New or changed"),
    strategy: _("Strategy"),
    risk: _("With"),
    no_risk: _("Without"),
    hygiene: _("Hygiene"),
    symbol_exact: _("The symbol as spelled only"),
    missing_include: _("Includes what is missing"),
  };
  if (FLAGS.includes(name)) return titles[name];
  const options = new Map(name === "changed" ? changedOptions("") : name === "duplicates" ? copyOptions("") : []);
  const said = TEXTS.includes(name) ? value : (options.get(value) ?? label(value));
  return `${titles[name] ?? name}: ${said}`;
}
