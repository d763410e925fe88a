"use strict";
// Tables that sort, filter and turn their pages. The rows lie packed in the page (packing.py); all that is shown is text.
(() => {
  const ROWS = Number(document.querySelector("main").dataset.shown); // at a time; as many as the page has as HTML
  const UNKNOWN = "\u2014";
  const collator = new Intl.Collator("en", { numeric: true });
  const told = count => count.toLocaleString("en");
  const counted = (some, all) => `${some === all ? "" : `${told(some)} of `}${told(all)} row${all === 1 ? "" : "s"}`;

  async function unpacked(element) {
    const packed = atob(element.textContent), bytes = new Uint8Array(packed.length);
    for (let at = 0; at < packed.length; at++) bytes[at] = packed.charCodeAt(at);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // Each word is told as the number of letters that it shares with the one before, and the rest.
  function spelled(told) {
    let word = "";
    return told === "" ? [] : told.split("\n").map(one => (word = word.slice(0, one.charCodeAt(0) - 48) + one.slice(1)));
  }

  // The first planes of four bytes: the lowest byte of all places, the next, ...
  function joined(planes, length) {
    const places = new Uint32Array(length);
    for (let row = 0; row < length; row++)
      places[row] = planes[row] | planes[length + row] << 8 | planes[2 * length + row] << 16 | planes[3 * length + row] << 24;
    return places;
  }

  class Column {
    constructor(head, told, places) {
      Object.assign(this, { head, told, places, name: head.textContent, kind: head.dataset.kind });
    }
    get words() { return this.spelled ??= spelled(this.told); }
    word(row) { return this.words[this.places[row]] ?? UNKNOWN; }

    // The rank of each place: of numbers, times and states it is the place itself.
    get ranks() {
      if (this.ranked || this.kind !== "text") return this.ranked;
      const order = this.words.map((_, place) => place).sort((one, other) => collator.compare(this.words[one], this.words[other]));
      this.ranked = new Uint32Array(order.length);
      order.forEach((place, rank) => { this.ranked[place] = rank; });
      return this.ranked;
    }

    // Rows in order, what is unknown last either way, what is equal as it was.
    sorted(rows, sign) {
      const { places, ranks, words: { length: unknown } } = this;
      const known = rows.filter(row => places[row] < unknown);
      known.sort((one, other) => sign * (ranks ? ranks[places[one]] - ranks[places[other]] : places[one] - places[other]));
      const order = new Uint32Array(rows.length);
      order.set(known);
      order.set(rows.filter(row => places[row] >= unknown), known.length);
      return order;
    }

    // For each place whether its word holds what is sought; nothing if none does.
    hits(sought) {
      this.folded ??= this.kind === "number" ? this.words : this.words.map(word => word.toLowerCase());
      const found = this.folded.map(word => word.includes(sought));
      return found.includes(true) ? found : null;
    }
  }

  class Table {
    static async of(section) {
      const [words, planes] = await Promise.all([".words", ".places"].map(name => unpacked(section.querySelector(name))));
      const told = new TextDecoder().decode(words).split("\f");
      const heads = [...section.querySelectorAll("th")], length = planes.length / 4 / heads.length;
      return new Table(section, length, heads.map((head, at) =>
        new Column(head, told[at], joined(planes.subarray(at * 4 * length), length))));
    }

    constructor(section, length, columns) {
      Object.assign(this, { columns, length, first: 0 });
      for (const name of ["tbody", ".count", ".turn", ".back", ".on", ".box"]) this[name.replace(".", "")] = section.querySelector(name);
      this.order = Uint32Array.from({ length }, (_, row) => row);
      this.rows = this.order;
      this.wanted = null;
      this.back.onclick = () => this.turned(-ROWS);
      this.on.onclick = () => this.turned(ROWS);
      for (const column of columns) this.headed(column);
      this.counted();
    }

    headed(column) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: column.name });
      button.onclick = () => this.sort(column);
      column.head.replaceChildren(button);
    }

    sort(column) {
      const way = { ascending: "descending", descending: "" }[column.head.getAttribute("aria-sort")] ?? "ascending";
      for (const { head } of this.columns) head.removeAttribute("aria-sort");
      if (way) column.head.setAttribute("aria-sort", way);
      this.order = way ? column.sorted(this.order, way === "ascending" ? 1 : -1) : Uint32Array.from(this.order).sort();
      this.filter();
    }

    // Keeps the rows that hold every word, each in some column; name: in that one only.
    filter(sought = this.sought ?? [], name = this.name ?? "") {
      Object.assign(this, { sought, name, first: 0 });
      const looked = this.columns.filter(column => !name || column.name === name);
      const tests = sought.map(word => looked.flatMap(column => {
        const hits = column.hits(word);
        return hits ? [[column.places, hits]] : [];
      }));
      this.rows = tests.length ? this.order.filter(row => tests.every(test => test.some(([places, hits]) => hits[places[row]]))) : this.order;
      this.shown();
    }

    turned(by) {
      this.first += by;
      this.shown();
      this.box.scrollTop = 0;
    }

    shown() {
      this.tbody.replaceChildren(...Array.from(this.rows.subarray(this.first, this.first + ROWS), row => this.drawn(row)));
      this.counted();
    }

    drawn(row) {
      const line = document.createElement("tr");
      for (const column of this.columns) line.append(cell(column.kind, column.word(row)));
      return line;
    }

    counted() {
      const { first, rows: { length } } = this, last = Math.min(first + ROWS, length);
      const part = length > ROWS ? `${told(first + 1)}\u2013${told(last)} of ` : "";
      this.count.textContent = part + counted(length, this.length);
      this.turn.hidden = length <= ROWS;
      this.back.disabled = first === 0;
      this.on.disabled = last === length;
    }
  }

  function cell(kind, word) {
    const made = document.createElement("td"), space = word.indexOf(" ");
    made.className = kind;
    if (kind !== "state" || space < 0) made.textContent = word;
    else {
      made.dataset.state = word.slice(space + 1);
      made.append(word.slice(0, space), Object.assign(document.createElement("span"), { className: "unseen", textContent: word.slice(space) }));
    }
    return made;
  }

  function themed(button) {
    const root = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)");
    const dark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
    const named = () => { button.textContent = dark() ? "Light" : "Dark"; };
    button.onclick = () => { root.dataset.theme = dark() ? "light" : "dark"; named(); };
    system.onchange = named;
    named();
  }

  function filtering(tools, tables) {
    const box = tools.querySelector("input"), choice = tools.querySelector("select"), output = tools.querySelector("output");
    const names = new Set(tables.flatMap(table => table.columns.map(column => column.name)));
    choice.append(...Array.from(names, name => new Option(name, name)));
    const all = tables.reduce((sum, table) => sum + table.length, 0);
    const filter = () => {
      const sought = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const table of tables) table.filter(sought, choice.value);
      output.textContent = sought.length ? counted(tables.reduce((sum, table) => sum + table.rows.length, 0), all) : "";
    };
    box.oninput = choice.onchange = filter;
    tools.onsubmit = event => event.preventDefault();
    document.onkeydown = event => {
      if (event.key === "/" && !event.target.closest("input, select")) { event.preventDefault(); box.focus(); box.select(); }
      if (event.key === "Escape" && event.target === box) { box.value = ""; filter(); }
    };
  }

  async function start() {
    const tools = document.querySelector(".tools"), sections = [...document.querySelectorAll("section.data:has(table)")];
    themed(tools.querySelector(".theme"));
    filtering(tools, await Promise.all(sections.map(Table.of)));
    tools.hidden = false;
  }
  start();
})();
