// What happens, as it happens: one stream of events, and how the system is.
//
// Neither runs while the page is hidden: nothing piles up in a tab that nobody sees.

import { get } from "./api.js";
import { say } from "./dom.js";
import { _ } from "./words.js";

const STREAM = "/api/v1/events";
const RETRY_MS = [1000, 2000, 5000, 10000];
/** Between two questions while something is going on, and while nothing is: events
 * tell of what begins. */
const BUSY_MS = 2000;
const REST_MS = 5000;
/** Several events at once are followed by one question. */
const SETTLE_MS = 250;
const BACK_MS = 5000;

const listeners = new Map();
const watchers = new Set();
const NEWS = [
  "ChildStarted", "ChildFailed", "ChildStopped", "ChildStuck", "AlertChanged",
  "RunStarted", "RunFinished", "SnapshotFinished", "WatcherState", "Missed",
];

let stream = null;
let tries = 0;
let retry = null;
let refresh = null;
let asking = false;
let latest = null;
let isLost = false;
let backTimer = null;

/**
 * Hear an event of the system by its type's name, such as "RunProgressed".
 *
 * "Connected" comes with each beginning of the stream: what was told meanwhile is
 * lost, so whoever shows something asks for it anew.
 *
 * @returns {() => void} ends it.
 */
export function on(name, callback) {
  if (!listeners.has(name)) {
    listeners.set(name, new Set());
    stream?.addEventListener(name, hear);
  }
  listeners.get(name).add(callback);
  return () => listeners.get(name).delete(callback);
}

/** Hear how the system is, now and again every few seconds: the status document. */
export function watch(callback) {
  watchers.add(callback);
  if (latest !== null) callback(latest);
  return () => watchers.delete(callback);
}

/** Ask how the system is soon; it is told to all who `watch`. */
export function refreshSoon() {
  plan(SETTLE_MS);
}

/** Return how the system was when it was asked last; null before. */
export const status = () => latest;

/** Begin; once. */
export function begin() {
  for (const name of NEWS) on(name, refreshSoon);
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : wake()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  if (!document.hidden) wake();
}

function wake() {
  if (stream === null) connect();
  plan(0);
}

function rest() {
  clearTimeout(retry);
  clearTimeout(refresh);
  refresh = null;
  stream?.close();
  stream = null;
}

function connect() {
  clearTimeout(retry);
  stream?.close();
  stream = new EventSource(STREAM);
  stream.addEventListener("open", connected);
  stream.addEventListener("error", disconnected);
  for (const name of listeners.keys()) {
    if (name !== "Connected") stream.addEventListener(name, hear);
  }
}

function connected() {
  tries = 0;
  if (isLost) {
    isLost = false;
    banner(_("The connection is back."), "back");
    backTimer = setTimeout(() => banner("", ""), BACK_MS);
  }
  tell("Connected", {});
  refreshSoon();
}

function disconnected() {
  // A page that is left ends its streams too.
  if (stream === null || document.hidden) return;
  stream.close();
  lose();
  retry = setTimeout(connect, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
  tries += 1;
}

function lose() {
  clearTimeout(backTimer);
  if (!isLost) {
    isLost = true;
    banner(_("The connection is lost; what you see is old. Trying again …"), "lost");
    tell("Lost", {});
  }
}

function banner(text, kind) {
  const region = document.getElementById("connection");
  region.className = kind;
  say(region, text);
}

function hear(event) {
  tell(event.type, JSON.parse(event.data));
}

function tell(name, event) {
  for (const each of listeners.get(name) ?? []) each(event);
}

function plan(delay) {
  if (document.hidden) return;
  clearTimeout(refresh);
  refresh = setTimeout(ask, delay);
}

async function ask() {
  refresh = null;
  if (asking) return;
  asking = true;
  try {
    latest = await get("/status");
    for (const each of watchers) each(latest);
    // It answers again: its stream need not wait for its next try.
    if (stream?.readyState === EventSource.CLOSED) connect();
  } catch (error) {
    if (error.status === 401) {
      lose();
      banner(_("You are not let in any more: run `orquestrador open page`."), "lost");
    } else if (error.status !== 0 && error.status !== 503) throw error;
  } finally {
    asking = false;
    if (refresh === null) plan(isLost || latest?.run ? BUSY_MS : REST_MS);
  }
}
