// What a preview says, arranged for looking at: kinds of changes, what needs what, what matters first, what matches.

// Kinds of changes, in the order in which they are shown: the word, the sign, and what a count says.
const KINDS = {
  replace: { word: "replace", sign: "+/-", count: "to replace" },
  delete: { word: "delete", sign: "-", count: "to delete" },
  forget: { word: "forget", sign: "×", count: "to forget" },
  create: { word: "create", sign: "+", count: "to create" },
  update: { word: "update", sign: "~", count: "to update" },
  run: { word: "run", sign: "▶", count: "to run" },
  ask: { word: "look up", sign: "?", count: "to look up" },
  record: { word: "record", sign: "=", count: "to record" },
  none: { word: "unchanged", sign: "·", count: "unchanged" },
};

const KIND_OF = {
  resume: "update",
  "delete-deposed": "delete",
  rename: "record",
  restore: "record",
};

const REMARKS = {
  delete: "The object is deleted.",
  "delete-deposed": "The old object of an earlier replacement is deleted.",
  resume: "Goes on with what an earlier run began.",
  run: "Runs.",
  ask: "Is looked up during the apply.",
  forget: "The object stays in the cloud and is forgotten here.",
  record: "Only what is recorded changes.",
  rename: "Only the urn changes.",
  restore: "What is recorded becomes what it was.",
  none: "Stays as it is.",
};

// What happens to a resource. An action that this page does not know is shown as it is called.
function kindOf(resource) {
  const kind = KIND_OF[resource.action] ?? resource.action;
  return Object.hasOwn(KINDS, kind) ? kind : "record";
}

function signOf(resource) {
  return resource.replace_order === "delete-first" ? "-/+" : KINDS[kindOf(resource)].sign;
}

function remarkOf(resource) {
  if (resource.action !== "replace") return REMARKS[resource.action];
  return resource.replace_order === "delete-first"
    ? "Replaced: the old object goes before the new one comes."
    : "Replaced: the new object comes before the old one goes.";
}

// What cannot be undone comes first, then what gives way to a new object or goes, then the rest as it begins.
function rankOf(resource) {
  const kinds = ["replace", "delete", "forget"];
  const kind = kindOf(resource);
  const place = kind === "none" ? kinds.length + 1 : kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length;
  return (resource.irreversible ? 0 : 10) + place;
}

function modelOf(preview) {
  const rows = preview.resources.map((resource) => ({
    resource,
    kind: kindOf(resource),
    rank: rankOf(resource),
    text: searched(resource),
    neededBy: [],
    findings: [],
    drift: [],
  }));
  rows.sort((one, other) => one.rank - other.rank);
  const byUrn = new Map();
  for (const row of rows) {
    if (!byUrn.has(row.resource.urn)) byUrn.set(row.resource.urn, row);
  }
  for (const row of rows) {
    for (const urn of new Set(row.resource.depends_on)) byUrn.get(urn)?.neededBy.push(row.resource.urn);
  }
  for (const finding of preview.findings ?? []) byUrn.get(finding.urn)?.findings.push(finding);
  for (const drift of preview.drift) byUrn.get(drift.urn)?.drift.push(drift);
  const counts = new Map();
  for (const row of rows) counts.set(row.kind, (counts.get(row.kind) ?? 0) + 1);
  return { preview, rows, byUrn, counts };
}

// `deny`, `warn`, or `accepted` where the team has said why it does not count.
function levelOf(finding) {
  return finding.accepted ? "accepted" : finding.level;
}

function searched(resource) {
  const parts = [
    resource.urn, resource.action, resource.id, resource.at, ...(resource.group ?? []),
    ...resource.changes.map((change) => change.field), ...(resource.may_change ?? []),
  ];
  return parts.filter(Boolean).join("\n").toLowerCase();
}

// What may change without showing, because its secrets are not here: pairs of a name and its fields.
function uncertainOf(preview) {
  const resources = preview.resources.map((resource) => [resource.urn, resource.may_change ?? []]);
  return [...resources, ["outputs", preview.outputs_may_change ?? []]].filter(([, fields]) => fields.length > 0);
}

// Whether a row has every word of the filter, and a kind that is asked for. No kind asked for is every kind.
function matches(row, filter) {
  if (filter.kinds.size > 0 ? !filter.kinds.has(row.kind) : filter.onlyChanges && row.kind === "none") return false;
  return filter.words.every((word) => row.text.includes(word));
}

// Whether what does not change is hidden at first.
function changesFirst(model) {
  return changed(model).length > 0;
}

function changed(model) {
  return model.rows.filter((row) => row.kind !== "none");
}

// `3 to create, 1 to update; 12 unchanged`, in the words of the terminal.
function summaryOf(preview) {
  const order = ["create", "update", "replace", "delete", "run", "forget", "ask", "record"];
  const said = order
    .filter((kind) => preview.summary[kind] > 0)
    .map((kind) => `${preview.summary[kind]} ${KINDS[kind].count}`);
  const outputs = preview.outputs.length;
  const main = said.length > 0 ? said.join(", ") : outputs > 0 ? `${counted(outputs, "output")} to set` : "no changes";
  const unchanged = preview.summary.unchanged;
  return unchanged > 0 ? `${main}; ${unchanged} unchanged` : main;
}

// `Vpc` and `aws:ec2` of `aws:ec2:Vpc`.
function shortType(type) {
  return type.split(":").slice(-2).join(":");
}

