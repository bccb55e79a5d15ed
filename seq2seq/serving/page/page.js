// The page of `seq2seq serve`: asks the signature `translate` of the model and shows all that it answers.

const SETTINGS = ["beam_size", "n_best", "length_penalty", "max_length_ratio"];
const WHOLE = new Set(["beam_size", "n_best"]);
const LINES_A_REQUEST = 8; // the first sentences of a long text appear before the last are translated
const BUSY = new Set([429, 503]);
const TRIES = 4;
const WORD_BEGIN = "\u2581"; // how SentencePiece marks the beginning of a word
const END = "</s>";
const DENSE_FROM = 28; // pieces on an axis; smaller cells without numbers from there on
const STRONG = 0.45; // weights whose cells need light figures

const $ = (id) => document.getElementById(id);
const form = $("form");
let model = null;
let asked = null; // the AbortController of the request under way
let sentences = []; // {source, results: [{text, score, pieces, attention}], sourcePieces, truncated}; null: not yet
let chosenSentence = 0;
let chosenResult = 0;

class Refused extends Error {}

// --- asking ----------------------------------------------------------------------------------------------------------

async function askModel() {
  if (model) return;
  const answer = await fetch("model.json");
  if (!answer.ok) throw new Refused("No version of the model is loaded yet. Try again in a moment.");
  model = await answer.json();
  const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });
  const called = (code) => {
    try { return names.of(code); } catch { return code; }
  };
  const { source_language: source, target_language: target } = model;
  const title = source && target ? `${called(source)} \u2192 ${called(target)}` : model.name;
  $("title").textContent = title;
  document.title = `${title} \u00b7 seq2seq`;
  $("model").textContent = `model ${model.name}, version ${model.version}`;
  if (source) { $("source-label").textContent = called(source); $("source").lang = source; }
  if (target) { $("result-label").textContent = called(target); $("lines").lang = target; }
  for (const [name, value] of Object.entries(model.settings)) {
    if (name !== "n_best" && $(name)) $(name).value = value;
  }
  $("n_best").value = Math.min(3, $("beam_size").value);
}

async function translate(texts, settings, signal) {
  const inputs = { text: texts };
  for (const name of SETTINGS) inputs[name] = texts.map(() => settings[name]);
  const body = JSON.stringify({ signature_name: "translate", inputs });
  for (let tried = 1; ; tried += 1) {
    let answer;
    try {
      answer = await fetch(`v1/models/${encodeURIComponent(model.name)}:predict`, { method: "POST", body, signal });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused("The server does not answer. Is it still running?");
    }
    if (BUSY.has(answer.status) && tried < TRIES) {
      $("progress").textContent = "The server is busy; trying again.";
      const seconds = Number(answer.headers.get("Retry-After")) || 1;
      await new Promise((done) => setTimeout(done, 1000 * seconds * tried));
      signal.throwIfAborted();
      continue;
    }
    let told;
    try {
      told = await answer.json();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused("The server's answer cannot be read.");
    }
    if (answer.ok) return told.outputs;
    throw new Refused(kindly(answer.status, told.error));
  }
}

function kindly(status, told) {
  if (BUSY.has(status)) return "The server is busy with other texts. Try again in a moment.";
  if (status === 413) return "This is too much text for one request. Translate a part of it.";
  if (status === 504) return "This took too long. Try fewer or shorter sentences, or a smaller beam.";
  if (status === 404) return "The model is not there any more. Reload the page.";
  if (status >= 500) return "Something went wrong in the server. Its log says more.";
  return told ?? `The server refused the text (${status}).`;
}

function readSettings() {
  const settings = {};
  let problem = null;
  for (const name of SETTINGS) {
    const input = $(name);
    const value = input.valueAsNumber;
    const label = input.parentElement.firstChild.textContent.trim();
    let wrong = null;
    if (!(value >= Number(input.min) && value <= Number(input.max))) {
      wrong = `${label} must be from ${input.min} to ${input.max}.`;
    } else if (WHOLE.has(name) && !Number.isInteger(value)) {
      wrong = `${label} must be a whole number.`;
    } else if (name === "n_best" && value > settings.beam_size) {
      wrong = `There cannot be more results than the beam is wide: at most ${settings.beam_size}.`;
    }
    input.setAttribute("aria-invalid", String(wrong !== null));
    if (wrong && !problem) problem = { wrong, input };
    settings[name] = value;
  }
  if (problem) {
    problem.input.focus();
    throw new Refused(problem.wrong);
  }
  return settings;
}

