
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("columns").textContent);
  const place = document.getElementById("files");
  const language = document.documentElement.lang;
  const numbers = new Intl.NumberFormat(language);
  const decimals = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const collator = new Intl.Collator(language);
  const LANGUAGE = 0, KIND = 1, PRIMARY = 2, STRATEGIES = 3, LABELS = 4, SYMBOLS = 5, TIMEFRAMES = 6, VERDICT = 7, SCORE = 8, QUALITY = 9, SIZE = 10, REASON = 11;
  const { folder, name, content } = data.files;
  const total = name.length;
  const label = (number) => (number < 0 ? "" : data.labels[number]);
  const code = (number) => data.codes[number];
  const copies = new Int32Array(data.contents.length);
  for (const each of content) copies[each] += 1;

  const size = (bytes) => {
    if (bytes < 1000) return numbers.format(bytes) + " B";
    let value = bytes / 1000, unit = "kB";
    for (const larger of ["MB", "GB", "TB"]) {
      if (value < 1000) break;
      value /= 1000;
      unit = larger;
    }
    return decimals.format(value) + " " + unit;
  };
  const path = (file) => (data.folders[folder[file]] ? data.folders[folder[file]] + "/" : "") + name[file];

  // What a search looks through: without case and accents.
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const folders = data.folders.map(plain);
  const names = name.map(plain);
  const contents = data.contents.map((each) => plain([...each[SYMBOLS].map(code), label(each[REASON])].join(" ")));
  const matches = (file, words) => words.every((word) =>
    names[file].includes(word) || folders[folder[file]].includes(word) || contents[content[file]].includes(word));

  const one = (field) => (each) => (each[field] < 0 ? [] : [each[field]]);
  const facets = {
    language: { values: one(LANGUAGE), text: label },
    kind: { values: one(KIND), text: label },
    strategy: { values: (each) => each[STRATEGIES], text: label },
    label: { values: (each) => each[LABELS], text: label },
    symbol: { values: (each) => each[SYMBOLS], text: code },
    timeframe: { values: (each) => each[TIMEFRAMES], text: code },
    verdict: { values: one(VERDICT), text: label },
  };
  for (const select of place.querySelectorAll("select")) {
    const facet = facets[select.dataset.facet];
    facet.select = select;
    facet.of = data.contents.map(facet.values);
    facet.options = new Map();
    const values = [...new Set(facet.of.flat())];
    values.sort((a, b) => collator.compare(facet.text(a), facet.text(b)));
    for (const value of values) {
      const option = document.createElement("option");
      option.value = String(value);
      facet.options.set(value, option);
      select.append(option);
    }
  }
  const facetList = Object.values(facets);

  const search = place.querySelector("input[type=search]");
  const once = place.querySelector("input[type=checkbox]");
  const count = place.querySelector("[role=status]");
  const view = place.querySelector(".view");
  const table = view.querySelector("table");
  const body = view.querySelector("tbody");
  const heads = [...view.querySelectorAll("th")];
  const rowClasses = heads.map((head) => head.className);
  let found = [];
  let order = { key: "path", down: false };

  const keys = {
    path: null,
    language: (each) => label(each[LANGUAGE]),
    kind: (each) => label(each[KIND]),
    primary: (each) => label(each[PRIMARY]),
    labels: (each) => each[LABELS].length,
    score: (each) => each[SCORE],
    quality: (each) => each[QUALITY],
    size: (each) => each[SIZE],
    copies: (_each, number) => copies[number],
  };

  const inOrder = (files) => {
    const key = keys[order.key];
    if (key === null) return order.down ? files.reverse() : files;
    const values = data.contents.map(key);
    const sign = order.down ? -1 : 1;
    const compare = typeof values[0] === "string" ? collator.compare : (a, b) => a - b;
    return files.sort((a, b) => sign * compare(values[content[a]], values[content[b]]) || a - b);
  };

  const filter = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const wanted = facetList.map((facet) => (facet.select.value === "" ? null : Number(facet.select.value)));
    // Of each content: how many facets are against it, and the last that is.
    const against = new Uint8Array(data.contents.length);
    const refused = new Int8Array(data.contents.length).fill(-1);
    wanted.forEach((value, place) => {
      if (value === null) return;
      facetList[place].of.forEach((values, number) => {
        if (values.includes(value)) return;
        against[number] += 1;
        refused[number] = place;
      });
    });
    const seen = new Int32Array(data.contents.length);
    found = [];
    for (let file = 0; file < total; file += 1) {
      const number = content[file];
      if (against[number] > 1 || (words.length && !matches(file, words))) continue;
      if (once.checked && seen[number]) continue;
      seen[number] += 1;
      if (!against[number]) found.push(file);
    }
    facetList.forEach((facet, place) => {
      // What each choice would find, the others being as they are.
      const counts = new Map();
      seen.forEach((files, number) => {
        if (!files || (against[number] && refused[number] !== place)) return;
        for (const value of facet.of[number]) counts.set(value, (counts.get(value) || 0) + files);
      });
      for (const [value, option] of facet.options) {
        const files = counts.get(value) || 0;
        option.textContent = facet.text(value) + " (" + numbers.format(files) + ")";
        option.hidden = option.disabled = !files && wanted[place] !== value;
      }
    });
    found = inOrder(found);
    count.textContent = place.dataset.count.replace("{shown}", numbers.format(found.length)).replace("{all}", numbers.format(total));
    table.setAttribute("aria-rowcount", String(found.length + 1));
    view.scrollTop = 0;
    draw();
  };

  const cell = (row, at, text) => {
    const made = row.insertCell();
    made.className = rowClasses[at];
    made.append(text);
    return made;
  };
  const gap = (rows, height) => {
    const row = document.createElement("tr");
    row.className = "gap";
    row.setAttribute("aria-hidden", "true");
    const made = row.insertCell();
    made.colSpan = heads.length;
    made.style.height = rows * height + "px";
    return row;
  };
  const drawn = (file, at) => {
    const each = data.contents[content[file]];
    const row = document.createElement("tr");
    row.setAttribute("aria-rowindex", String(at + 2));
    const button = document.createElement("button");
    button.type = "button";
    button.className = "name";
    button.dataset.file = String(file);
    button.textContent = name[file];
    const where = document.createElement("span");
    where.className = "folder";
    where.textContent = data.folders[folder[file]];
    cell(row, 0, button).append(where);
    cell(row, 1, label(each[LANGUAGE]));
    cell(row, 2, label(each[KIND]));
    cell(row, 3, label(each[PRIMARY]) || label(each[REASON]));
    const labels = each[LABELS].map(label);
    const clamped = document.createElement("div");
    clamped.textContent = labels.join(", ");
    cell(row, 4, clamped);
    cell(row, 5, each[SCORE] < 0 || !label(each[VERDICT]) ? "" : numbers.format(each[SCORE]));
    cell(row, 6, each[QUALITY] < 0 ? "" : numbers.format(each[QUALITY]));
    cell(row, 7, size(each[SIZE]));
    cell(row, 8, numbers.format(copies[content[file]] - 1));
    return row;
  };
  const draw = () => {
    const height = parseFloat(getComputedStyle(view).getPropertyValue("--row"));
    const first = Math.max(0, Math.floor(view.scrollTop / height) - 8);
    const last = Math.min(found.length, Math.ceil((view.scrollTop + view.clientHeight) / height) + 8);
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.file : undefined;
    const rows = [gap(first, height)];
    for (let at = first; at < last; at += 1) rows.push(drawn(found[at], at));
    rows.push(gap(found.length - last, height));
    body.replaceChildren(...rows);
    if (focused !== undefined) {
      const again = body.querySelector('[data-file="' + focused + '"]');
      if (again) again.focus({ preventScroll: true });
      else view.focus({ preventScroll: true });
    }
  };

  const dialog = place.querySelector("dialog");
  const fields = [...document.getElementById("fields").children].map((each) => each.textContent);
  const show = (file) => {
    const each = data.contents[content[file]];
    const told = [label(each[LANGUAGE]), label(each[KIND]), each[STRATEGIES].map(label), each[LABELS].map(label),
      each[SYMBOLS].map(code).join(", "), each[TIMEFRAMES].map(code).join(", "),
      label(each[VERDICT]) && label(each[VERDICT]) + (each[SCORE] < 0 ? "" : " (" + each[SCORE] + ")"),
      each[QUALITY] < 0 ? "" : String(each[QUALITY]), size(each[SIZE]), label(each[REASON])];
    const list = dialog.querySelector("dl");
    list.replaceChildren();
    const add = (title, value) => {
      const term = document.createElement("dt");
      term.textContent = title;
      const text = document.createElement("dd");
      text.className = "path";
      for (const line of Array.isArray(value) ? value : [value]) {
        const part = document.createElement("div");
        part.textContent = line;
        text.append(part);
      }
      list.append(term, text);
    };
    add(place.dataset.path, path(file));
    told.forEach((value, at) => value.length && add(fields[at], value));
    const others = [];
    for (let other = 0; other < total && others.length < 100; other += 1) {
      if (content[other] === content[file] && other !== file) others.push(path(other));
    }
    add(place.dataset.copies, others.length ? others : place.dataset.none);
    dialog.showModal();
    dialog.scrollTop = 0;
  };

  place.querySelector("form").addEventListener("input", filter);
  place.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  place.querySelector("form").addEventListener("reset", () => setTimeout(filter));
  view.querySelector("thead").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const key = button.dataset.sort;
    order = { key, down: order.key === key && !order.down };
    for (const head of heads) head.removeAttribute("aria-sort");
    button.closest("th").setAttribute("aria-sort", order.down ? "descending" : "ascending");
    filter();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button.name");
    if (button) show(Number(button.dataset.file));
  });
  let waiting = false;
  view.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  });
  addEventListener("resize", draw);
  place.hidden = false;
  heads[0].setAttribute("aria-sort", "ascending");
  filter();
})();
