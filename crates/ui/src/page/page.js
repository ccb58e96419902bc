// The page: which environment, which resource, what is going on, and what keys and addresses do. An address is `#/`, or
// `#/stack/environment`, and `#/stack/environment/urn`.

const graph = makeGraph((row) => choose(row), bringDetails);
const list = makeList((row) => choose(row), bringDetails, (filter) => model && redraw(filter));
const REFRESH = 10_000;
let place; // [stack, environment], or none in the list of environments
let model;
let selected;
let run = null;
let steps = new Map(); // of the run, the newest by urn
let events;
let asked = 0; // counts what was asked for, so that a late answer is told from the newest

function addressOf(stack, environment, urn) {
  const quoted = (text) => encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2F", "/");
  return `#/${[stack, environment, urn].filter((part) => part !== undefined).map(quoted).join("/")}`;
}

const addressHere = (urn) => addressOf(...place, urn);

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

// What the server says, or an error in words.
async function ask(path) {
  let answer;
  try {
    answer = await fetch(path);
  } catch {
    throw new Error("Nobody answers any more: `stack ui` has ended. Start it again, and open the address that it prints.");
  }
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  try {
    throw new Error(JSON.parse(text).error);
  } catch (error) {
    throw error instanceof SyntaxError ? new Error(text) : error;
  }
}

function pathOf([stack, environment], rest = "") {
  return `/api/environments/${encodeURIComponent(stack)}/${encodeURIComponent(environment)}${rest}`;
}

async function follow() {
  const [stack, environment, ...urn] = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  if (!stack || !environment) return showEnvironments();
  if (!place || place[0] !== stack || place[1] !== environment) await open([stack, environment]);
  const row = model?.byUrn.get(urn.join("/"));
  if (model && (row !== selected || !selected)) display(row);
}

function only(id) {
  for (const one of ["trouble", "environments", "panes"]) byId(one).hidden = one !== id;
}

function head(title, parts, summary) {
  document.title = title;
  byId("subject").replaceChildren(...parts);
  byId("summary").textContent = summary;
  byId("up").hidden = !place;
}

function fail(title, error) {
  only("trouble");
  byId("alerts").replaceChildren();
  byId("facts").replaceChildren();
  byId("trouble-title").textContent = title;
  byId("error").textContent = error.message;
}

// The list of environments.
async function showEnvironments() {
  leave();
  const now = ++asked;
  head("stack ui", ["Environments"], "");
  try {
    const listing = await ask("/api/environments");
    if (now !== asked) return;
    byId("environments").replaceChildren(environmentsOf(listing, addressOf));
    byId("summary").textContent = `in ${listing.backend}`;
    byId("alerts").replaceChildren();
    byId("facts").replaceChildren();
    only("environments");
  } catch (error) {
    if (now === asked) fail("The backend cannot be read", error);
  }
}

function leave() {
  events?.close();
  [events, place, model, selected, run] = [undefined, undefined, undefined, undefined, null];
  steps = new Map();
  byId("live").hidden = true;
}

// One environment: what is recorded, and then what goes on.
async function open(next) {
  leave();
  place = next;
  const [stack, environment] = next;
  head(`${stack} / ${environment}`, [
    element("span", {}, stack), element("span", { class: "slash", "aria-hidden": "true" }, " / "), element("span", { class: "environment" }, environment),
  ], "");
  if (await load()) watch();
}

// Reads it, and shows it; what was chosen stays so.
async function load() {
  const [now, here] = [++asked, place];
  let environment;
  try {
    environment = await ask(pathOf(here));
  } catch (error) {
    if (now === asked) fail("This environment cannot be read", error);
    return false;
  }
  if (now !== asked) return false;
  take(environment.run);
  show(environment);
  return true;
}

