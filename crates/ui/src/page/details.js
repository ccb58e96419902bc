// The details of one resource, and of an environment as a whole.

function valuesOf(values) {
  return element("div", { class: "diff" }, ...linesOf(values).map((line) =>
    element("div", { class: "line stays" }, element("code", {}, ...parts(line, () => "#")))));
}

function detailsOf(row, model, address) {
  const { resource, kind } = row;
  const provider = model.environment.providers[resource.provider];
  const where = [provider?.account, provider?.region].filter(Boolean).join(" · ");
  const flags = [resource.protect && "protected", resource.retain && "retained"].filter(Boolean);
  const id = resource.link
    ? element("a", { href: resource.link, target: "_blank", rel: "noopener noreferrer" }, resource.id) : resource.id;
  return [
    element("header", { "data-kind": kind },
      element("p", { class: "type" }, resource.type),
      element("h2", {}, element("span", { class: "sign", "aria-hidden": "true" }, signOf(resource)), " ", resource.name),
      element("p", { class: "remark" }, element("span", { class: "badge", "data-kind": kind }, KINDS[kind].word), " ", REMARKS[kind])),
    resource.step?.error ? notice("danger", "What went wrong: ", resource.step.error) : null,
    flags.length > 0 ? element("p", { class: "flags" }, ...flags.map((flag) => element("span", { class: "badge" }, flag))) : null,
    factsOf([["id", id], ["provider", resource.provider], ["where", where], ["to delete", resource.deposed.join(", ")]]),
    resource.drift.length > 0
      ? section("Not as asked for", ...resource.drift.map((one) => element("div", { class: "change" },
        element("h4", {}, one.field), diffOf(one.asked, one.observed, address)))) : null,
    resource.values === null ? null : section("Inputs and outputs", valuesOf(resource.values)),
    resource.depends_on.length > 0 ? section("Depends on", linksTo(resource.depends_on, model, address)) : null,
    row.neededBy.length > 0 ? section("Needed by", linksTo(row.neededBy, model, address)) : null,
    section("History", element("div", { id: "history" }, "…")),
  ].filter(Boolean);
}

const HAPPENED = { known: "is in the oldest state that is kept", created: "created", replaced: "replaced", changed: "changed", deleted: "deleted" };

function historyOf(history, address) {
  const damaged = history.damaged.map(([serial, why]) => notice("warn", `State ${serial} cannot be read: `, why));
  if (history.changes.length === 0) return [...damaged, "No state that is kept has it."];
  return [...damaged, ...history.changes.map((change) => element("div", { class: "happened" },
    element("p", {}, `State ${change.serial}: ${HAPPENED[change.what] ?? change.what}`,
      element("span", { class: "small" }, ` · ${change.command ?? "not known"}`, change.at ? ", " : null, change.at ? time(change.at, ago(change.at)) : null)),
    ...change.fields.map((field) => element("div", { class: "change" },
      element("h4", {}, field.field), diffOf(field.before, field.after, address)))))];
}

function overviewOf(model, address) {
  const { environment, counts } = model;
  const outputs = Object.entries(environment.outputs);
  const look = changed(model).map((row) => row.resource.urn);
  return [
    element("header", {}, element("h2", {}, "Overview"), element("p", { class: "remark" }, "Choose a resource to see what is recorded of it, and how it came to be so.")),
    look.length > 0 ? section("Needs a look", linksTo(look, model, address)) : null,
    outputs.length > 0 ? section("Outputs", element("div", { class: "outputs" }, ...outputs.map(([name, value]) =>
      element("div", { class: "change" }, element("h4", {}, name), valuesOf(value))))) : null,
    section("States that are kept", element("table", {}, element("tbody", {}, ...environment.history.map((one) => element("tr", {},
      element("td", { class: "number" }, String(one.serial)),
      element("td", {}, one.damage ? element("span", { class: "badge danger", title: one.damage }, "damaged") : one.command ?? "not known"),
      element("td", {}, one.at ? time(one.at, ago(one.at)) : ""),
      element("td", { class: "number" }, one.resources == null ? "" : counted(one.resources, "resource"))))))),
    section("Signs", element("ul", { class: "legend" }, ...Object.keys(KINDS).filter((kind) => counts.has(kind)).map((kind) =>
      element("li", { "data-kind": kind }, element("span", { class: "sign" }, KINDS[kind].sign), ` ${KINDS[kind].word}`)))),
  ].filter(Boolean);
}
