// Reports: those there are, and a new one.

import { Awaited } from "../awaited.js";
import { el, fill, say, table } from "../dom.js";
import { choice, field, section, tick } from "../forms.js";
import { _, bytes, moment } from "../words.js";

const FORMATS = ["html", "json", "csv", "md", "pdf"];

export async function show(root, context) {
  const body = el("tbody");
  const none = el("p", {}, _("There is no report yet."));
  const heads = [_("Report"), _("Format"), _("Open"), _("Written"), { text: _("Size"), number: true }];
  const list = table(_("Reports"), heads, body);
  const said = el("p", { role: "status" });
  const form = makeForm();
  const orders = new Awaited(context, "ReportFinished");

  const renew = async () => {
    const found = await context.attempt(() => context.get("/reports"));
    if (found === undefined) return;
    none.hidden = found.length > 0;
    list.hidden = found.length === 0;
    fill(body, ...found.map(row));
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const order = orderOf(form);
    if (!order.formats.length) {
      say(said, _("Choose a format first."));
      return;
    }
    say(said, _("The report is being written …"));
    const taken = await orders.place("/reports", order, (ended) => say(said, ended.problem ?? _("The report is written.")));
    if (!taken) say(said, "");
  });
  context.on("ReportFinished", renew);
  fill(root, none, list, section("new", _("A new report"), form, said));
  await renew();
}

const kinds = () => ({ executive: _("Executive"), full: _("Full"), statistics: _("Statistics") });

function row(report) {
  const name = kinds()[report.kind];
  const address = `/api/v1/reports/file?kind=${report.kind}&format=${report.format}`;
  const form = report.format.toUpperCase();
  const link = (text, href, props = {}) => el("a", { href, class: "button", "aria-label": `${text}: ${name}, ${form}`, ...props }, text);
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, name),
    el("td", {}, form),
    el(
      "td",
      { class: "acts" },
      // In an origin of its own: it can do nothing to this page.
      report.format === "html" ? link(_("Open"), address, { target: "_blank", rel: "noopener" }) : null,
      link(_("Save"), `${address}&download=true`, { download: report.name }),
    ),
    el("td", {}, moment(Date.parse(report.at) / 1000)),
    el("td", { class: "number" }, bytes(report.size)),
  );
}

function makeForm() {
  const boxes = FORMATS.map((each) => tick(each.toUpperCase(), el("input", { type: "checkbox", name: "format", value: each, checked: each === "html" })));
  return el(
    "form",
    {},
    el(
      "div",
      { class: "filters" },
      field(_("What it is about"), choice("kind", [
        ["executive", _("the most important")],
        ["full", _("everything, with a table of all files")],
        ["statistics", _("the figures alone")],
      ])),
    ),
    el("fieldset", { class: "filters" }, el("legend", {}, _("Formats")), ...boxes),
    el("div", { class: "filters" }, tick(_("CSV for a Brazilian spreadsheet"), el("input", { type: "checkbox", name: "spreadsheet" }))),
    el("div", { class: "buttons" }, el("button", { type: "submit", class: "first" }, _("Write the report"))),
  );
}

function orderOf(form) {
  const chosen = [...form.querySelectorAll("input[name=format]:checked")].map((each) => each.value);
  const order = { kind: form.elements.kind.value, formats: chosen };
  if (form.elements.spreadsheet.checked) order.spreadsheet = true;
  return order;
}
