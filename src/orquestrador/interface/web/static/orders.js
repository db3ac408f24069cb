// The buttons of the system's work, and what came of each order.

import { el, keep, set, say } from "./dom.js";
import { refreshSoon } from "./live.js";
import { _, bytes, clock, duration, ngettext } from "./words.js";

/** Answers kept on the screen. */
const MOST_ANSWERS = 6;

/** Show the buttons, for as long as the view is there. */
export function showOrders(root, context) {
  const answers = new Answers();
  const waiting = new Map();
  const state = el("p", { class: "warn" });

  const busy = new Set();

  const order = async (button, path, body, ordered, ended) => {
    // Not disabled: that would take the focus away.
    if (busy.has(button)) return;
    busy.add(button);
    const answer = answers.add(ordered);
    const taken = await context.attempt(() => context.post(path, body));
    busy.delete(button);
    if (taken === undefined) answers.change(answer, _("{order} It was not taken.", { order: ordered }));
    else ended(answer, taken);
    refreshSoon();
  };
  const until = (answer, taken) => waiting.set(taken.token, answer);
  const end = (event, text) => {
    const answer = waiting.get(event.token);
    if (answer === undefined) return;
    waiting.delete(event.token);
    answers.change(answer, event.problem ? `${text} ${event.problem}` : text);
  };

  const classify = button(_("Classify"), () =>
    order(classify, "/runs", {}, _("The library is being classified …"), until),
  );
  const backup = button(_("Back up"), () =>
    order(backup, "/snapshots", {}, _("A snapshot of the library is being taken …"), until),
  );
  const pause = button(_("Pause"), () =>
    order(pause, "/pause", { paused: true }, _("The work is being paused …"), (answer) =>
      answers.change(answer, _("Paused: what is saved from now on waits until you resume.")),
    ),
  );
  const resume = button(_("Resume"), () =>
    order(resume, "/pause", { paused: false }, _("The work is being resumed …"), (answer) =>
      answers.change(answer, _("The work goes on.")),
    ),
  );
  resume.hidden = true;
  context.on("RunFinished", (event) => end(event, finishedWords(event)));
  context.on("SnapshotFinished", (event) => end(event, snapshotWords(event)));
  context.on("RunLost", (event) => end({ ...event, problem: event.reason }, _("It was given up:")));
  context.watch((status) => {
    const [shown, gone] = status.paused ? [resume, pause] : [pause, resume];
    // A button that goes away must not take the keyboard's place with it.
    const hadFocus = document.activeElement === gone;
    set(shown, "hidden", false);
    set(gone, "hidden", true);
    if (hadFocus) shown.focus();
    say(state, status.paused ? _("The work is paused.") : "");
  });
  root.append(
    state,
    el("div", { class: "buttons", role: "group", "aria-label": _("Orders") }, classify, backup, pause, resume),
    answers.root,
  );
}

/** What came of the last orders; read out as it changes. */
class Answers {
  constructor() {
    this.list = el("ol", { class: "answers" });
    this.root = el("div", { role: "log", "aria-label": _("What came of your orders") }, this.list);
    this.known = [];
    this.count = 0;
  }

  add(text) {
    this.count += 1;
    const answer = { key: this.count, text, at: Date.now() / 1000 };
    this.known = [answer, ...this.known].slice(0, MOST_ANSWERS);
    this.show();
    return answer;
  }

  change(answer, text) {
    Object.assign(answer, { text, at: Date.now() / 1000 });
    this.show();
  }

  show() {
    keep(
      this.list,
      this.known,
      (each) => each.key,
      () => el("li"),
      (item, each) => say(item, `${clock(each.at)} ${each.text}`),
    );
  }
}

const button = (text, onclick) => el("button", { type: "button", onclick }, text);

function finishedWords(event) {
  const files = ngettext("{count} file", "{count} files", event.files);
  const contents = ngettext("{count} content classified", "{count} contents classified", event.classified);
  const problems = ngettext("{count} problem", "{count} problems", event.problems);
  const time = duration(event.duration_s);
  return _("Classified: {files}, {contents}, {problems}, in {time}.", { files, contents, problems, time });
}

function snapshotWords(event) {
  if (event.problem) return _("No snapshot was taken:");
  if (event.snapshot === null) return _("Nothing has changed since the newest snapshot.");
  return _("Snapshot {id} was taken: {files}, {size}.", {
    id: event.snapshot.id,
    files: ngettext("{count} file", "{count} files", event.snapshot.files),
    size: bytes(event.snapshot.bytes),
  });
}
