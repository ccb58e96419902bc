// The list of resources, what it is filtered by, and which is chosen.

function makeList(select, read, changedFilter) {
  const [list, input, only, toggles] = ["list", "filter", "only-changes", "toggles"].map(byId);
  const filter = { words: [], kinds: new Set(), onlyChanges: true };
  let model;
  let options = new Map();
  let chosen;

  function show(next) {
    model = next;
    chosen = undefined;
    filter.kinds.clear();
    filter.onlyChanges = changesFirst(model);
    filter.words = [];
    input.value = "";
    only.checked = filter.onlyChanges;
    toggles.replaceChildren(...kindToggles());
    options = new Map(model.rows.map((row, index) => [row, optionOf(row, index)]));
    list.replaceChildren(...options.values());
    apply();
  }

  function kindToggles() {
    const kinds = Object.keys(KINDS).filter((kind) => model.counts.has(kind));
    return kinds.map((kind) => {
      const attributes = { class: "toggle", "data-kind": kind, "aria-pressed": "false" };
      const toggle = () => {
        if (!filter.kinds.delete(kind)) filter.kinds.add(kind);
        apply();
      };
      const { sign, word } = KINDS[kind];
      return button(attributes, toggle, element("span", { class: "sign" }, sign), ` ${word} ${model.counts.get(kind)}`);
    });
  }

  function visible() {
    return model.rows.filter((row) => !options.get(row).hidden);
  }

  function apply() {
    for (const [row, option] of options) option.hidden = !matches(row, filter);
    for (const toggle of toggles.children) {
      toggle.setAttribute("aria-pressed", String(filter.kinds.has(toggle.dataset.kind)));
    }
    const number = visible().length;
    byId("count").textContent = `${number} of ${counted(model.rows.length, "resource")}`;
    byId("nothing").hidden = number > 0;
    list.hidden = number === 0;
    if (number === 0) byId("nothing").replaceChildren(...nothing());
    changedFilter(filter);
  }

  function nothing() {
    const text = model.rows.length === 0 ? "There is nothing here." : "Nothing matches. ";
    return model.rows.length === 0 ? [text] : [text, button({}, clear, "Clear the filter")];
  }

  function clear() {
    input.value = "";
    filter.words = [];
    filter.kinds.clear();
    filter.onlyChanges = only.checked = changesFirst(model);
    apply();
  }

  // One that the filter hides is shown all the same when it is asked for: the filter gives way.
  function mark(row) {
    if (chosen) options.get(chosen)?.setAttribute("aria-selected", "false");
    chosen = row;
    if (!row) return list.removeAttribute("aria-activedescendant");
    const option = options.get(row);
    if (option.hidden) {
      clear();
      if (option.hidden) {
        only.checked = filter.onlyChanges = false;
        apply();
      }
    }
    option.setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const rows = visible();
    if (rows.length === 0) return;
    const at = rows.indexOf(chosen);
    const from = at >= 0 ? at : by > 0 ? -1 : rows.length;
    select(rows[Math.max(0, Math.min(rows.length - 1, from + by))]);
  }

  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    select(model.rows[Number(option.dataset.index)]);
    read();
  });
  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (by !== undefined) step(by);
    else if (event.key === "Enter" && chosen) byId("details").focus();
    else return;
    event.preventDefault();
  });
  input.addEventListener("input", () => {
    filter.words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    apply();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      list.focus();
      if (!chosen || options.get(chosen).hidden) step(1);
    }
  });
  only.addEventListener("change", () => {
    filter.onlyChanges = only.checked;
    apply();
  });

  // Kinds have changed since it was shown.
  function recount() {
    toggles.replaceChildren(...kindToggles());
    apply();
  }

  return { show, mark, step, clear, recount, filter, isFiltered: () => filter.words.length > 0 || filter.kinds.size > 0 };
}

function optionOf(row, index) {
  const { resource, kind } = row;
  const group = (resource.group ?? []).join(" / ");
  const levels = row.findings.map(levelOf);
  const found = ["deny", "warn"].find((level) => levels.includes(level));
  return element("div", {
    role: "option", class: "option", id: `option-${index}`, "data-index": index, "data-kind": kind, "data-urn": resource.urn,
    "aria-selected": "false", title: resource.urn,
  },
  element("span", { class: "sign", "aria-label": KINDS[kind].word }, signOf(resource)),
  element("span", { class: "words" },
    element("span", { class: "first" },
      element("span", { class: "name" }, resource.name),
      resource.irreversible ? element("span", { class: "mark danger", title: "Cannot be undone by a rollback" }, "⚠ no undo") : null,
      found ? element("span", { class: found === "deny" ? "mark danger" : "mark warn" }, found === "deny" ? "⚑ denied" : "⚑ warning") : null,
      row.drift.length > 0 ? element("span", { class: "mark", title: "Changed outside" }, "drift") : null),
    element("span", { class: "type" }, group ? `${resource.type} · ${group}` : resource.type)));
}

