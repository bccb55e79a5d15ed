"use strict";
// The report of `seq2seq evaluate`: the theme, the heat maps of attention, and the browser of sentences.

const PAGE = 20; // sentences shown at once
const WORD_BEGIN = "\u2581"; // how SentencePiece marks the beginning of a word
const END = "</s>";
const MIDDLE_FROM = 17; // pieces on an axis; smaller cells from there on
const DENSE_FROM = 30; // smaller ones still, without numbers
const STRONG = 45; // percent whose cells need light figures

const data = JSON.parse(document.getElementById("data").textContent);
const several = data.systems.length > 1;

function element(tag, properties = {}, ...children) {
  const { data: attributes = {}, ...own } = properties;
  const made = Object.assign(document.createElement(tag), own);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const number = (value) => value.toLocaleString("en");
const chip = (place) => element("span", { className: `chip series-${place % 8}`, data: { "aria-hidden": "true" } });
const systemName = (place) => element("span", { className: "system" }, chip(place), element("bdi", {}, data.systems[place]));

function option(value, text) {
  return element("option", { value }, text);
}

function labelled(text, control, className = "") {
  return element("label", { className }, text, control);
}

// --- theme -----------------------------------------------------------------------------------------------------------

const THEMES = ["auto", "light", "dark"];

function storedTheme() {
  try { return localStorage.getItem("seq2seq-report-theme"); } catch { return null; } // a file may have no storage
}

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.textContent = `Theme: ${theme}`;
  button.dataset.theme = theme;
  try { localStorage.setItem("seq2seq-report-theme", theme); } catch { /* it holds for this visit */ }
}

function startTheme() {
  const stored = storedTheme();
  setTheme(THEMES.includes(stored) ? stored : "auto");
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => setTheme(THEMES[(THEMES.indexOf(button.dataset.theme) + 1) % THEMES.length]));
}

// --- attention -------------------------------------------------------------------------------------------------------

const attentionLines = new Map(data.attention.map((example, place) => [example.line, place]));
const sentenceByLine = new Map(data.sentences.map((sentence) => [sentence.line, sentence]));

function pieceLabel(piece) {
  if (piece === END) return [element("span", { className: "joint" }, "end")];
  // Most pieces begin a word, so those that go on with one are marked: Haus ·tür ·schlüssel.
  if (piece.startsWith(WORD_BEGIN)) return [piece.slice(1) || "\u2423"];
  return /^[\p{L}\p{N}]/u.test(piece) ? [element("span", { className: "joint" }, "\u00b7"), piece] : [piece];
}

const spoken = (piece) => (piece === END ? "the end" : `\u201c${piece.replaceAll(WORD_BEGIN, " ").trim() || "space"}\u201d`);

function heatMap(map) {
  const weights = map.rows.map((row) => row.match(/../g).map(Number));
  const most = Math.max(map.source.length, map.target.length);
  const density = most >= DENSE_FROM ? " dense" : most >= MIDDLE_FROM ? " middle" : "";
  const figures = (weight) => (weight && !density.includes("dense") ? `.${String(weight).padStart(2, "0")}` : "");
  const reading = element("p", { className: "quiet reading", data: { "aria-live": "polite" } });
  const heads = map.source.map((piece) =>
    element("th", { scope: "col", title: piece }, element("span", { dir: "auto" }, ...pieceLabel(piece))));
  const rows = map.target.map((piece, place) => element("tr", {},
    element("th", { scope: "row", title: piece, dir: "auto", tabIndex: place === 0 ? 0 : -1 }, ...pieceLabel(piece)),
    ...weights[place].map((weight) => {
      const cell = element("td", { className: weight > STRONG ? "strong" : "" }, figures(weight));
      cell.style.setProperty("--weight", `${weight}%`);
      return cell;
    })));
  const light = (place) => {
    rows.forEach((row, each) => row.classList.toggle("lit", each === place));
    const strongest = place === null ? [] : weights[place].map((weight, column) => [weight, column])
      .sort((a, b) => b[0] - a[0]).slice(0, 3);
    heads.forEach((head, column) => head.classList.toggle("lit", strongest.length > 0 && strongest[0][1] === column));
    reading.textContent = place === null
      ? ""
      : `${spoken(map.target[place])} looked at ${strongest.filter(([weight]) => weight > 0)
        .map(([weight, column]) => `${spoken(map.source[column])} ${weight} %`).join(", ")}`;
  };
  const table = element("table", {},
    element("thead", {}, element("tr", {}, element("td"), ...heads)),
    element("tbody", {}, ...rows));
  rows.forEach((row, place) => {
    const head = row.firstChild;
    row.addEventListener("mouseenter", () => light(place));
    head.addEventListener("focus", () => light(place));
    head.addEventListener("keydown", (event) => {
      const next = rows[{ ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: rows.length - 1 }[event.key]];
      if (!next) return;
      event.preventDefault();
      head.tabIndex = -1;
      next.firstChild.tabIndex = 0;
      next.firstChild.focus();
    });
  });
  const darken = () => {
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    light(focused < 0 ? null : focused);
  };
  table.addEventListener("mouseleave", darken);
  table.addEventListener("focusout", () => setTimeout(darken));
  light(null);
  const box = element("div", {
    className: `map${density}`, tabIndex: 0,
    data: { role: "region", "aria-label": `Attention of ${data.systems[map.system]}: rows were written, columns were read` },
  }, table);
  return element("figure", {}, element("figcaption", {}, several ? systemName(map.system) : "", reading), box);
}

