/** Small helpers to build the page. Text always goes in as text nodes, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("button.round", {onclick, "aria-label": "…"}, child, …)`. */
export function h(what, props = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  if (tag === "button" && !props.type) element.type = "button";
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** One drawing of `icons.svg`; decoration only, so name the button around it. */
export function icon(name, ...classes) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", ["icon", ...classes].join(" "));
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A round button with a drawing. */
export const round = (name, label, onclick, props = {}) =>
  h("button.round", { "aria-label": label, title: label, onclick, ...props }, icon(name));

/** Something to be read once, below the page. */
export function toast(text) {
  const line = h("p", {}, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), 6000);
}

/** What the browser remembers between visits. */
export const memory = {
  get(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(name)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch {
      // a browser that keeps nothing still shows the phones
    }
  },
};
