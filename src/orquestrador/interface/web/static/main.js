// The page: its views, and the way from one to the other.

import * as api from "./api.js";
import { el, fill, say, set } from "./dom.js";
import * as live from "./live.js";
import { showStatus } from "./status_line.js";
import { N_, _, learn } from "./words.js";

/**
 * Every view: its name in the address (`#/now`), its title, what loads it, and whether
 * the navigation leads to it. A view's module exports
 * `async function show(root, context)`, which may return a function that ends it.
 */
const VIEWS = [
  { name: "now", title: N_("Now"), load: () => import("./views/now.js"), listed: true },
  { name: "search", title: N_("Search"), load: () => import("./views/search.js"), listed: true },
  { name: "file", title: N_("File"), load: () => import("./views/file.js"), listed: false },
  { name: "snapshots", title: N_("Snapshots"), load: () => import("./views/snapshots.js"), listed: true },
  { name: "reports", title: N_("Reports"), load: () => import("./views/reports.js"), listed: true },
  { name: "actors", title: N_("Actors"), load: () => import("./views/actors.js"), listed: true },
  { name: "alerts", title: N_("Alerts"), load: () => import("./views/alerts.js"), listed: true },
  { name: "log", title: N_("Log"), load: () => import("./views/log.js"), listed: true },
];

const main = document.getElementById("main");
let current = null;

/**
 * What a view is given.
 *
 * - `rest`: what the address says after the view's name, decoded: `#/file/a%2Fb`
 * - `query`: its parameters, as URLSearchParams: `#/search?kind=expert`
 * - `get`, `post`: as in api.js, given up when the view is left
 * - `on`, `watch`: as in live.js, ended when the view is left
 * - `attempt(f)`: runs it, and shows people what it throws
 * - `title(text)`: says what the view shows, as its h1
 * - `remember(query)`: writes the parameters into the address, without a new view
 * - `signal`: aborted when the view is left
 */
class Context {
  constructor(place, heading) {
    const leaving = new AbortController();
    Object.assign(this, place, { heading, leaving, signal: leaving.signal, ends: [] });
  }

  get = (path, query) => api.get(path, query, this.signal);
  post = (path, body) => api.post(path, body, this.signal);
  on = (name, callback) => this.ends.push(live.on(name, callback));
  watch = (callback) => this.ends.push(live.watch(callback));

  attempt = async (action) => {
    try {
      return await action();
    } catch (error) {
      if (!this.signal.aborted) api.showProblem(error);
      return undefined;
    }
  };

  title = (text) => {
    say(this.heading, text);
    document.title = `${text} – orquestrador`;
  };

  remember = (query) => {
    const tail = query.toString() ? `?${query}` : "";
    const rest = this.rest ? `/${encodeURIComponent(this.rest)}` : "";
    history.replaceState(null, "", `#/${this.name}${rest}${tail}`);
  };

  leave() {
    this.leaving.abort();
    for (const end of this.ends.splice(0)) end();
  }
}

/** Return what an address means: the view's name, the rest, and the parameters. */
function placeOf(hash) {
  const [path, tail = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [name, ...rest] = path.split("/");
  return { name: name || "now", rest: rest.map(decoded).join("/"), query: new URLSearchParams(tail) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function go(isFirst) {
  const place = placeOf(location.hash);
  const view = VIEWS.find((each) => each.name === place.name) ?? VIEWS[0];
  current?.leave();
  api.clearProblem();
  const heading = el("h1", { tabindex: "-1" });
  const root = el("div", { class: `view ${view.name}` });
  const context = new Context({ ...place, name: view.name }, heading);
  current = context;
  context.title(_(view.title));
  mark(view.name);
  await context.attempt(async () => {
    const { show } = await view.load();
    if (current !== context) return;
    fill(main, heading, root);
    if (!isFirst) heading.focus();
    const end = await show(root, context);
    if (typeof end !== "function") return;
    if (current === context) context.ends.push(end);
    else end();
  });
}

function navigation() {
  const links = VIEWS.filter((each) => each.listed).map((each) =>
    el("li", {}, el("a", { href: `#/${each.name}`, "data-view": each.name }, _(each.title))),
  );
  const nav = document.getElementById("views");
  fill(nav, el("ul", {}, ...links));
  nav.hidden = false;
}

function mark(name) {
  for (const link of document.querySelectorAll("#views a")) {
    set(link, "aria-current", link.dataset.view === name ? "page" : null);
  }
}

function skip(event) {
  event.preventDefault();
  current?.heading.focus();
}

await learn().catch(api.showProblem);
navigation();
showStatus(document.getElementById("status"));
live.begin();
document.getElementById("skip").addEventListener("click", skip);
window.addEventListener("hashchange", () => location.hash.startsWith("#/") && go(false));
window.addEventListener("unhandledrejection", (event) => api.showProblem(event.reason));
await go(true);
