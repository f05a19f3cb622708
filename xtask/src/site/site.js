// What the pages do beyond being read: search, comparison, and the reading of marks and cells. Each works on its own page alone.
"use strict";

const up = document.body.dataset.up ?? "";
const element = (id) => document.getElementById(id);

/** An element with text, and attributes. */
function made(name, text, attributes = {}) {
  const one = document.createElement(name);
  one.textContent = text;
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
}

function counted(count, noun) {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

// The search on the first page.
function search() {
  const box = element("search");
  if (!box || !window.stewsSearch) return;
  const most = 30;
  const entries = window.stewsSearch.map(([kind, name, page, more]) => ({ kind, name, page, text: `${name} ${more}`.toLowerCase() }));
  const rank = (entry, words) => {
    const name = entry.name.toLowerCase();
    if (name === words.join(" ")) return 0;
    return words.every((word) => name.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))) ? 1 : 2;
  };
  const show = () => {
    const words = element("query").value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length === 0 ? [] : entries.filter((entry) => words.every((word) => entry.text.includes(word)));
    const ranked = found.map((entry, place) => ({ entry, place, rank: rank(entry, words) }));
    ranked.sort((one, other) => one.rank - other.rank || one.place - other.place);
    const items = ranked.slice(0, most).map(({ entry }) => {
      const item = document.createElement("li");
      item.append(made("span", entry.kind), made("a", entry.name, { href: up + entry.page }));
      return item;
    });
    element("results").replaceChildren(...items);
    const shown = found.length > most ? `, the first ${most}` : "";
    element("found").textContent = words.length === 0 ? "" : found.length === 0 ? "nothing found" : `${found.length} found${shown}`;
  };
  element("query").addEventListener("input", show);
  box.hidden = false;
  show();
}

// The data of a product, loaded once.
const loading = new Map();
function product(id) {
  if (!loading.has(id)) {
    loading.set(id, new Promise((resolve, reject) => {
      const script = made("script", "", { src: `${up}data/products/${encodeURIComponent(id)}.js` });
      script.addEventListener("load", () => resolve(window.stewsProducts[id]));
      script.addEventListener("error", () => { loading.delete(id); reject(new Error(`the data of ${id} could not be loaded`)); });
      document.head.append(script);
    }));
  }
  return loading.get(id);
}

// The comparison of two servers.
function compare() {
  const form = element("compare");
  if (!form || !window.stewsProbes) return;
  const sides = ["one", "other"];
  let turn = 0;

  /** Fills the list of a side's versions, and chooses the one that is asked for, or the newest. */
  const choose = async (side, id, version) => {
    const data = await product(id);
    const select = element(`version-${side}`);
    select.replaceChildren(...data.behaviours.map((name, place) => made("option", name, { value: place })));
    const known = data.versions.find(([name]) => name === version);
    select.value = known ? known[1] : data.behaviours.length - 1;
  };

  /** What one side says of a probe: classes, words, notation. */
  const said = (data, place, probe) => (data.answers[probe]?.[place] ?? []).map((line) => data.lines[line]);

  const cell = (answers, others) => {
    const td = document.createElement("td");
    if (answers.length === 0) td.append(made("span", "not asked", { class: "muted" }));
    const seen = new Set();
    for (const [kind, words, text] of answers) {
      if (seen.has(kind)) continue;
      seen.add(kind);
      // Where the words are the same, only the exact answers differ.
      const hidden = others.some((other) => other[1] === words && other[0] !== kind);
      td.append(made("div", seen.size > 1 ? `at times ${words}` : words));
      if (hidden) td.append(made("code", text));
    }
    return td;
  };

  const row = ([probe, summary], one, other) => {
    const tr = document.createElement("tr");
    const th = made("th", "", { scope: "row" });
    th.append(made("a", String(probe), { href: `${up}probes/${probe}.html` }), `: ${summary}`);
    tr.append(th, cell(one, other), cell(other, one));
    return tr;
  };

  const show = async () => {
    const mine = ++turn;
    const ids = sides.map((side) => element(`product-${side}`).value);
    const data = await Promise.all(ids.map(product));
    if (mine !== turn) return;
    const places = sides.map((side) => Number(element(`version-${side}`).value));
    const onlyDefault = element("only-default").checked, onlyDifferences = element("only-differences").checked;
    let asked = 0, differing = 0;
    const rows = [];
    for (const probe of window.stewsProbes) {
      if (onlyDefault && !probe[2]) continue;
      const [one, other] = data.map((known, side) => said(known, places[side], probe[0]));
      if (one.length === 0 && other.length === 0) continue;
      const both = one.length > 0 && other.length > 0;
      const differs = both && one.every((line) => other.every((against) => against[0] !== line[0]));
      asked += both ? 1 : 0;
      differing += differs ? 1 : 0;
      if (differs || !onlyDifferences) rows.push(row(probe, one, other));
    }
    const names = data.map((known, side) => `${known.name} ${known.behaviours[places[side]].replace(/^\w+: /, "")}`);
    element("name-one").textContent = names[0];
    element("name-other").textContent = names[1];
    element("sides").tBodies[0].replaceChildren(...rows);
    element("sides").hidden = rows.length === 0;
    element("verdict").textContent = differing === 0
      ? `They answer all ${counted(asked, "probe")} alike that both were asked.`
      : `They answer ${differing} of ${counted(asked, "probe")} differently that both were asked.`;
    const key = (side) => `${ids[side]}@${data[side].versions.filter(([, place]) => place === places[side]).at(-1)[0]}`;
    history.replaceState(null, "", `#${key(0)},${key(1)}`);
  };

  const failed = (error) => { element("verdict").textContent = error.message; };
  const begin = async () => {
    const asked = decodeURIComponent(location.hash.slice(1)).split(",").map((text) => text.split("@"));
    const known = [...element("product-one").options].map((option) => option.value);
    const usual = ["ws", "gorilla"];
    for (const [place, side] of sides.entries()) {
      const [id, version] = asked[place] ?? [];
      const chosen = [id, usual[place], known[place]].find((wanted) => known.includes(wanted));
      element(`product-${side}`).value = chosen;
      await choose(side, chosen, chosen === id ? version : undefined);
    }
    await show();
  };
  for (const side of sides) {
    element(`product-${side}`).addEventListener("change", (event) => choose(side, event.target.value).then(show).catch(failed));
    element(`version-${side}`).addEventListener("change", () => show().catch(failed));
  }
  for (const box of ["only-default", "only-differences"]) element(box).addEventListener("change", () => show().catch(failed));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", () => begin().catch(failed));
  form.hidden = false;
  begin().catch(failed);
}

