// The graph: boxes and arrows, moved and zoomed. An arrow points from a resource to what it depends on.

// Nobody reads a picture of more boxes, and laying them out takes longer than anybody waits.
const MOST_BOXES = 300;
const BOX = { width: 172, height: 42, gap: 14, between: 36, bend: 0 };
const ZOOM = { least: 0.02, most: 3, step: 1.25, readable: 0.3 };

function makeGraph(select, read) {
  const [svg, view, caption] = [byId("graph"), byId("view"), byId("caption")];
  const place = { x: 0, y: 0, scale: 1 };
  let shown = { boxes: new Map(), edges: [], width: 0, height: 0 };
  let rows = [];
  let fitted = true; // until a person moves it

  function draw(model, filter) {
    const chosen = chosenBoxes(model, filter);
    caption.textContent = chosen.said;
    const same = chosen.rows.length === rows.length && chosen.rows.every((row, index) => row === rows[index]);
    if (!same) {
      rows = chosen.rows;
      fitted = true;
      layOut();
    }
    for (const [row, box] of shown.boxes) box.element.classList.toggle("faint", !matches(row, filter));
  }

  function layOut() {
    shown = arranged(rows, svg.getBoundingClientRect());
    byId("edges").replaceChildren(...shown.edges.map((edge) => edge.element));
    byId("nodes").replaceChildren(...[...shown.boxes.values()].map((box) => box.element));
    fit();
    if (place.scale >= ZOOM.readable || rows.length === 0) return;
    // All of it at once would be dust: what matters first, at a size to read, and the rest around it.
    const first = shown.boxes.get(rows[0]);
    const { width, height } = svg.getBoundingClientRect();
    place.scale = 2 * ZOOM.readable;
    [place.x, place.y] = [width / 2 - first.x * place.scale, height / 2 - first.y * place.scale];
    fitted = false;
    move();
  }

  function mark(selected) {
    const near = new Set();
    for (const edge of shown.edges) {
      const lit = selected !== undefined && (edge.from === selected || edge.to === selected);
      edge.element.classList.toggle("lit", lit);
      edge.element.setAttribute("marker-end", lit ? "url(#arrow-lit)" : "url(#arrow)");
      if (lit) near.add(edge.from).add(edge.to);
    }
    for (const [row, box] of shown.boxes) {
      box.element.classList.toggle("selected", row === selected);
      box.element.classList.toggle("near", near.has(row));
      box.element.setAttribute("aria-pressed", String(row === selected));
    }
    rove(shown.boxes.has(selected) ? selected : rows[0]);
  }

  // One box is in the order of Tab; arrows go to the others.
  function rove(row) {
    for (const [one, box] of shown.boxes) box.element.setAttribute("tabindex", one === row ? "0" : "-1");
  }

  function move() {
    view.style.transform = `translate(${place.x}px, ${place.y}px) scale(${place.scale})`;
  }

  function fit() {
    const { width, height } = svg.getBoundingClientRect();
    const [margin, foot] = [28, 44]; // the foot has the caption and the buttons
    const scale = Math.min((width - 2 * margin) / shown.width, (height - margin - foot) / shown.height, 1.1);
    place.scale = Number.isFinite(scale) && scale > 0 ? scale : 1;
    place.x = (width - shown.width * place.scale) / 2;
    place.y = margin + Math.max(0, height - margin - foot - shown.height * place.scale) / 2;
    fitted = true;
    move();
  }

  function zoom(factor, centre) {
    const { width, height } = svg.getBoundingClientRect();
    const { x, y } = centre ?? { x: width / 2, y: height / 2 };
    const scale = Math.min(ZOOM.most, Math.max(ZOOM.least, place.scale * factor));
    place.x = x - ((x - place.x) * scale) / place.scale;
    place.y = y - ((y - place.y) * scale) / place.scale;
    place.scale = scale;
    fitted = false;
    move();
  }

  function pan(x, y) {
    place.x += x;
    place.y += y;
    fitted = false;
    move();
  }

  // Brings a box to where it can be read, if it cannot be.
  function reveal(row) {
    const box = shown.boxes.get(row);
    if (!box) return;
    const { width, height } = svg.getBoundingClientRect();
    const [x, y] = [place.x + box.x * place.scale, place.y + box.y * place.scale];
    const margin = 40;
    if (x > margin && y > margin && x < width - margin && y < height - margin) return;
    pan(width / 2 - x, height / 2 - y);
  }

  // The nearest box in a direction, where being off to the side counts double.
  function neighbour(row, dx, dy) {
    const from = shown.boxes.get(row);
    let [found, least] = [undefined, Infinity];
    for (const [other, box] of shown.boxes) {
      const [x, y] = [box.x - from.x, box.y - from.y];
      const [ahead, aside] = dx !== 0 ? [x * dx, Math.abs(y)] : [y * dy, Math.abs(x)];
      const distance = ahead + 2 * aside;
      if (ahead > 1 && distance < least) [found, least] = [other, distance];
    }
    return found;
  }

  const rowOf = (target) => [...shown.boxes].find(([, box]) => box.element.contains(target))?.[0];

  function keys(event) {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const row = rowOf(event.target);
    if (arrow && event.shiftKey) pan(-60 * arrow[0], -60 * arrow[1]);
    else if (arrow && row) {
      const next = neighbour(row, ...arrow);
      if (next) {
        rove(next);
        reveal(next);
        shown.boxes.get(next).element.focus({ preventScroll: true });
      }
    } else if ((event.key === "Enter" || event.key === " ") && row) select(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Dragging moves it, two fingers zoom it, and a press that does not move is a click.
  const pointers = new Map();
  let travelled = 0;
  const at = (event) => {
    const { left, top } = svg.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const between = ([one, other]) => ({
    x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.hypot(one.x - other.x, one.y - other.y) || 1,
  });

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) travelled = 0;
    pointers.set(event.pointerId, at(event));
  });
  svg.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const before = pointers.size === 2 ? between([...pointers.values()]) : undefined;
    const now = at(event);
    pointers.set(event.pointerId, now);
    travelled += Math.hypot(now.x - last.x, now.y - last.y);
    if (travelled < 4) return;
    // Only now, because a captured pointer clicks the picture instead of the box.
    if (!svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
    svg.classList.add("dragging");
    if (before) {
      const after = between([...pointers.values()]);
      zoom(after.apart / before.apart, before);
      pan(after.x - before.x, after.y - before.y);
    } else if (pointers.size === 1) pan(now.x - last.x, now.y - last.y);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      if (pointers.size === 0) svg.classList.remove("dragging");
    });
  }
  svg.addEventListener("click", (event) => {
    const row = travelled < 4 ? rowOf(event.target) : undefined;
    if (!row) return;
    select(row);
    read();
  });
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) * 0.0025), at(event));
  }, { passive: false });
  svg.addEventListener("keydown", keys);
  byId("zoom-in").addEventListener("click", () => zoom(ZOOM.step));
  byId("zoom-out").addEventListener("click", () => zoom(1 / ZOOM.step));
  byId("zoom-fit").addEventListener("click", fit);
  new ResizeObserver(() => fitted && fit()).observe(svg);

  return { draw, mark, reveal, fit, zoomIn: () => zoom(ZOOM.step), zoomOut: () => zoom(1 / ZOOM.step) };
}

