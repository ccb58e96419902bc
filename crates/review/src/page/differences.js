// Differences and other parts that details are made of.

function linkTo(urn, address, className = "urn") {
  return element("a", { class: className, href: address(urn) }, urn);
}

// A line of a value. Nothing in it is markup.
function parts(line, address) {
  return line.map((part) => {
    if (typeof part === "string") return part;
    if (part.secret) return element("span", { class: "secret" }, "secret");
    const waits = part.after.flatMap((urn, index) => [index === 0 ? ", waits for " : " and ", linkTo(urn, address)]);
    return element("span", { class: "unknown" }, "known after apply", ...waits);
  });
}

const MARKS = { "-": "goes", "+": "comes", " ": "stays" };

function diffOf(before, after, address, note) {
  const lines = differences(before === null ? [] : readable(before), after === null ? [] : readable(after));
  const last = lines.findLastIndex(([mark]) => mark === "+");
  const noted = last < 0 ? lines.length - 1 : last;
  return element("div", { class: "diff" }, ...lines.map(([mark, line], index) => element("div", { class: `line ${MARKS[mark]}` },
    element("span", { class: "mark", "aria-label": { "-": "before", "+": "after" }[mark] }, mark),
    element("code", {}, ...parts(line, address)),
    note && index === noted ? element("span", { class: "note" }, note) : null)));
}

function section(title, ...children) {
  return element("section", {}, element("h3", {}, title), ...children);
}

function notice(level, title, ...children) {
  return element("div", { class: `notice ${level}` }, element("strong", {}, title), ...children);
}

function linksTo(urns, model, address) {
  return element("ul", { class: "links" }, ...urns.map((urn) => {
    const row = model.byUrn.get(urn);
    const sign = element("span", { class: "sign", "aria-hidden": "true" }, row ? signOf(row.resource) : " ");
    return element("li", { "data-kind": row?.kind ?? "none" }, sign, row ? linkTo(urn, address) : element("span", { class: "urn" }, urn));
  }));
}

function factsOf(pairs) {
  const known = pairs.filter(([, value]) => value);
  return element("dl", { class: "facts" }, ...known.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

