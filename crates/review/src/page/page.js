// The page: which preview, which resource, and what keys and addresses do. An address is `#urn`, with several previews
// `#stack/environment#urn`.

const { previews } = JSON.parse(byId("previews").textContent);
const models = previews.map((preview) => (preview.resources ? modelOf(preview) : undefined));
const graph = makeGraph((row) => choose(row), bringDetails);
const list = makeList((row) => choose(row), bringDetails, (filter) => models[current] && redraw(filter));
let current = -1;
let selected;

function redraw(filter) {
  graph.draw(models[current], filter);
  graph.mark(selected);
}

// The address of a resource, or of a preview as a whole.
function addressOf(urn, index = current) {
  const { stack, environment } = previews[index];
  const quoted = (text) => encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2F", "/");
  const preview = previews.length > 1 ? `#${quoted(stack)}/${quoted(environment)}` : "";
  return urn === undefined ? preview || "#" : `${preview}#${quoted(urn)}`;
}

function follow() {
  const fragments = location.hash.slice(1).split("#");
  const urn = previews.length > 1 ? fragments[1] : fragments[0];
  const named = previews.findIndex((_, index) => addressOf(undefined, index) === `#${fragments[0]}`);
  show(previews.length > 1 && named >= 0 ? named : Math.max(current, 0));
  const row = models[current]?.byUrn.get(decoded(urn ?? ""));
  if (row !== selected || !selected) display(row);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

// A choice on the page. Stepping through a list is no history worth keeping.
function choose(row) {
  try {
    history.replaceState(null, "", row || location.hash ? addressOf(row?.resource.urn) : location.href);
  } catch {
    // Some browsers refuse it in a file; the choice holds all the same.
  }
  display(row);
}

// Where the details are below the list, what was chosen there is brought to where it can be read.
function bringDetails() {
  if (matchMedia("(max-width: 899px)").matches) byId("details").scrollIntoView({ block: "start" });
}

function display(row) {
  selected = row;
  const model = models[current];
  if (!model) return;
  list.mark(row);
  graph.mark(row);
  const details = byId("details");
  const address = (urn) => addressOf(urn);
  const shown = row ? detailsOf(row, model, address) : overviewOf(model, address);
  if (row) shown.unshift(button({ class: "back" }, () => choose(undefined), "← Overview"));
  details.replaceChildren(...shown);
  details.scrollTop = 0;
  if (row) graph.reveal(row);
}

function show(index) {
  if (index === current) return;
  current = index;
  selected = undefined;
  const [preview, model] = [previews[index], models[index]];
  document.title = `${preview.stack} / ${preview.environment}: preview`;
  [...byId("tabs").children].forEach((tab, place) => {
    tab.setAttribute("aria-selected", String(place === index));
    tab.setAttribute("tabindex", place === index ? "0" : "-1");
  });
  byId("panel").setAttribute("aria-labelledby", previews.length > 1 ? `tab-${index}` : "subject");
  byId("failure").hidden = model !== undefined;
  byId("panes").hidden = model === undefined;
  showHead(preview, model);
  if (model) {
    list.show(model);
    display(undefined);
  } else {
    byId("error").textContent = failureOf(preview);
  }
}

function failureOf(preview) {
  return typeof preview.error === "string" ? preview.error : JSON.stringify(preview.error, null, 2);
}

function showHead(preview, model) {
  const production = preview.production ? element("span", { class: "badge production" }, "production") : null;
  byId("subject").replaceChildren(...[
    element("span", {}, preview.stack), element("span", { class: "slash", "aria-hidden": "true" }, " / "),
    element("span", { class: "environment" }, preview.environment), production && " ", production,
  ].filter(Boolean));
  byId("summary").textContent = model ? summaryOf(preview) : "could not be planned";
  byId("alerts").replaceChildren(...(model ? alertsOf(preview, model) : []));
  byId("facts").replaceChildren(...(model ? headFacts(preview) : []));
}

function alertsOf(preview, model) {
  const levels = (preview.findings ?? []).map(levelOf);
  const [denials, warnings, accepted] = ["deny", "warn", "accepted"].map((level) => levels.filter((one) => one === level).length);
  const lost = model.rows.filter((row) => row.resource.irreversible).length;
  const uncertain = uncertainOf(preview).length;
  const overview = () => {
    choose(undefined);
    byId("details").focus();
  };
  return [
    denials > 0 && button({ class: "alert danger" }, overview, `⚑ ${counted(denials, "violation")}: this is not applied`),
    warnings > 0 && button({ class: "alert warn" }, overview, `⚑ ${counted(warnings, "warning")}`),
    accepted > 0 && button({ class: "alert" }, overview, `${accepted} accepted`),
    lost > 0 && button({ class: "alert danger" }, overview, `⚠ ${counted(lost, "change")} cannot be undone`),
    preview.redacted && button({ class: "alert warn" }, overview,
      uncertain > 0 ? "planned without secrets: some may change" : "planned without secrets"),
    preview.drift.length > 0 && button({ class: "alert" }, overview, `${preview.drift.length} changed outside`),
  ].filter(Boolean);
}

// Amounts are exact decimals in text; what is shown is rounded to the cent.
function costsOf(costs) {
  if (!costs) return undefined;
  const [before, after, difference] = [costs.before, costs.after, costs.difference].map(Number);
  const unknown = costs.resources.some((one) => one.unknown.length > 0);
  const besides = unknown ? ", and what is not known" : "";
  if (unknown && costs.resources.every((one) => one.parts.length === 0)) return "not known";
  const sign = difference > 0 ? "+" : "";
  return `${sign}${difference.toFixed(2)} ${costs.currency}: ${before.toFixed(2)} → ${after.toFixed(2)}${besides}`;
}

function headFacts(preview) {
  const places = Object.values(preview.providers)
    .filter((provider) => provider.account)
    .map((provider) => [provider.account, provider.region].filter(Boolean).join(" · "));
  const facts = [
    ["account", [...new Set(places)].join(", ")],
    ["planned from", preview.serial === 0 ? "an empty environment" : `${preview.redacted ? "the snapshot of " : ""}state ${preview.serial}`],
    ["digest", preview.digest],
    ["costs a month", costsOf(preview.costs)],
  ];
  return facts.filter(([, value]) => value).map(([name, value]) =>
    element("div", { class: name }, element("dt", {}, name), element("dd", { title: value }, value)));
}

function makeTabs() {
  const tabs = byId("tabs");
  tabs.hidden = previews.length < 2;
  if (tabs.hidden) return;
  byId("panel").setAttribute("role", "tabpanel");
  const open = (index) => {
    location.hash = addressOf(undefined, index);
    show(index);
    tabs.children[index].focus();
  };
  tabs.replaceChildren(...previews.map((preview, index) => {
    const attributes = { class: "tab", role: "tab", id: `tab-${index}`, "aria-controls": "panel", "aria-selected": "false" };
    const model = models[index];
    const said = model ? counted(changed(model).length, "change") : "failed";
    return button(attributes, () => open(index),
      element("span", {}, `${preview.stack} / ${preview.environment}`),
      preview.production ? element("span", { class: "badge production" }, "production") : null,
      element("span", { class: model ? "small" : "small danger" }, said));
  }));
  tabs.addEventListener("keydown", (event) => {
    const last = previews.length - 1;
    const to = {
      ArrowRight: Math.min(last, current + 1), ArrowLeft: Math.max(0, current - 1), Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    open(to);
  });
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  const typing = event.target.matches?.("input, textarea, select");
  if (event.key === "Escape") return escape(typing);
  if (typing) return;
  const does = {
    "/": () => byId("filter").select(),
    j: () => list.step(1),
    k: () => list.step(-1),
    "+": graph.zoomIn,
    "=": graph.zoomIn,
    "-": graph.zoomOut,
    "−": graph.zoomOut,
    0: graph.fit,
    "?": () => byId("help").showModal(),
    "[": () => turn(-1),
    "]": () => turn(1),
  }[event.key];
  if (!does || (!models[current] && !["[", "]", "?"].includes(event.key))) return;
  event.preventDefault();
  does();
}

function turn(by) {
  const index = current + by;
  if (index >= 0 && index < previews.length) location.hash = addressOf(undefined, index);
}

// From the inside out: what is typed, what is chosen, what is filtered.
function escape(typing) {
  if (!models[current]) return;
  if (typing) {
    if (list.isFiltered()) list.clear();
    else byId("list").focus();
  } else if (selected) choose(undefined);
  else list.clear();
}

// On paper there is nothing to choose: every change is there.
function makePaper() {
  const paper = byId("paper");
  addEventListener("beforeprint", () => {
    const model = models[current];
    if (!model) return;
    const address = (urn) => addressOf(urn);
    const sheets = changed(model).map((row) => element("article", {}, ...detailsOf(row, model, address)));
    paper.replaceChildren(element("article", {}, ...overviewOf(model, address)), ...sheets);
  });
  addEventListener("afterprint", () => paper.replaceChildren());
}

makeTheme();
makePaper();
byId("help-open").addEventListener("click", () => byId("help").showModal());
addEventListener("keydown", keys);
addEventListener("hashchange", follow);
if (previews.length > 0) {
  makeTabs();
  follow();
} else {
  byId("panes").hidden = true;
  byId("subject").textContent = "There is no preview here.";
}