// What is drawn: what the filter leaves of large stacks, else what changes or everything; and its direct neighbours.
function chosenBoxes(model, filter) {
  const base = filter.onlyChanges && filter.kinds.size === 0 ? changed(model) : model.rows;
  const few = base.length <= MOST_BOXES;
  const wanted = few ? base : base.filter((row) => matches(row, filter));
  const first = wanted.slice(0, MOST_BOXES);
  const chosen = new Set(first);
  for (const row of first) {
    for (const urn of [...row.resource.depends_on, ...row.neededBy]) {
      const near = model.byUrn.get(urn);
      if (near && chosen.size < MOST_BOXES) chosen.add(near);
    }
  }
  const rows = model.rows.filter((row) => chosen.has(row));
  return { rows, said: saidOf(model, wanted.length, first.length, rows.length) };
}

function saidOf(model, wanted, first, drawn) {
  const all = model.rows.length;
  if (drawn === 0) return "";
  if (first < wanted) return `The first ${first} of ${wanted} are drawn; a filter shows others.`;
  if (drawn === all) return `${counted(all, "resource")}`;
  const near = drawn - first;
  return near === 0 ? `${drawn} of ${all} resources` : `${drawn} of ${all} resources: ${first}, and ${near} next to them`;
}

// Laid out downwards or to the right, with few or many boxes in a layer: whichever is largest in the space there is, as
// long as it can be read; a smaller one with fewer crossings is better than one that is larger than needed.
const LAYERS_OF = [Infinity, 12, 8, 6, 5, 4, 3];
const LARGE_ENOUGH = 0.8;
const MOST_TRIED = 80;

