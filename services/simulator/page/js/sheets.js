/** What slides up inside a phone: the rows of a list, sample accounts, places, stickers. */

import { h, icon, round } from "./dom.js";
import { either, t } from "./words.js";

const FOCUSABLE = "button, input:not([type=file]), textarea, select, a[href]";

/** Opens a sheet over one phone; the rest of that phone rests until it is closed. Returns the closing function. */
export function openSheet(phone, title, body, foot) {
  const before = document.activeElement;
  const rest = [...phone.children];
  const close = () => {
    veil.remove();
    for (const element of rest) element.inert = false;
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  const sheet = h(
    "div.sheet",
    { role: "dialog", "aria-modal": "true", "aria-label": title, tabIndex: -1 },
    h("div.sheet-head", {}, h("h3", {}, title), round("close", t("close"), close)),
    h("div.sheet-body", {}, body),
    foot && h("div.sheet-foot", {}, foot),
  );
  const veil = h("div.veil", { onclick: (event) => event.target === veil && close() }, sheet);
  veil.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Tab") keepInside(sheet, event);
  });
  for (const element of rest) element.inert = true;
  phone.append(veil);
  (sheet.querySelector(".sheet-body :is(input:not([type=file]), button, textarea)") ?? sheet).focus({ preventScroll: true });
  return close;
}

function keepInside(sheet, event) {
  const stops = [...sheet.querySelectorAll(FOCUSABLE)].filter((element) => !element.disabled);
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement === edge || !sheet.contains(document.activeElement)) {
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }
}

/** The rows of a list message: choose one, then send it. */
export function listSheet(phone, interactive, send) {
  const go = h("button.go", { disabled: true, onclick: submit }, icon("send"), t("send"));
  const sections = interactive.action.sections.map((section) =>
    h(
      "fieldset.rows",
      { "aria-label": section.title ?? interactive.action.button },
      section.title && h("p.section", {}, section.title),
      ...section.rows.map((row) =>
        h(
          "label",
          {},
          h("span", {}, row.title, row.description && h("small", {}, row.description)),
          h("input", { type: "radio", name: "row", value: row.id, onchange: () => (go.disabled = false), onkeydown }),
        ),
      ),
    ),
  );
  const form = h("form", { onsubmit: (event) => event.preventDefault() }, ...sections);
  const close = openSheet(phone, interactive.action.button || t("choose"), form, go);
  function onkeydown(event) {
    if (event.key !== "Enter") return;
    // or the key would also press the button that gets the focus back
    event.preventDefault();
    if (!go.disabled) submit();
  }
  function submit() {
    close();
    send(form.elements.row.value);
  }
}

/** Account IDs that the demo's billing knows, by what is special about them. */
export function samplesSheet(phone, samples, { type, become }) {
  const rows = samples.map((sample) => {
    const what = either(sample.what);
    return h(
      "div.sample",
      {},
      h("button", { onclick: () => (close(), type(sample.account_id)) }, h("b", {}, sample.account_id), h("small", {}, what)),
      sample.mobile && h("button.own", { onclick: () => (close(), become(sample.mobile)) }, icon("contact"), t("be_owner")),
    );
  });
  const hint = h("p.hint", {}, rows.length ? t("samples_hint") : t("no_samples"));
  const close = openSheet(phone, t("samples"), h("div", {}, ...rows, hint));
}

/** Asks for something with a few fields; `send` gets the form's values. */
export function formSheet(phone, title, fields, label, send) {
  const form = h(
    "form.form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        close();
        send(Object.fromEntries(new FormData(form)));
      },
    },
    ...fields,
    h("button.go", { type: "submit" }, label),
  );
  const close = openSheet(phone, title, form);
}

/** A plain menu: `[icon, label, action, danger?]` per line; lines that are false are left out. */
export function menuSheet(phone, title, lines, above) {
  const list = h(
    "div.menu-list",
    {},
    ...lines
      .filter(Boolean)
      .map(([drawing, label, action, danger]) =>
        h(danger ? "button.danger" : "button", { onclick: () => (close(), action()) }, icon(drawing), label),
      ),
  );
  const close = openSheet(phone, title, h("div", {}, above, list));
  return close;
}
