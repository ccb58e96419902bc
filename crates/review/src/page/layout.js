// Where the boxes of a graph go: layers by longest path, an order in each layer with few crossings, and places that
// follow from the neighbours'. Sizes are along a layer (`breadth`) and across layers (`depth`).
//
// `count` boxes, `edges` as pairs `[from, to]` of numbers. Layers are numbered from what depends to what is needed.
// A cycle is drawn as well: the edge that closes it points back.

const SWEEPS = 16;
const PULL = 0.25;

function layered(count, edges, size, most = Infinity) {
  const { forward, layer } = layers(count, edges, most);
  const connected = new Set(edges.flat());
  const graph = withBends(count, forward, layer, connected);
  const { order, crossed } = ordered(graph);
  const breadths = graph.layer.map((_, node) => (node < count ? size.breadth : size.bend));
  const along = placed(graph, order, breadths, size.gap);
  const across = graph.layer.map((at) => at * (size.depth + size.between) + size.depth / 2);
  const places = Array.from({ length: count }, (_, node) => ({ along: along[node], across: across[node] }));
  const bounds = extent([...connected].map((node) => places[node]), size);
  apart(places, connected, size, bounds);
  const bends = (chain) => chain.map((node) => ({ along: along[node], across: across[node] }));
  return { places, paths: graph.chains.map(({ edge, chain }) => ({ edge, bends: bends(chain) })), crossed, ...bounds };
}

// The longest path down from each box decides its layer, and where a layer has `most` already, the next one takes it.
function layers(count, edges, most) {
  const { back, finished } = walked(count, edges);
  const forward = edges.map(([from, to], edge) => (back.has(edge) ? [to, from] : [from, to]));
  const [out, inward] = [Array.from({ length: count }, () => []), new Uint32Array(count)];
  for (const [from, to] of forward) {
    out[from].push(to);
    inward[to]++;
  }
  const height = new Int32Array(count);
  const longest = (node) => out[node].reduce((highest, to) => Math.max(highest, height[to] + 1), 0);
  for (const node of finished) height[node] = longest(node);
  // From the bottom up; of one height, what more depends on is placed lower.
  const sequence = [...finished].sort((one, other) => height[one] - height[other] || inward[other] - inward[one]);
  const members = [];
  for (const node of sequence) {
    if (out[node].length === 0 && inward[node] === 0) continue;
    let at = longest(node);
    while ((members[at] ?? 0) >= most) at++;
    height[node] = at;
    members[at] = (members[at] ?? 0) + 1;
  }
  const highest = Math.max(0, members.length - 1);
  return { forward, layer: Array.from(height, (one) => highest - one) };
}

// Everything in the order in which it is left, what is needed first, and the edges that close a cycle. Without
// recursion: a chain may be as long as the graph is large.
function walked(count, edges) {
  const out = Array.from({ length: count }, () => []);
  edges.forEach(([from, to], edge) => out[from].push({ to, edge }));
  const state = new Uint8Array(count); // 0 not seen, 1 on the way, 2 done
  const [back, finished] = [new Set(), []];
  for (let root = 0; root < count; root++) {
    if (state[root] !== 0) continue;
    const stack = [{ node: root, next: 0 }];
    state[root] = 1;
    while (stack.length > 0) {
      const top = stack.at(-1);
      if (top.next === out[top.node].length) {
        state[top.node] = 2;
        finished.push(top.node);
        stack.pop();
        continue;
      }
      const { to, edge } = out[top.node][top.next++];
      if (state[to] === 1) back.add(edge);
      if (state[to] !== 0) continue;
      state[to] = 1;
      stack.push({ node: to, next: 0 });
    }
  }
  return { back, finished };
}

// An edge over several layers gets a bend in each layer between, so that it keeps clear of the boxes there. Edges to the
// same box share theirs: they join on the way.
function withBends(count, forward, layer, connected) {
  const all = [...layer];
  const [above, below] = [Array.from({ length: count }, () => []), Array.from({ length: count }, () => [])];
  const join = (upper, lower) => {
    below[upper].push(lower);
    above[lower].push(upper);
  };
  const trunks = new Map(); // of each box, its bends from the lowest up
  const bendOf = (to, at) => {
    if (!trunks.has(to)) trunks.set(to, []);
    const trunk = trunks.get(to);
    while (layer[to] - trunk.length > at) {
      const bend = all.push(layer[to] - trunk.length - 1) - 1;
      above.push([]);
      below.push([]);
      join(bend, trunk.at(-1) ?? to);
      trunk.push(bend);
    }
    return trunk[layer[to] - at - 1];
  };
  const chains = forward.map(([from, to], edge) => {
    const first = layer[from] + 1;
    join(from, first < layer[to] ? bendOf(to, first) : to);
    const chain = first < layer[to] ? trunks.get(to).slice(0, layer[to] - first).reverse() : [];
    return { edge, chain };
  });
  const rows = [];
  all.forEach((at, node) => {
    if (node < count && !connected.has(node)) return;
    (rows[at] ??= []).push(node);
  });
  return { layer: all, above, below, chains, rows: rows.map((row) => row ?? []) };
}

