// The details of one resource, and the overview of what a reviewer should look at first.

function noteOf(change, resource) {
  if (change.replaces && resource.action === "replace") {
    return hasUnknown(change.after) ? "may force the replacement" : "forces the replacement";
  }
  return change.one_way && resource.action !== "create" ? "cannot be put back" : undefined;
}

function changeOf(change, resource, address) {
  return element("div", { class: "change" },
    element("h4", {}, change.field),
    diffOf(change.before, change.after, address, noteOf(change, resource)));
}

const UNCOMPARED = "its secrets could not be compared";

// What was planned without its secrets.
function noteOfSnapshot(preview) {
  if (!preview.redacted) return null;
  return preview.serial === 0
    ? notice("warn", "There is no snapshot of this environment: ", "it is planned as if nothing were there.")
    : notice("warn", "Planned by a redacted snapshot: ", "no secret is known, and no cloud was asked.");
}

function uncertainties(model, address) {
  const uncertain = uncertainOf(model.preview);
  if (uncertain.length === 0) return null;
  return section("May change: secrets that could not be compared", ...uncertain.map(([name, fields]) =>
    element("div", { class: "uncertain" }, model.byUrn.has(name) ? linkTo(name, address) : element("strong", {}, name),
      element("div", {}, fields.join(", ")))));
}

function detailsOf(row, model, address) {
  const { resource, kind } = row;
  const provider = model.preview.providers[resource.provider];
  const where = [provider?.account, provider?.region].filter(Boolean).join(" · ");
  const flags = [
    resource.protect && "protected", resource.holds_data && "holds data", resource.retain && "retained",
    resource.late && "after everything else succeeded",
  ].filter(Boolean);
  const needed = [...new Set(resource.depends_on)];
  return [
    element("header", { "data-kind": kind },
      element("p", { class: "type" }, resource.type),
      element("h2", {}, element("span", { class: "sign", "aria-hidden": "true" }, signOf(resource)), " ", resource.name),
      element("p", { class: "remark" }, element("span", { class: "badge", "data-kind": kind }, KINDS[kind].word), " ", remarkOf(resource) ?? "")),
    resource.irreversible ? notice("danger", "⚠ Cannot be undone by a rollback: ", resource.irreversible) : null,
    ...row.findings.map((finding) => findingOf(finding)),
    resource.may_change ? notice("warn", "May change: ", UNCOMPARED, ": ", resource.may_change.join(", ")) : null,
    resource.reason ? notice("plain", "Why: ", resource.reason) : null,
    flags.length > 0 ? element("p", { class: "flags" }, ...flags.map((flag) => element("span", { class: "badge" }, flag))) : null,
    resource.changes.length > 0
      ? section("Changes", ...resource.changes.map((change) => changeOf(change, resource, address))) : null,
    ...row.drift.map((drift) => section("Changed outside", ...driftOf(drift, address))),
    factsOf([
      ["id", resource.id], ["declared at", resource.at], ["part of", (resource.group ?? []).join(" / ")],
      ["provider", resource.provider], ["where", where],
    ]),
    needed.length > 0 ? section("Depends on", linksTo(needed, model, address)) : null,
    row.neededBy.length > 0 ? section("Needed by", linksTo(row.neededBy, model, address)) : null,
    wholeOf(resource, address),
  ].filter(Boolean);
}

// All of it, as it will be or as it was, made when somebody looks.
function wholeOf(resource, address) {
  const whole = resource.after ?? resource.before;
  if (whole === null) return null;
  const title = resource.after === null ? "All of it, as it is now" : "All of it, as it will be";
  const fold = element("details", { class: "whole" }, element("summary", {}, title));
  fold.addEventListener("toggle", () => {
    if (fold.children.length > 1) return;
    fold.append(element("div", { class: "diff" }, ...linesOf(whole).map((line) =>
      element("div", { class: "line stays" }, element("code", {}, ...parts(line, address))))));
  });
  return fold;
}

function driftOf(drift, address) {
  if (drift.gone) return [element("p", {}, "The object is gone.")];
  return drift.fields.map((field) => element("div", { class: "change" },
    element("h4", {}, field.field), diffOf(field.recorded, field.observed, address)));
}

function findingOf(finding, link) {
  const [tone, word] = { deny: ["danger", "⚑ Denied"], accepted: ["plain", "Found"] }[levelOf(finding)]
    ?? ["warn", "⚑ Warning"];
  const accepted = finding.accepted ? element("div", {}, `Accepted: ${finding.accepted}`) : null;
  return notice(tone, `${word} by ${finding.policy}: `, ...[finding.message, accepted, link ? element("div", {}, link) : null].filter(Boolean));
}

function overviewOf(model, address) {
  const { preview, rows } = model;
  const lost = rows.filter((row) => row.resource.irreversible);
  const kinds = (kind) => rows.filter((row) => row.kind === kind && !row.resource.irreversible);
  const urns = (some) => some.map((row) => row.resource.urn);
  const findings = preview.findings ?? [];
  const going = [...kinds("delete"), ...kinds("forget")];
  const lookedAt = [
    findings.length > 0 ? section("Policies", ...findings.map((finding) =>
      findingOf(finding, finding.urn ? linkTo(finding.urn, address) : null))) : null,
    lost.length > 0 ? section("Cannot be undone by a rollback", ...lost.map((row) =>
      element("div", { class: "notice danger" }, linkTo(row.resource.urn, address), element("div", {}, row.resource.irreversible)))) : null,
    kinds("replace").length > 0 ? section("Replaced", linksTo(urns(kinds("replace")), model, address)) : null,
    going.length > 0 ? section("Deleted or forgotten", linksTo(urns(going), model, address)) : null,
    uncertainties(model, address),
    preview.drift.length > 0 ? section("Changed outside since the last run", ...preview.drift.map((drift) =>
      element("div", { class: "drifted" }, linkTo(drift.urn, address), ...driftOf(drift, address)))) : null,
    preview.outputs.length > 0 ? section("Outputs", ...preview.outputs.map((output) => element("div", { class: "change" },
      element("h4", {}, output.name), diffOf(output.before, output.after, address)))) : null,
  ].filter(Boolean);
  return [
    element("header", {}, element("h2", {}, "Overview"), element("p", { class: "remark" }, saidFirst(preview))),
    ...[noteOfSnapshot(preview)].filter(Boolean),
    ...lookedAt,
    legendOf(model),
  ];
}

function saidFirst(preview) {
  if (preview.empty && uncertainOf(preview).length > 0) return "No change shows; where secrets go into, something may change.";
  if (preview.empty) return "An apply would do nothing.";
  return "What to look at first. Choose a resource to see what changes in it.";
}

function legendOf(model) {
  const kinds = Object.keys(KINDS).filter((kind) => model.counts.has(kind));
  return section("Signs", element("ul", { class: "legend" }, ...kinds.map((kind) =>
    element("li", { "data-kind": kind }, element("span", { class: "sign" }, KINDS[kind].sign), ` ${KINDS[kind].word}`))));
}