let showAttention = () => {};

function startAttention() {
  const view = document.getElementById("attention-view");
  if (!view) return;
  const choice = element("select", { id: "attention-choice" });
  for (const { line } of data.attention) {
    const sentence = sentenceByLine.get(line);
    const text = sentence.source.length > 70 ? `${sentence.source.slice(0, 70)}\u2026` : sentence.source;
    choice.append(option(line, `line ${number(line)} \u00b7 ${sentence.words} words \u00b7 ${text}`));
  }
  const previous = element("button", { type: "button" }, "Previous");
  const next = element("button", { type: "button" }, "Next");
  const maps = element("div", { className: "maps" });
  const inBrowser = element("button", { type: "button" }, "Show the sentence");
  showAttention = (line) => {
    choice.value = line;
    const place = attentionLines.get(Number(line));
    previous.disabled = place === 0;
    next.disabled = place === data.attention.length - 1;
    maps.replaceChildren(...data.attention[place].maps.map(heatMap));
  };
  choice.addEventListener("change", () => showAttention(choice.value));
  previous.addEventListener("click", () => showAttention(data.attention[attentionLines.get(Number(choice.value)) - 1].line));
  next.addEventListener("click", () => showAttention(data.attention[attentionLines.get(Number(choice.value)) + 1].line));
  inBrowser.addEventListener("click", () => showSentence(Number(choice.value)));
  view.append(
    element("div", { className: "controls" }, labelled("Sentence", choice, "grow"), previous, next, inBrowser),
    element("p", { className: "status" },
      "Point at a row, or walk through the rows with the arrow keys, to see what a piece looked at."),
    maps,
    element("div", { className: "scale", data: { "aria-hidden": "true" } }, "0", element("span", { className: "ramp" }), "1",
      element("span", {}, "\u00a0rows: what was written \u00b7 columns: what was read \u00b7 a dot: goes on with a word")),
  );
  showAttention(data.attention[0].line);
}

// --- sentences -------------------------------------------------------------------------------------------------------

const text = (output) => output.against_reference.join("");
const state = { words: "", which: "all", by: "", descending: false, marks: "against_reference", page: 0 };
let found = [];
let view = {};

const SORTS = [["line", "line", (sentence) => sentence.line], ["words", "words in the source", (sentence) => sentence.words]];
data.systems.forEach((name, place) => {
  SORTS.push([`chrf-${place}`, `chrF2 of ${name}`, (sentence) => sentence.outputs[place].chrf]);
  SORTS.push([`bleu-${place}`, `BLEU of ${name}`, (sentence) => sentence.outputs[place].bleu]);
  if (place > 0) {
    SORTS.push([`lead-${place}`, `chrF2: ${name} less ${data.systems[0]}`,
      (sentence) => sentence.outputs[place].chrf - sentence.outputs[0].chrf]);
  }
});
const FILTERS = [
  ["all", "all", () => true],
  ["wrong", "not equal to the reference", (sentence) => sentence.outputs.some((output) => text(output).trim() !== sentence.reference.trim())],
  ["right", "equal to the reference", (sentence) => sentence.outputs.some((output) => text(output).trim() === sentence.reference.trim())],
];
if (several) FILTERS.push(["differ", "systems differ", (sentence) => new Set(sentence.outputs.map(text)).size > 1]);
if (data.attention.length) FILTERS.push(["attention", "with attention", (sentence) => attentionLines.has(sentence.line)]);

function haystack(sentence) {
  sentence.haystack ??= [sentence.source, sentence.reference, ...sentence.outputs.map(text)].join("\n").toLocaleLowerCase();
  return sentence.haystack;
}

function choose() {
  const wanted = state.words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const keep = FILTERS.find(([key]) => key === state.which)[2];
  const value = SORTS.find(([key]) => key === state.by)[2];
  const sign = state.descending ? -1 : 1;
  found = data.sentences.filter((sentence) => keep(sentence) && wanted.every((word) => haystack(sentence).includes(word)));
  found.sort((a, b) => sign * (value(a) - value(b)) || a.line - b.line);
  state.page = 0;
  show();
}