async function run() {
  asked?.abort();
  const own = (asked = new AbortController());
  showError(null);
  try {
    const settings = readSettings();
    const lines = $("source").value.replace(/\n+$/, "").split("\n");
    if (!lines.some((line) => line.trim())) {
      $("source").focus();
      throw new Refused("There is nothing to translate yet: type a sentence.");
    }
    document.querySelector(".result").classList.add("waiting");
    $("progress").textContent = "Translating.";
    await askModel();
    const found = lines.map((line) => (line.trim() ? null : { source: line, results: [], sourcePieces: [] }));
    const real = lines.flatMap((line, place) => (line.trim() ? [place] : []));
    for (let start = 0; start < real.length; start += LINES_A_REQUEST) {
      const places = real.slice(start, start + LINES_A_REQUEST);
      const outputs = await translate(places.map((place) => lines[place]), settings, own.signal);
      if (own.signal.aborted) return;
      places.forEach((place, row) => { found[place] = sentenceOf(outputs, row, lines[place]); });
      sentences = found;
      if (start === 0) { chosenSentence = real[0]; chosenResult = 0; showDetails(); }
      showLines();
    }
    const words = real.length === 1 ? "Translated." : `Translated ${real.length} sentences.`;
    $("progress").textContent = words;
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Refused)) console.error(error);
    showError(error instanceof Refused ? error.message : "Something went wrong in this page. Reload it.");
    $("progress").textContent = "";
  } finally {
    if (asked === own) document.querySelector(".result").classList.remove("waiting");
  }
}

function sentenceOf(outputs, row, source) {
  const columns = outputs.source_lengths[row];
  const results = outputs.translations[row].flatMap((text, rank) => {
    const length = outputs.target_lengths[row][rank];
    if (rank > 0 && length === 0) return []; // the search found fewer
    return [{
      text,
      score: outputs.scores[row][rank],
      pieces: outputs.pieces[row][rank].slice(0, length),
      attention: outputs.attention[row][rank].slice(0, length).map((weights) => weights.slice(0, columns)),
    }];
  });
  return { source, results, sourcePieces: outputs.source_pieces[row].slice(0, columns), truncated: outputs.truncated[row] };
}

// --- showing ---------------------------------------------------------------------------------------------------------

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function showError(message) {
  $("error").hidden = message === null;
  $("error").textContent = message ?? "";
}