// Sorts each layer by the middle of its neighbours in the layer before, down and up in turn, and keeps the best.
function ordered({ rows, above, below }) {
  let current = rows.map((row) => [...row]);
  let best = current;
  let fewest = crossings(current, below);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    const neighbours = down ? above : below;
    const position = new Map();
    current.forEach((row) => row.forEach((node, place) => position.set(node, place)));
    const next = [...current];
    for (let step = 1; step < next.length; step++) {
      const at = down ? step : next.length - 1 - step;
      const middle = new Map(next[at].map((node) => [node, mean(neighbours[node], position) ?? position.get(node)]));
      next[at] = [...next[at]].sort((one, other) => middle.get(one) - middle.get(other));
      next[at].forEach((node, place) => position.set(node, place));
    }
    current = next;
    const now = crossings(current, below);
    if (now < fewest) [best, fewest] = [current, now];
  }
  return { order: best, crossed: fewest };
}

function mean(nodes, position) {
  if (nodes.length === 0) return undefined;
  return nodes.reduce((sum, node) => sum + position.get(node), 0) / nodes.length;
}

// Pairs of edges between neighbouring layers that cross: counted with a tree of sums, from one end to the other.
function crossings(rows, below) {
  let total = 0;
  for (let at = 0; at + 1 < rows.length; at++) {
    const place = new Map(rows[at + 1].map((node, index) => [node, index]));
    const sums = new Uint32Array(rows[at + 1].length + 1);
    let seen = 0;
    for (const node of rows[at]) {
      const ends = below[node].map((lower) => place.get(lower)).sort((one, other) => one - other);
      for (const end of ends) {
        let passed = 0;
        for (let index = end + 1; index > 0; index -= index & -index) passed += sums[index];
        total += seen - passed;
      }
      for (const end of ends) {
        for (let index = end + 1; index < sums.length; index += index & -index) sums[index]++;
        seen++;
      }
    }
  }
  return total;
}

// Places along each layer: as near to the middle of the neighbours as the order and the distances allow, with a little
// pull to the middle of it all, so that the picture is no wider than it must be.
function placed({ above, below }, rows, breadths, gap) {
  const along = new Float64Array(breadths.length);
  for (const row of rows) {
    const whole = row.reduce((sum, node) => sum + breadths[node] + gap, -gap);
    let at = -whole / 2;
    for (const node of row) {
      along[node] = at + breadths[node] / 2;
      at += breadths[node] + gap;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const sequence = sweep % 2 === 0 ? rows : [...rows].reverse();
    for (const row of sequence) settle(row, along, breadths, gap, (node) => {
      const near = [...above[node], ...below[node]];
      return (near.reduce((sum, one) => sum + along[one], 0) / near.length) * (1 - PULL);
    });
  }
  return along;
}

// Least squares with a least distance between neighbours: pools of boxes that touch move as one.
function settle(row, along, breadths, gap, wanted) {
  const pools = [];
  let offset = 0;
  const offsets = row.map((node, index) => {
    if (index > 0) offset += (breadths[row[index - 1]] + breadths[node]) / 2 + gap;
    return offset;
  });
  row.forEach((node, index) => {
    let pool = { sum: wanted(node) - offsets[index], size: 1 };
    while (pools.length > 0 && pools.at(-1).sum / pools.at(-1).size >= pool.sum / pool.size) {
      const last = pools.pop();
      pool = { sum: last.sum + pool.sum, size: last.size + pool.size };
    }
    pools.push(pool);
  });
  let index = 0;
  for (const pool of pools) {
    for (let member = 0; member < pool.size; member++, index++) {
      along[row[index]] = pool.sum / pool.size + offsets[index];
    }
  }
}

function extent(places, size) {
  if (places.length === 0) return { from: 0, to: 0, end: -size.between };
  let [from, to, end] = [Infinity, -Infinity, 0];
  for (const { along, across } of places) {
    from = Math.min(from, along - size.breadth / 2);
    to = Math.max(to, along + size.breadth / 2);
    end = Math.max(end, across + size.depth / 2);
  }
  return { from, to, end };
}

// Boxes without any edge stand in rows of their own below the rest.
function apart(places, connected, size, bounds) {
  const alone = places.map((_, node) => node).filter((node) => !connected.has(node));
  if (alone.length === 0) return;
  const cell = size.breadth + size.gap;
  const fitting = Math.floor((bounds.to - bounds.from + size.gap) / cell);
  const square = Math.ceil(Math.sqrt((alone.length * (size.depth + size.gap)) / cell));
  const columns = Math.max(1, fitting, square);
  alone.forEach((node, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    places[node].along = bounds.from + column * cell + size.breadth / 2;
    places[node].across = bounds.end + size.between + row * (size.depth + size.gap) + size.depth / 2;
  });
  const rows = Math.ceil(alone.length / columns);
  bounds.end += size.between + rows * (size.depth + size.gap) - size.gap;
  bounds.to = Math.max(bounds.to, bounds.from + Math.min(columns, alone.length) * cell - size.gap);
}