// The cells of the matrix, by pointer and by keyboard.
function matrix() {
  const box = element("matrix"), data = window.stewsMatrix;
  if (!box || !data) return;
  const width = Number(box.dataset.cellWidth), height = Number(box.dataset.cellHeight), head = Number(box.dataset.head);
  const cells = element("cells"), cursor = element("cursor");
  let at = null;
  const show = (row, column) => {
    if (row < 0 || column < 0 || row >= data.products.length || column >= data.probes.length) return;
    at = [row, column];
    cursor.setAttribute("transform", `translate(${column * width} ${head + row * height})`);
    cursor.setAttribute("visibility", "visible");
    const [probe, summary] = data.probes[column];
    const answer = data.texts[column][data.answers[row][column]];
    const others = answer && answer[1] - 1;
    const company = others === 0 ? "no other server answers so" : `so do ${others} more`;
    const readout = element("readout");
    readout.replaceChildren(
      made("b", data.products[row]), ", probe ", made("a", `${probe}: ${summary}`, { href: `probes/${probe}.html` }), ": ",
      answer ? `${answer[0]} (${others === 1 ? "so does 1 more" : company}).` : "not asked.",
    );
  };
  const place = (event) => {
    const from = cells.getBoundingClientRect();
    show(Math.floor((event.clientY - from.top - head) / height), Math.floor((event.clientX - from.left) / width));
  };
  cells.addEventListener("pointermove", place);
  cells.addEventListener("click", place);
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  box.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.target !== box) return;
    event.preventDefault();
    show(at ? at[0] + step[0] : 0, at ? at[1] + step[1] : 0);
    // The names stay where they are, and what is under them is not seen.
    const names = box.querySelector(".names").getBoundingClientRect().width;
    const [x, y] = [at[1] * width + names, head + at[0] * height];
    box.scrollTo({
      left: Math.max(Math.min(box.scrollLeft, x - names - width), x + 2 * width - box.clientWidth),
      top: Math.max(Math.min(box.scrollTop, y - head), y + 2 * height - box.clientHeight),
    });
  });
}

// The releases of a product: what a mark stands for, also where nothing can point at it but a finger.
function releases() {
  const readout = element("release");
  if (!readout) return;
  const show = (event) => {
    const text = event.target.closest(".ribbon .rel")?.title;
    if (text) readout.textContent = text;
  };
  for (const ribbon of document.querySelectorAll(".ribbon")) {
    ribbon.addEventListener("pointerover", show);
    ribbon.addEventListener("click", show);
  }
  readout.textContent = "Point at a mark to read which release it is.";
  readout.hidden = false;
}

search();
compare();
releases();
matrix();
document.documentElement.dataset.ready = "true";
