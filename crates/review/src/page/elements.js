// Making elements. Text becomes a text node always: there is no way from here to markup.

function element(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

function vector(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

// An attribute that is false, null or undefined is left out; `true` is an attribute without a value.
function dressed(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

function button(attributes, does, ...children) {
  const made = element("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", does);
  return made;
}

// `1 change`, `2 changes`.
function counted(number, one) {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

