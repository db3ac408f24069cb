// The language of the place: texts, numbers and times. English without its words.

let language = "en";
let texts = {};
let plurals = {};
let labels = {};
let alerts = {};
let reasons = {};
let rules = new Intl.PluralRules("en");
const formats = new Map();

/** Learn the language that the server speaks; before anything is shown. */
export async function learn() {
  const answer = await fetch("/words.json", { credentials: "same-origin" });
  if (!answer.ok) return;
  ({ language, texts, plurals, labels, alerts, reasons } = await answer.json());
  rules = new Intl.PluralRules(language);
  formats.clear();
}

/** Mark a text that is translated where it is shown: for what is made before `learn`. */
export const N_ = (text) => text;

/** Return an English text in the language; `{name}` in it is filled in. */
export function _(text, values = {}) {
  return filled(texts[text] ?? text, values);
}

/** Return the form that fits `count`; `{count}` is filled in as a number. */
export function ngettext(singular, plural, count, values = {}) {
  const [one, many] = plurals[singular] ?? [singular, plural];
  const text = rules.select(count) === "one" ? one : many;
  return filled(text, { count: number(count), ...values });
}

/** Return what people call a label's code: a strategy, kind, risk or language. */
export const label = (code) => labels[code] ?? code;

/** Return what people call an alert's rule; the user's own have the names he gave. */
export const alertName = (rule) => alerts[rule] ?? rule;

/** Return why a snapshot was taken; an id may follow what is known. */
export function snapshotReason(reason) {
  const known = Object.keys(reasons).find((each) => reason === each || reason.startsWith(`${each} `));
  return known === undefined ? reason : reasons[known] + reason.slice(known.length);
}

/** Return a number with the language's separators. */
export function number(value, decimals = 0) {
  return format(Intl.NumberFormat, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value);
}

/** Return a share of 100 as text. */
export const percent = (value, decimals = 1) => `${number(value, decimals)} %`;

/** Return so many bytes in the unit that suits them. */
export function bytes(count) {
  let value = count;
  let unit = "B";
  for (const larger of ["kB", "MB", "GB", "TB"]) {
    if (value < 1000) break;
    value /= 1000;
    unit = larger;
  }
  return `${number(value, unit === "B" || value >= 100 ? 0 : 1)} ${unit}`;
}

/** Return a time in the largest unit that leaves at least two of it. */
export function duration(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= 2 * size) return `${number(seconds / size)} ${unit}`;
  }
  if (seconds >= 1 || seconds === 0) {
    const whole = seconds >= 10 || Number.isInteger(seconds);
    return `${number(seconds, whole ? 0 : 1)} s`;
  }
  return `${number(seconds * 1000, 1)} ms`;
}

/** Return a moment, seconds since the epoch, as day and time. */
export const moment = (seconds) =>
  format(Intl.DateTimeFormat, { dateStyle: "short", timeStyle: "medium" }).format(seconds * 1000);

/** Return a moment of today as its time alone. */
export const clock = (seconds) =>
  format(Intl.DateTimeFormat, { timeStyle: "medium" }).format(seconds * 1000);

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (blank, name) => values[name] ?? blank);
}

function format(Kind, options) {
  const key = Kind.name + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Kind(language, options));
  return formats.get(key);
}