function show(environment) {
  const urn = selected?.resource.urn;
  model = modelOf(environment, steps);
  only("panes");
  const { about, resources } = environment;
  byId("summary").textContent = counted(resources.length, "resource");
  byId("alerts").replaceChildren(...badgesOf(about));
  const facts = [
    ["last run", lastRunOf(about)],
    ["age", about.since && time(about.since, `${about.born ? "" : "over "}${span(since(about.since))}`)],
    ["expires", about.expires ? expiryOf(about.expires) : "never"],
    ["account", [...new Set(Object.values(environment.providers).filter((one) => one.account).map((one) => [one.account, one.region].filter(Boolean).join(" · ")))].join(", ")],
  ];
  byId("facts").replaceChildren(...facts.filter(([, value]) => value).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  list.show(model);
  selected = undefined;
  display(model.byUrn.get(urn));
}

function redraw(filter) {
  graph.draw(model, filter);
  graph.mark(selected);
}

// The run that is under way, from its beginning.
function take(next) {
  run = next;
  steps = new Map((run?.steps ?? []).map((step) => [step.urn, step]));
}

function watch() {
  const here = place;
  const source = new EventSource(pathOf(here, "/follow"));
  events = source;
  const on = (name, does) => source.addEventListener(name, (event) => events === source && does(JSON.parse(event.data)));
  on("run", (next) => {
    take(next);
    arrange();
  });
  on("steps", (further) => {
    for (const step of further) steps.set(step.urn, step);
    arrange();
  });
  on("state", (serial) => {
    if (model && serial !== model.environment.about.serial) load();
  });
  on("trouble", (why) => tell(`It cannot be read just now: ${why}`, true));
  source.addEventListener("error", () => events === source && tell("The connection to `stack ui` is lost; trying again.", true));
  source.addEventListener("open", () => events === source && said());
}

function tell(text, lost = false) {
  const live = byId("live");
  live.hidden = text === "";
  live.classList.toggle("lost", lost);
  if (live.textContent !== text) live.textContent = text;
}

function said() {
  tell(run ? saidOfRun(run, steps) : "");
}

// What the run has done so far, on the page. Boxes stay where they are, unless there are new ones.
function arrange() {
  said();
  if (!model) return;
  const isNew = [...steps.keys()].some((urn) => !model.byUrn.has(urn));
  if (isNew) return show(model.environment);
  let further = false; // what is chosen
  for (const row of model.rows) {
    row.resource.step = steps.get(row.resource.urn);
    const kind = kindOf(row.resource);
    if (kind === row.kind) continue;
    repaint(row, kind);
    further ||= row === selected;
  }
  model.counts = countsOf(model.rows);
  list.recount();
  if (selected === undefined || further) display(selected, false);
}

function repaint(row, kind) {
  row.kind = kind;
  const { urn } = row.resource;
  const { word, sign } = KINDS[kind];
  for (const one of document.querySelectorAll(`[data-urn="${CSS.escape(urn)}"]`)) {
    one.dataset.kind = kind;
    const mark = one.querySelector(".sign");
    mark.textContent = sign;
    if (mark.hasAttribute("aria-label")) mark.setAttribute("aria-label", word);
    if (one.classList.contains("box")) {
      one.setAttribute("aria-label", `${word} ${urn}`);
      one.querySelector("title").textContent = `${urn}: ${word}`;
    }
  }
}

// A choice on the page. Stepping through a list is no history worth keeping.
function choose(row) {
  history.replaceState(null, "", addressHere(row?.resource.urn));
  display(row);
}

// Where the details are below the list, what was chosen there is brought to where it can be read.
function bringDetails() {
  if (matchMedia("(max-width: 899px)").matches) byId("details").scrollIntoView({ block: "start" });
}

function display(row, fresh = true) {
  selected = row;
  list.mark(row);
  graph.mark(row);
  const details = byId("details");
  const shown = row ? detailsOf(row, model, addressHere) : overviewOf(model, addressHere);
  if (row) shown.unshift(button({ class: "back" }, () => choose(undefined), "← Overview"));
  details.replaceChildren(...shown);
  if (fresh) details.scrollTop = 0;
  if (!row) return;
  if (fresh) graph.reveal(row);
  remember(row);
}

async function remember(row) {
  const { urn } = row.resource;
  let shown;
  try {
    shown = historyOf(await ask(pathOf(place, `/history?urn=${encodeURIComponent(urn)}`)), addressHere);
  } catch (error) {
    shown = [error.message];
  }
  if (selected === row) byId("history")?.replaceChildren(...shown);
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  const typing = event.target.matches?.("input, textarea, select");
  if (event.key === "Escape") return escape(typing);
  if (typing) return;
  const here = {
    "/": () => byId("filter").select(),
    j: () => list.step(1),
    k: () => list.step(-1),
    "+": graph.zoomIn,
    "=": graph.zoomIn,
    "-": graph.zoomOut,
    "−": graph.zoomOut,
    0: graph.fit,
  };
  const does = event.key === "?" ? () => byId("help").showModal() : model && here[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

// From the inside out: what is typed, what is chosen, what is filtered, and the environment itself.
function escape(typing) {
  if (!model) return;
  if (typing) {
    if (list.isFiltered()) list.clear();
    else byId("list").focus();
  } else if (selected) choose(undefined);
  else if (list.isFiltered()) list.clear();
  else location.hash = "#/";
}

makeTheme();
byId("help-open").addEventListener("click", () => byId("help").showModal());
addEventListener("keydown", keys);
addEventListener("hashchange", follow);
setInterval(() => !place && !document.hidden && showEnvironments(), REFRESH);
follow();