function marked(stretches) {
  return stretches.map((stretch, place) => (place % 2 ? element("mark", {}, stretch) : stretch));
}

function outputCard(output, place) {
  const isBaseline = state.marks === "against_baseline" && place === 0;
  const stretches = state.marks === "none" || isBaseline ? [text(output)] : output[state.marks];
  return element("div", { className: `output series-${place % 8}` },
    element("h4", {}, several ? systemName(place) : "Translation",
      element("span", { className: "quiet" }, `chrF2 ${output.chrf.toFixed(1)} \u00b7 BLEU ${output.bleu.toFixed(1)}`)),
    element("p", { dir: "auto" }, ...(text(output) ? marked(stretches) : [element("span", { className: "quiet" }, "(empty)")])));
}

function sentenceCard(sentence) {
  const header = element("header", {}, element("h3", {}, `Line ${number(sentence.line)}`),
    element("span", { className: "quiet" }, `${sentence.words} words`));
  if (attentionLines.has(sentence.line)) {
    const button = element("button", { type: "button", className: "plain" }, "Attention");
    button.addEventListener("click", () => {
      showAttention(sentence.line);
      document.getElementById("attention").scrollIntoView();
      document.getElementById("attention-choice").focus({ preventScroll: true });
    });
    header.append(button);
  }
  return element("article", { className: "sentence", id: `line-${sentence.line}`, tabIndex: -1, data: { "aria-label": `Line ${sentence.line}` } },
    header,
    element("dl", { className: "texts" },
      element("dt", {}, "Source"), element("dd", { dir: "auto" }, sentence.source || "(empty)"),
      element("dt", {}, "Reference"), element("dd", { dir: "auto" }, sentence.reference || "(empty)")),
    element("div", { className: "outputs" }, ...sentence.outputs.map(outputCard)));
}

function show() {
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const first = state.page * PAGE;
  const shown = found.slice(first, first + PAGE);
  view.list.replaceChildren(...shown.map(sentenceCard));
  const of = found.length === data.sentences.length ? "" : ` of ${number(data.sentences.length)}`;
  view.status.textContent = found.length
    ? `${number(first + 1)} to ${number(first + shown.length)} of ${number(found.length)} sentences${of && ` found${of}`}`
    : "No sentence has all of that.";
  if (data.sentences.length < data.lines) {
    view.status.textContent += `; the report holds ${number(data.sentences.length)} of ${number(data.lines)} lines`;
  }
  view.previous.disabled = state.page === 0;
  view.next.disabled = state.page >= pages - 1;
  view.order.textContent = state.descending ? "\u2193 high to low" : "\u2191 low to high";
}

function turn(pages) {
  state.page += pages;
  show();
  document.getElementById("sentences").scrollIntoView();
  view.list.firstElementChild?.focus({ preventScroll: true });
}

function showSentence(line) {
  let place = found.findIndex((sentence) => sentence.line === line);
  if (place < 0) {
    view.words.value = state.words = "";
    view.which.value = state.which = "all";
    choose();
    place = found.findIndex((sentence) => sentence.line === line);
  }
  state.page = Math.floor(place / PAGE);
  show();
  const card = document.getElementById(`line-${line}`);
  card.scrollIntoView();
  card.focus({ preventScroll: true });
}

function startSentences() {
  const words = element("input", { type: "search", placeholder: "words that it has", spellcheck: false });
  const which = element("select", {}, ...FILTERS.map(([key, title]) => option(key, title)));
  const by = element("select", {}, ...SORTS.map(([key, title]) => option(key, title)));
  const order = element("button", { type: "button", title: "Turn the order round" });
  const marks = element("select", {}, option("against_reference", "against the reference"));
  if (several) marks.append(option("against_baseline", `against ${data.systems[0]}`));
  marks.append(option("none", "none"));
  const previous = element("button", { type: "button" }, "Previous");
  const next = element("button", { type: "button" }, "Next");
  view = {
    words, which, order, previous, next,
    status: element("p", { className: "status", data: { role: "status" } }),
    list: element("div"),
  };
  state.by = several ? "lead-1" : "chrf-0";
  by.value = state.by;
  words.addEventListener("input", () => { state.words = words.value; choose(); });
  which.addEventListener("change", () => { state.which = which.value; choose(); });
  by.addEventListener("change", () => { state.by = by.value; choose(); });
  order.addEventListener("click", () => { state.descending = !state.descending; choose(); });
  marks.addEventListener("change", () => { state.marks = marks.value; show(); });
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  document.getElementById("sentence-view").append(
    element("div", { className: "controls" }, labelled("Find", words, "grow"), labelled("Show", which), labelled("Sort by", by),
      order, labelled("Mark differences", marks)),
    view.status, view.list,
    element("div", { className: "controls pager" }, previous, next));
  choose();
}

startTheme();
startAttention();
startSentences();
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