function showLines() {
  const list = $("lines");
  list.replaceChildren(...sentences.map((sentence, place) => {
    if (!sentence?.results.length) return element("li", {}, sentence ? "" : "\u2026");
    const button = element("button", { type: "button", dir: "auto", title: sentence.source }, sentence.results[0].text || "\u00a0");
    button.setAttribute("aria-pressed", String(place === chosenSentence));
    button.addEventListener("click", () => {
      chosenSentence = place;
      chosenResult = 0;
      for (const other of list.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      showDetails();
    });
    return element("li", {}, button);
  }));
  list.classList.toggle("several", sentences.length > 1);
  $("placeholder").hidden = true;
  $("copy").hidden = false;
}

function showDetails() {
  const sentence = sentences[chosenSentence];
  if (!sentence?.results.length) return;
  const many = sentences.length > 1;
  $("details").hidden = false;
  $("details-label").textContent = many ? `Sentence ${chosenSentence + 1} of ${sentences.length}` : "A closer look";
  $("cut").hidden = !sentence.truncated;
  const fieldset = $("hypotheses");
  fieldset.replaceChildren(fieldset.querySelector("legend"), ...sentence.results.map((result, rank) => {
    const radio = element("input", { type: "radio", name: "hypothesis", checked: rank === chosenResult });
    radio.addEventListener("change", () => { chosenResult = rank; showMap(); });
    return element("label", {}, radio,
      element("span", { className: "text", dir: "auto" }, result.text || "(empty)"),
      element("span", { className: "score" }, result.score.toFixed(3)));
  }));
  showMap();
}

function pieceText(piece) {
  if (piece === END) return [element("span", { className: "mark" }, "end")];
  // The beginnings of words are the rule, so what goes on with a word is marked: Haus ·tür ·schlüssel.
  if (piece.startsWith(WORD_BEGIN)) return [piece.slice(1) || "\u2423"];
  return /^[\p{L}\p{N}]/u.test(piece) ? [element("span", { className: "mark" }, "\u00b7"), piece] : [piece];
}

const spoken = (piece) => (piece === END ? "the end" : `\u201c${piece.replaceAll(WORD_BEGIN, " ").trim() || "space"}\u201d`);
const percent = (weight) => `${Math.round(100 * weight)} %`;

function showMap() {
  const { results, sourcePieces } = sentences[chosenSentence];
  const { pieces, attention } = results[chosenResult];
  const table = element("table");
  table.append(element("caption", { className: "for-readers" },
    "How much each piece that was written, by row, looked at each piece that was read, by column."));
  const columns = sourcePieces.map((piece) => {
    const head = element("th", { scope: "col", title: piece }, element("span", {}, ...pieceText(piece)));
    return head;
  });
  table.append(element("thead", {}, element("tr", {}, element("td"), ...columns)));
  const rows = pieces.map((piece, place) => {
    const head = element("th", { scope: "row", title: piece, tabIndex: place === 0 ? 0 : -1 }, ...pieceText(piece));
    const cells = attention[place].map((weight) => {
      const cell = element("td", { className: weight > STRONG ? "strong" : "" }, weight >= 0.005 ? weight.toFixed(2).replace(/^0/, "") : "");
      cell.style.setProperty("--weight", `${(100 * weight).toFixed(1)}%`);
      return cell;
    });
    return element("tr", {}, head, ...cells);
  });
  rows.forEach((row, place) => {
    const light = () => lightRow(table, place);
    row.addEventListener("mouseenter", light);
    row.firstChild.addEventListener("focus", light);
    row.firstChild.addEventListener("keydown", (event) => moveRow(event, rows, place));
  });
  const darken = () => {
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    lightRow(table, focused < 0 ? null : focused);
  };
  table.addEventListener("mouseleave", darken);
  table.addEventListener("focusout", () => setTimeout(darken));
  table.append(element("tbody", {}, ...rows));
  const scroll = $("scroll");
  const most = Math.max(pieces.length, sourcePieces.length);
  scroll.classList.toggle("dense", most > DENSE_FROM);
  scroll.style.setProperty("--cell", most > DENSE_FROM ? "1.15rem" : most > 18 ? "1.6rem" : "2.1rem");
  scroll.replaceChildren(table);
  lightRow(table, null);
}

function moveRow(event, rows, place) {
  const steps = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: rows.length - 1 };
  const next = rows[steps[event.key]];
  if (!next) return;
  event.preventDefault();
  rows[place].firstChild.tabIndex = -1;
  next.firstChild.tabIndex = 0;
  next.firstChild.focus();
}

function lightRow(table, place) {
  const { results, sourcePieces } = sentences[chosenSentence];
  const { pieces, attention } = results[chosenResult];
  const rows = table.tBodies[0]?.rows ?? [];
  [...rows].forEach((row, each) => row.classList.toggle("lit", each === place));
  const weights = place === null ? [] : attention[place];
  const strongest = weights.map((weight, column) => [weight, column]).sort((a, b) => b[0] - a[0]).slice(0, 3);
  [...table.tHead.rows[0].cells].slice(1).forEach((head, column) => {
    head.classList.toggle("lit", strongest.length > 0 && strongest[0][1] === column);
  });
  $("reading").textContent = place === null
    ? "Point at a row, or walk through the rows with the arrow keys, to see what a piece looked at."
    : `${spoken(pieces[place])} looked at ${strongest.filter(([weight]) => weight >= 0.01)
      .map(([weight, column]) => `${spoken(sourcePieces[column])} ${percent(weight)}`).join(", ")}`;
}

// --- beginning -------------------------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
});
$("copy").addEventListener("click", async () => {
  const text = sentences.map((sentence) => sentence?.results[0]?.text ?? "").join("\n");
  try {
    await navigator.clipboard.writeText(text);
    $("copy").textContent = "Copied";
    setTimeout(() => { $("copy").textContent = "Copy"; }, 1500);
  } catch {
    showError("The browser does not allow copying here. Select the text instead.");
  }
});
askModel().catch(() => showError("The server does not answer. Is it still running?"));
