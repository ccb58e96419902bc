// Values of a document as lines, and how two values differ line by line.
//
// A line is a list of parts: text, `{secret: true}`, or `{after: [urns]}` for what is known only after the apply.

function linesOf(value) {
  const lines = [[]];
  write(value, "", lines);
  return lines;
}

function put(lines, part) {
  const line = lines.at(-1);
  if (typeof part === "string" && typeof line.at(-1) === "string") line.push(line.pop() + part);
  else line.push(part);
}

function write(value, indent, lines) {
  if (value === null || typeof value !== "object") {
    put(lines, scalar(value));
  } else if (value.$secret) {
    put(lines, { secret: true });
  } else if (value.$unknown) {
    const after = (value.$unknown.after ?? []).map((one) => one.urn).filter((urn) => typeof urn === "string");
    put(lines, { after: [...new Set(after)] });
  } else if (Array.isArray(value)) {
    block(value.map((item) => ["", item]), "[", "]", indent, lines);
  } else {
    // A literal key that begins with a dollar is written with two.
    const entries = Object.entries(value).map(([key, item]) => [`${key.replace(/^\$\$/, "$")} = `, item]);
    block(entries, "{", "}", indent, lines);
  }
}

// Short and flat on one line, anything else with a line for each entry.
function block(entries, open, close, indent, lines) {
  const short = entries.every(([, item]) => item === null || typeof item !== "object")
    && entries.reduce((length, [key, item]) => length + key.length + scalar(item).length + 2, 0) <= 60;
  if (entries.length === 0) {
    put(lines, open + close);
  } else if (short) {
    const space = open === "{" ? " " : "";
    put(lines, open + space + entries.map(([key, item]) => key + scalar(item)).join(", ") + space + close);
  } else {
    put(lines, open);
    for (const [key, item] of entries) {
      lines.push([`${indent}  ${key}`]);
      write(item, `${indent}  `, lines);
    }
    lines.push([indent + close]);
  }
}

function scalar(value) {
  return value === null ? "not set" : JSON.stringify(value);
}

// A text of several lines is shown as such, and JSON in a text as JSON: policies are.
function readable(value) {
  if (typeof value !== "string") return linesOf(value);
  const parsed = parsedJson(value);
  if (parsed !== undefined) return linesOf(parsed);
  if (!value.includes("\n")) return linesOf(value);
  return value.split("\n").map((line) => [line]);
}

function parsedJson(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return plain(JSON.parse(text));
  } catch {
    return undefined;
  }
}

// Keys of JSON in a text that begin with a dollar are literal.
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.replace(/^\$/, "$$$$"), plain(item)]));
}

// Beyond this many pairs of lines a comparison takes longer than anybody waits.
const MOST_COMPARED = 1_000_000;

// `[mark, line]` for each line: "-" goes, "+" comes, " " stays. The longest common lines stay; a secret never does, as
// nobody can tell from here.
function differences(before, after) {
  const [old, now] = [before, after].map((lines, side) => lines.map((line) =>
    (line.some((part) => part.secret) ? side : JSON.stringify(line))));
  if (old.length * now.length > MOST_COMPARED) {
    return [...before.map((line) => ["-", line]), ...after.map((line) => ["+", line])];
  }
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i * width + j] = old[i] === now[j]
        ? common[(i + 1) * width + j + 1] + 1
        : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      found.push([" ", after[j]]);
      i++;
      j++;
    } else if (i < old.length && (j === now.length || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      found.push(["-", before[i++]]);
    } else {
      found.push(["+", after[j++]]);
    }
  }
  return found;
}

function hasUnknown(value) {
  if (value === null || typeof value !== "object") return false;
  return "$unknown" in value || Object.values(value).some(hasUnknown);
}

