// What is recorded of an environment, arranged for looking at; and what a run is doing to it.

const KINDS = {
  failed: { word: "failed", sign: "!" },
  creating: { word: "creating", sign: "+" },
  changing: { word: "changing", sign: "~" },
  deleting: { word: "deleting", sign: "-" },
  doubt: { word: "in doubt", sign: "?" },
  done: { word: "done", sign: "✓" },
  incomplete: { word: "incomplete", sign: "…" },
  drifted: { word: "drifted", sign: "≠" },
  deposed: { word: "old object left", sign: "±" },
  recorded: { word: "recorded", sign: "·" },
};

const REMARKS = {
  failed: "The run that is under way could not change it.",
  creating: "Is being created.",
  changing: "Is being changed.",
  deleting: "Is being deleted.",
  doubt: "The run that changed it was interrupted; the next one finds out what became of it.",
  done: "The run that is under way has changed it.",
  incomplete: "Its create was not seen to end; the next apply goes on with it.",
  drifted: "The cloud has something else than was asked for.",
  deposed: "An object that was replaced is still to be deleted.",
  recorded: "Nothing is known to be otherwise.",
};

const DOING = { create: "creating", update: "changing", delete: "deleting" };
const PAST = { create: "created", update: "changed", delete: "deleted" };

function kindOf(resource) {
  const { step } = resource;
  if (step) return { "under-way": DOING[step.operation], done: "done", failed: "failed" }[step.progress] ?? "doubt";
  if (resource.incomplete) return "incomplete";
  if (resource.drift.length > 0) return "drifted";
  return resource.deposed.length > 0 ? "deposed" : "recorded";
}

function signOf(resource) {
  return KINDS[kindOf(resource)].sign;
}

function modelOf(environment, steps) {
  const known = new Set(environment.resources.map((resource) => resource.urn));
  const coming = [...steps.values()].filter((step) => !known.has(step.urn)).map(notYet);
  const rows = [...environment.resources, ...coming].map((resource) => {
    resource.step = steps.get(resource.urn);
    return { resource, kind: kindOf(resource), text: searched(resource), neededBy: [], findings: [], drift: resource.drift };
  });
  const byUrn = new Map(rows.map((row) => [row.resource.urn, row]));
  for (const row of rows) {
    for (const urn of row.resource.depends_on) byUrn.get(urn)?.neededBy.push(row.resource.urn);
  }
  return { environment, rows, byUrn, counts: countsOf(rows) };
}

// What a run makes and no state has yet.
function notYet({ urn, id, depends_on }) {
  const [type, name] = [urn.slice(0, urn.indexOf("/")), urn.slice(urn.indexOf("/") + 1)];
  return { urn, type, name, id, depends_on, deposed: [], drift: [], values: null };
}

function countsOf(rows) {
  const counts = new Map();
  for (const row of rows) counts.set(row.kind, (counts.get(row.kind) ?? 0) + 1);
  return counts;
}

function searched({ urn, id, provider }) {
  return [urn, id, provider].filter(Boolean).join("\n").toLowerCase();
}

function matches(row, filter) {
  if (filter.kinds.size > 0 ? !filter.kinds.has(row.kind) : filter.onlyChanges && row.kind === "recorded") return false;
  return filter.words.every((word) => row.text.includes(word));
}

function changed(model) {
  return model.rows.filter((row) => row.kind !== "recorded");
}

// Whoever looks at an environment wants to see all of it.
function changesFirst() {
  return false;
}

function levelOf(finding) {
  return finding.level;
}

function shortType(type) {
  return type.split(":").slice(-2).join(":");
}

// What a run is doing, in one line.
function saidOfRun(run, steps) {
  const of = (progress) => [...steps.values()].filter((step) => step.progress === progress);
  const [doing, done, failed] = ["under-way", "done", "failed"].map(of);
  const who = run.holder ? `by ${run.holder.user} on ${run.holder.host}` : "was interrupted; the next run goes on with it";
  const doings = doing.slice(0, 4).map((step) => `${DOING[step.operation]} ${step.urn}`);
  const parts = [
    ...doings, doing.length > 4 && `and ${doing.length - 4} more`,
    done.length > 0 && `${done.length} done`, failed.length > 0 && `${failed.length} failed`,
  ].filter(Boolean);
  return `${run.command} ${who}, since ${clock(run.since)}${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
}

const SPANS = [[86400, "d"], [3600, "h"], [60, "min"]];

// `3 h`, of a number of seconds.
function span(seconds) {
  const [size, unit] = SPANS.find(([size]) => Math.abs(seconds) >= size) ?? [1, "s"];
  return `${Math.floor(Math.abs(seconds) / size)} ${unit}`;
}

function since(at) {
  return (Date.now() - Date.parse(at)) / 1000;
}

function ago(at) {
  const seconds = since(at);
  return seconds < 5 ? "just now" : `${span(seconds)} ago`;
}

function clock(at) {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

function time(at, said) {
  return element("time", { datetime: at, title: clock(at) }, said);
}
