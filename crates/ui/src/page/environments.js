// The list of environments.

function environmentsOf(listing, address) {
  if (listing.environments.length === 0) {
    return element("p", { class: "empty" }, `There is no environment in ${listing.backend}. The first \`stack apply\` makes one.`);
  }
  const titles = ["Environment", "Resources", "Last run", "Age", "Expires", ""];
  return element("table", {},
    element("thead", {}, element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title || element("span", { class: "unseen" }, "Notes"))))),
    element("tbody", {}, ...listing.environments.map((one) => lineOf(one, address))));
}

function lineOf({ stack, environment, about, error }, address) {
  const cell = (what, ...children) => element("td", { "data-what": what }, ...children);
  const name = element("th", { scope: "row" }, element("a", { href: address(stack, environment) }, `${stack} / ${environment}`));
  if (!about) {
    const why = error ? element("span", {}, element("span", { class: "badge danger" }, "cannot be read"), " ", element("span", { class: "why" }, error)) : "nothing is recorded yet";
    return element("tr", {}, name, element("td", { colspan: 5 }, why));
  }
  return element("tr", {}, name,
    element("td", { class: "number", "data-what": "Resources" }, String(about.resources)),
    cell("Last run", lastRunOf(about)),
    cell("Age", about.since ? time(about.since, `${about.born ? "" : "over "}${span(since(about.since))}`) : "not known"),
    cell("Expires", about.expires ? expiryOf(about.expires) : "never"),
    element("td", {}, ...badgesOf(about)));
}

function lastRunOf({ command, at, serial }) {
  return element("span", {}, `${command ?? "not known"}`, at ? ", " : null, at ? time(at, ago(at)) : null, element("span", { class: "small" }, ` · state ${serial}`));
}

function expiryOf(at) {
  const left = -since(at);
  return left > 0 ? time(at, `in ${span(left)}`) : element("span", { class: "badge danger" }, time(at, `${span(left)} ago`));
}

function badgesOf(about) {
  const badge = (tone, said, title) => element("span", { class: `badge ${tone}`, title }, said);
  const { holder } = about;
  return [
    about.production && badge("production", "production"),
    holder && badge("warn", `locked: ${holder.command}`, `by ${holder.user} on ${holder.host}, process ${holder.process}, since ${clock(holder.since)}`),
    about.interrupted && badge("danger", `${about.interrupted} interrupted`),
    about.drifted > 0 && badge("warn", `${about.drifted} drifted`),
    about.moved_to && badge("", `moved to ${about.moved_to}`),
  ].filter(Boolean);
}
