// Elements, made of text and other elements alone: nothing is ever read as HTML.

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "open", "max", "hidden", "indeterminate"]);

/**
 * Make an element.
 *
 * @param {string} tag its name, such as "p".
 * @param {object} props attributes by name; `on…` are listeners ("onclick"), `class`
 *   and `aria-…` as in HTML; null, undefined and false are left out.
 * @param {...any} children nodes, texts, numbers, or arrays of them; null is left out.
 */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else set(made, name, value);
  }
  made.append(...nodes(children));
  return made;
}

/** Set an attribute or property; null, undefined and false take an attribute away. */
export function set(element, name, value) {
  // An option without the attribute has its text as its value.
  if (PROPERTIES.has(name) && !(name === "value" && element.tagName === "OPTION")) {
    if (element[name] !== value) element[name] = value ?? "";
  } else if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else {
    const text = value === true ? "" : String(value);
    if (name === "href" && !/^(#|\/(?!\/))/.test(text)) {
      throw new TypeError(`a link leads to this page alone, not to ${text}`);
    }
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/** Make `text` what an element says, if it is not already. */
export function say(element, text) {
  const said = String(text ?? "");
  if (element.textContent !== said) element.textContent = said;
}

/** Put these in the place of all that an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * Keep a list of elements in step with a list of things: what stays is not made anew,
 * so that focus, selection and memory stay too.
 *
 * @param {Element} parent holds nothing else.
 * @param {Iterable} things what to show, in order.
 * @param {(thing) => string} key names one of them.
 * @param {(thing) => Element} make makes the element of a new one.
 * @param {(element, thing) => void} update brings an element up to date.
 */
export function keep(parent, things, key, make, update) {
  const known = new Map([...parent.children].map((each) => [each.dataset.key, each]));
  let place = parent.firstElementChild;
  for (const thing of things) {
    const name = String(key(thing));
    let element = known.get(name);
    if (element === undefined) {
      element = make(thing);
      element.dataset.key = name;
    }
    known.delete(name);
    update(element, thing);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const gone of known.values()) gone.remove();
}

/**
 * Make a table that scrolls sideways by itself where the screen is narrow.
 *
 * @param {string} caption says what it is; for those who do not see the page around it.
 * @param {Array<string|{text: string, number: boolean}>} heads of its columns.
 * @param {Element} body its `tbody`; a new one without it.
 */
export function table(caption, heads, body = el("tbody")) {
  const columns = heads.map((each) =>
    typeof each === "string"
      ? el("th", { scope: "col" }, each)
      : el("th", { scope: "col", class: each.number ? "number" : null }, each.text),
  );
  return el(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", { class: "unseen" }, caption),
      el("thead", {}, el("tr", {}, ...columns)),
      body,
    ),
  );
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((each) => each !== null && each !== undefined && each !== false)
    .map((each) => (each instanceof Node ? each : document.createTextNode(String(each))));
}