function arranged(rows, { width, height }) {
  const numbers = new Map(rows.map((row, index) => [row.resource.urn, index]));
  const edges = rows.flatMap((row, from) => {
    const needed = [...new Set(row.resource.depends_on)].map((urn) => numbers.get(urn));
    return needed.filter((to) => to !== undefined && to !== from).map((to) => [from, to]);
  });
  const drawn = withoutShortcuts(rows.length, edges);
  const { gap, between, bend } = BOX;
  const tried = rows.length <= MOST_TRIED ? LAYERS_OF : [Infinity];
  const candidates = tried.flatMap((most) => [[most, true], [most, false]]).map(([most, downwards]) => {
    const [breadth, depth] = downwards ? [BOX.width, BOX.height] : [BOX.height, BOX.width];
    const laid = layered(rows.length, drawn, { breadth, depth, gap, between, bend }, most);
    const [along, across] = [laid.to - laid.from, laid.end];
    const size = downwards ? { width: along, height: across } : { width: across, height: along };
    const scale = Math.min(width / size.width, height / size.height, LARGE_ENOUGH);
    return { ...laid, ...size, downwards, worth: scale / (1 + laid.crossed / (10 + 4 * drawn.length)) };
  });
  const best = candidates.reduce((one, other) => (other.worth > one.worth ? other : one));
  const point = ({ along, across }) => {
    const shifted = along - best.from;
    return best.downwards ? { x: shifted, y: across } : { x: across, y: shifted };
  };
  const points = best.places.map(point);
  const boxes = new Map(rows.map((row, index) => [row, { ...points[index], element: boxElement(row, points[index]) }]));
  const lines = best.paths.map(({ edge, bends }) => {
    const [from, to] = drawn[edge];
    const line = curve(points[from], bends.map(point), points[to], best.downwards);
    return { from: rows[from], to: rows[to], element: vector("path", { d: line, "marker-end": "url(#arrow)" }) };
  });
  return { boxes, edges: lines, width: best.width, height: best.height };
}

// Leaves out what other arrows say already: where A needs B and B needs C, an arrow from A to C. Details list it.
function withoutShortcuts(count, edges) {
  const out = Array.from({ length: count }, () => []);
  for (const [from, to] of edges) out[from].push(to);
  const reached = new Map();
  const below = (node) => {
    if (reached.has(node)) return reached.get(node);
    const all = new Set();
    reached.set(node, all);
    for (const to of out[node]) {
      all.add(to);
      for (const further of below(to)) all.add(further);
    }
    return all;
  };
  return edges.filter(([from, to]) => !out[from].some((other) => other !== to && below(other).has(to)));
}

function boxElement(row, { x, y }) {
  const { resource, kind } = row;
  const [left, top] = [x - BOX.width / 2, y - BOX.height / 2];
  const { word } = KINDS[kind];
  const marks = [resource.irreversible && "⚠", row.findings.some((finding) => levelOf(finding) !== "accepted") && "⚑"].filter(Boolean).join("");
  return vector("g", {
    class: "box", "data-kind": kind, "data-urn": resource.urn, role: "button", tabindex: "-1", "aria-label": `${word} ${resource.urn}`,
    transform: `translate(${left}, ${top})`,
  },
  vector("title", {}, `${resource.urn}: ${word}`),
  vector("rect", { class: "ground", width: BOX.width, height: BOX.height, rx: 6 }),
  vector("rect", { class: "stripe", x: 6, y: 7, width: 26, height: BOX.height - 14, rx: 4 }),
  vector("text", { class: "sign", x: 19, y: BOX.height / 2 + 4.5, "text-anchor": "middle" }, signOf(resource)),
  vector("text", { class: "name", x: 40, y: 18 }, cut(resource.name, marks ? 15 : 18)),
  vector("text", { class: "type", x: 40, y: 32.5 }, cut(shortType(resource.type), 20)),
  marks ? vector("text", { class: "marks", x: BOX.width - 8, y: 18, "text-anchor": "end" }, marks) : null);
}

function cut(text, most) {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}…`;
}

// Straight past the boxes of each layer on the way, and curved between the layers.
function curve(from, bends, to, downwards) {
  const [forth, aside] = downwards ? ["y", "x"] : ["x", "y"];
  const half = (downwards ? BOX.height : BOX.width) / 2;
  const way = Math.sign(to[forth] - from[forth]) * half;
  const moved = (point, by) => ({ ...point, [forth]: point[forth] + by });
  const points = [moved(from, way), ...bends.flatMap((bend) => [moved(bend, -way), moved(bend, way)]), moved(to, -way)];
  let path = `M${points[0].x} ${points[0].y}`;
  for (let index = 1; index < points.length; index++) {
    const [one, other] = [points[index - 1], points[index]];
    const middle = (one[forth] + other[forth]) / 2;
    const control = (point) => ({ ...point, [forth]: middle });
    path += index % 2 === 0 || one[aside] === other[aside]
      ? `L${other.x} ${other.y}`
      : `C${control(one).x} ${control(one).y} ${control(other).x} ${control(other).y} ${other.x} ${other.y}`;
  }
  return path;
}

