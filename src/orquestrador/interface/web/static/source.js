// A source with line numbers; on the left of a line what rests on it.

import { el, fill, say } from "./dom.js";
import { button } from "./forms.js";
import { _, label, ngettext } from "./words.js";

const LINES = 1000;

/**
 * Show a file's source, a part at a time.
 *
 * @returns {{renew: Function, jump: Function}} `renew` asks for it anew; `jump` shows a
 *   line and gives it the focus.
 */
export function showSource(root, context, path) {
  const list = el("ol", { class: "source" });
  const region = el("div", { class: "lines", tabindex: "0", role: "region", "aria-label": _("Lines of the source") }, list);
  const said = el("p", { class: "warn" });
  const more = button("", () => load().then(() => line(first)?.focus()));
  let total = 0;
  let first = 1;

  const load = async () => {
    first = list.children.length + 1;
    const found = await context.attempt(() => context.get("/file/source", { path, first, lines: LINES }));
    if (found === undefined) return false;
    total = found.total;
    list.append(...found.lines.map(row));
    region.hidden = list.children.length === 0;
    more.hidden = list.children.length >= total;
    const left = total - list.children.length;
    say(more, ngettext("Show more: {count} line is left", "Show more: {count} lines are left", left));
    say(said, found.problem ?? (found.current ? "" : _("The file has changed since it was classified: no evidence is shown.")));
    return found.lines.length > 0;
  };
  const line = (number) => list.children[number - 1];
  const jump = async (number) => {
    while (line(number) === undefined && list.children.length < total) if (!(await load())) return;
    const wanted = line(number);
    wanted?.scrollIntoView({ block: "center" });
    wanted?.focus({ preventScroll: true });
  };
  const renew = async () => {
    fill(list);
    await load();
  };
  more.hidden = true;
  region.hidden = true;
  fill(root, said, region, el("div", { class: "buttons" }, more));
  return { renew, jump };
}

function row(line) {
  const codes = [...new Set(line.marks.map((each) => each.label))];
  return el(
    "li",
    { id: `line${line.number}`, tabindex: "-1", class: line.marks.length ? "marked" : null },
    el("span", { class: "digits" }, line.number),
    el("span", { class: "margin" }, codes.map(label).join(", ")),
    el("code", {}, ...highlighted(line)),
  );
}

/** Return a line's text, the evidence in it marked; all of it is text. */
function highlighted(line) {
  const text = line.text + (line.cut ? " …" : "");
  const pieces = line.marks.map((each) => each.text.replace(/…$/, "").trim()).filter(Boolean);
  const at = pieces.map((each) => [text.indexOf(each), each.length]).filter(([begin]) => begin >= 0);
  if (!at.length) return line.marks.length ? [el("mark", {}, text)] : [text];
  const begin = Math.min(...at.map(([each]) => each));
  const end = Math.max(...at.map(([each, length]) => each + length));
  return [text.slice(0, begin), el("mark", {}, text.slice(begin, end)), text.slice(end)];
}
