// Parts that the library's views have in common: fields, sections, links to files.

import { el, fill } from "./dom.js";
import { _, label, ngettext, number } from "./words.js";

/** Make a control with its name; what it is about is read out with it. */
export const field = (text, control) => el("label", {}, el("span", {}, text), control);

/** Make a box to tick with its name. */
export const tick = (text, control) => el("label", { class: "check" }, control, el("span", {}, text));

/** Make a choice; `options` are [value, text] pairs. */
export const choice = (name, options, props = {}) =>
  el("select", { name, ...props }, ...options.map(([value, text]) => el("option", { value }, text)));

/** Return codes as the options of a choice, in front of them one that chooses none. */
export const codeOptions = (codes, none) => [["", none], ...codes.map((code) => [code, label(code)])];

/** Make a section with its heading. */
export function section(id, title, ...children) {
  return el("section", { "aria-labelledby": id }, el("h2", { id }, title), ...children);
}

/** Make a button. */
export const button = (text, onclick, props = {}) => el("button", { type: "button", onclick, ...props }, text);

/** Return the address of a file's view. */
export const fileAddress = (path) => `#/file/${encodeURIComponent(path)}`;

/** Make a link to a file; its name is text, whatever it is. */
export const fileLink = (path) => el("a", { href: fileAddress(path), class: "path" }, path);

/** Return what a restore has done, in words. */
export function restoredWords(result) {
  const parts = [
    ngettext("{count} file written to {folder}", "{count} files written to {folder}", result.written, { folder: result.to }),
    _("{count} stood there already", { count: number(result.unchanged) }),
  ];
  const refused = result.refused.length + (result.refused_more ?? 0);
  if (refused) parts.push(_("{count} refused", { count: number(refused) }));
  if (result.removed) parts.push(_("{count} removed that were not there", { count: number(result.removed) }));
  return `${parts.join(", ")}.`;
}

/** Show what a restore has refused. */
export function showRefused(root, result) {
  const refused = (result.refused ?? []).slice(0, 20);
  fill(root, ...refused.map((each) => el("li", { class: "bad" }, `${each.path}: ${each.reason}`)));
}
