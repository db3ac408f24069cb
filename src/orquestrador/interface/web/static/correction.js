// What the user says of a file's content: it wins over the rules.

import { el, fill, say } from "./dom.js";
import { button, choice, codeOptions, field } from "./forms.js";
import { _, label } from "./words.js";

/** Show what was said, and a way to say more or to take it back. */
export async function showCorrection(root, context, { path, record, codes, again }) {
  // As the catalog shows a member of an archive; in a file's own name it is escaped.
  if (path.includes("!/")) {
    fill(root, el("p", {}, _("It is a member of an archive: unpack it to correct what it is taken for.")));
    return;
  }
  const stands = el("div");
  const said = el("p", { role: "status" });
  const form = makeForm(codes, record);
  const clear = button(_("Take the correction away"), () => act(() => context.post("/labels/clear", { path }), _("The rules speak again.")));
  let busy = false;

  const act = async (order, done) => {
    if (busy) return;
    busy = true;
    say(said, _("One moment: the catalog is brought up to date …"));
    const answer = await context.attempt(order);
    busy = false;
    if (answer === undefined) {
      say(said, "");
      return;
    }
    form.reset();
    if (clear.contains(document.activeElement)) form.elements.primary.focus();
    await Promise.all([renew(), again()]);
    say(said, done);
  };
  const renew = async () => {
    const standing = await context.attempt(() => context.get("/file/correction", { path }));
    if (standing === undefined) return;
    clear.hidden = standing === null;
    fill(stands, standing === null ? el("p", {}, _("You have corrected nothing of it.")) : el("p", {}, el("strong", {}, _("You said:")), ` ${words(standing)}`));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const order = { path, ...orderOf(form) };
    if (Object.keys(order).length === 1) say(said, _("Say first what is to be corrected."));
    else act(() => context.post("/labels", order), _("It is corrected."));
  });
  fill(root, stands, form, el("div", { class: "buttons" }, clear), said);
  clear.hidden = true;
  await renew();
}

function makeForm(codes, record) {
  const none = _("as it is");
  const known = (list) => list.filter((code) => code !== "unknown");
  const groups = [
    [_("Strategy"), codes.strategy],
    [_("Dangers"), codes.danger],
    [_("Protections"), codes.protection],
    [_("Hygiene"), codes.hygiene],
    [_("Timeframe"), codes.timeframe],
  ];
  const all = el(
    "select",
    { name: "add" },
    el("option", { value: "" }, none),
    ...groups.map(([title, list]) => el("optgroup", { label: title }, ...list.map((code) => el("option", { value: code }, label(code))))),
  );
  const has = [
    ...(record.strategies ?? []).map((each) => each.label),
    ...Object.keys(record.risk ?? {}),
    ...Object.keys(record.hygiene ?? {}),
    ...(record.symbols ?? []),
    ...(record.timeframes ?? []),
  ];
  return el(
    "form",
    { class: "correction" },
    el(
      "div",
      { class: "filters" },
      field(_("First strategy"), choice("primary", codeOptions(codes.strategy, none))),
      field(_("Kind"), choice("kind", codeOptions(known(codes.kind), none))),
      field(_("Language"), choice("language", codeOptions(known(codes.language), none))),
      field(_("It has"), all),
      field(_("It trades the symbol"), el("input", { name: "symbol", type: "text", maxlength: 20, autocomplete: "off" })),
      field(_("It has not"), choice("remove", codeOptions(has, none))),
    ),
    field(_("Why, in your words"), el("textarea", { name: "note", rows: 2, maxlength: 2000 })),
    el("div", { class: "buttons" }, el("button", { type: "submit", class: "first" }, _("Correct"))),
  );
}

function orderOf(form) {
  const value = (name) => form.elements[name].value.trim();
  const order = {};
  for (const name of ["primary", "kind", "language", "note"]) if (value(name)) order[name] = value(name);
  const add = [value("add"), value("symbol")].filter(Boolean);
  if (add.length) order.add = add;
  if (value("remove")) order.remove = [value("remove")];
  return order;
}

function words(standing) {
  const codes = [standing.language, standing.kind, standing.primary].filter(Boolean).map(label);
  const parts = [...codes, ...standing.add.map((code) => `+ ${label(code)}`), ...standing.remove.map((code) => `− ${label(code)}`)];
  return [parts.join(", "), standing.note, standing.date].filter(Boolean).join(" · ");
}
