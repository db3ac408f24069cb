// What the page asks of the system, and tells it: JSON under /api/v1.

import { el, fill } from "./dom.js";
import { _ } from "./words.js";

const PREFIX = "/api/v1";

/** Why a request was not answered; `status` is 0 where nobody answered at all. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
  }
}

/**
 * Ask for a document.
 *
 * @param {string} path after /api/v1, such as "/files".
 * @param {object} query its parameters; an array says one several times, and null,
 *   undefined and "" are left out.
 * @param {AbortSignal} signal gives the question up.
 */
export function get(path, query = {}, signal = undefined) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) {
      if (each !== null && each !== undefined && each !== "") said.append(name, each);
    }
  }
  const tail = said.size ? `?${said}` : "";
  return answered(fetch(PREFIX + path + tail, { credentials: "same-origin", signal }));
}

/** Give an order; `body` is what its address takes. */
export function post(path, body = {}, signal = undefined) {
  return answered(
    fetch(PREFIX + path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    }),
  );
}

/** Show people what went wrong, until they have read it or go elsewhere. */
export function showProblem(error) {
  if (error.name === "AbortError") return;
  const region = document.getElementById("problem");
  const close = el("button", { type: "button", onclick: clearProblem }, _("Close"));
  const title = error.title ?? _("Something went wrong");
  const detail = error.message && error.message !== title ? `: ${error.message}` : "";
  fill(region, el("p", {}, el("strong", {}, title), detail), close);
}

export function clearProblem() {
  document.getElementById("problem").replaceChildren();
}

async function answered(asked) {
  let answer;
  try {
    answer = await asked;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, _("The system does not answer"), "");
  }
  const kind = answer.headers.get("Content-Type") ?? "";
  const isJson = /^application\/(problem\+)?json/.test(kind);
  const said = isJson ? await answer.json() : await answer.text();
  if (answer.ok) return said;
  if (isJson) throw new Problem(answer.status, said.title, said.detail);
  throw new Problem(answer.status, said.trim(), "");
}
