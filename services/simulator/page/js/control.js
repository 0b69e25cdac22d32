/** The control room: what goes wrong on purpose, which templates may be sent, what waits for the webhook. */

import { call, numbers as askNumbers } from "./api.js";
import { h, memory, toast } from "./dom.js";
import { either, language, t } from "./words.js";

const STATES = { APPROVED: "approve", PAUSED: "pause", REJECTED: "reject" };
const REFRESH_MS = 2000;
const DAY = 86_400;

const at = (id) => document.getElementById(id);
const field = (label, input, wide) => h(wide ? "label.wide" : "label", {}, label, input);
const select = (name, options) => h("select", { name }, ...options.map(([value, text]) => h("option", { value }, text)));

let numbers = [];
let kinds = {};

/** Does something, shows a refusal, and draws everything anew. */
async function act(path, body, method) {
  try {
    await call(path, body, method);
  } catch (error) {
    toast(error.message);
  }
  await draw();
}

const discomName = (code) => either(numbers.find((number) => number.discom === code)?.short_name) || code;
const discoms = (all) => [...(all ? [["", t("all_discoms")]] : []), ...numbers.map((number) => [number.discom, either(number.short_name)])];

function table(headings, rows, none) {
  if (!rows.length) return h("p", {}, none);
  const head = h("tr", {}, ...headings.map((heading) => h("th", { scope: "col" }, heading)));
  return h("div.table", {}, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
}

function faultForm() {
  const kind = select("kind", Object.keys(kinds).map((name) => [name, name]));
  const details = h("div.details");
  const does = h("p.does");
  const show = () => {
    const { does: text, details: known } = kinds[kind.value];
    does.textContent = text.replaceAll("`", "");
    details.replaceChildren(
      ...Object.entries(known).map(([name, value]) => field(name, h("input", { name, value, required: true, "data-number": typeof value === "number" }))),
    );
  };
  kind.addEventListener("change", show);
  show();
  const form = at("new-fault");
  form.replaceChildren(
    field(t("kind"), kind),
    field(t("where"), select("discom", discoms(true))),
    field(t("only_phone"), h("input", { name: "phone", inputMode: "numeric", pattern: "[0-9]{8,15}", placeholder: "919…" })),
    field(t("rate"), h("input", { name: "rate", type: "number", min: 0, max: 1, step: "any", value: 1, required: true, "data-number": true })),
    field(t("remaining"), h("input", { name: "remaining", type: "number", min: 1, "data-number": true })),
    field(t("seed"), h("input", { name: "seed", type: "number", min: 0, value: 0, "data-number": true })),
    details,
    h("button.go", { type: "submit" }, t("add")),
    does,
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    act("api/faults", filled(form));
  };
}

/** What a form holds; what is empty is left out. */
function filled(form) {
  const inputs = [...form.elements].filter((input) => input.name && input.value !== "");
  return Object.fromEntries(inputs.map((input) => [input.name, "number" in input.dataset ? Number(input.value) : input.value]));
}

function drawFaults(faults) {
  const common = ["id", "kind", "discom", "phone", "rate", "seed", "remaining", "drawn", "struck"];
  const rows = faults.map((fault) => {
    const details = Object.entries(fault).filter(([name]) => !common.includes(name)).map(([name, value]) => `${name} ${value}`);
    const where = fault.phone ?? (fault.discom ? discomName(fault.discom) : t("all_discoms"));
    const often = fault.remaining === null ? `${fault.rate * 100} %` : `${fault.rate * 100} %, ${fault.remaining} ×`;
    const remove = h("button.danger", { onclick: () => act(`api/faults/${fault.id}`, undefined, "DELETE") }, t("remove"));
    return h(
      "tr",
      {},
      h("td", {}, h("b", {}, fault.kind), h("br"), kinds[fault.kind].does.replaceAll("`", "")),
      h("td", {}, details.join(", ")),
      h("td", {}, where),
      h("td.number", {}, often),
      h("td.number", {}, `${fault.struck} / ${fault.drawn}`),
      h("td", {}, h("div.actions", {}, remove)),
    );
  });
  const headings = [t("kind"), t("details"), t("where"), t("often"), t("struck"), ""];
  at("faults").replaceChildren(table(headings, rows, t("no_faults")));
}

function drawWebhooks({ waiting, verified }) {
  const counts = Object.entries(waiting).map(([code, count]) => h("div", {}, h("b", {}, count), discomName(code)));
  at("webhooks").replaceChildren(h("p", {}, t(verified ? "verified_yes" : "verified_no")), h("div.counts", {}, ...counts));
  const button = (word, path, body) => h("button", { onclick: () => act(path, body) }, t(word));
  at("webhook-actions").replaceChildren(
    button("hurry", "api/webhooks/hurry", {}),
    button("replay", "api/webhooks/replay", { last: 20 }),
    button("forward_hour", "api/time", { forward: DAY / 24 }),
    button("forward_day", "api/time", { forward: DAY + 1 }),
  );
}

function templateForm() {
  const form = at("new-template");
  form.replaceChildren(
    field(t("where"), select("discom", discoms(false))),
    field(t("name"), h("input", { name: "name", required: true, pattern: "[a-z0-9_]+", autocapitalize: "none" })),
    field(t("template_language"), select("language", [["hi", "हिन्दी"], ["en", "English"]])),
    field(t("category"), select("category", ["utility", "marketing", "authentication"].map((name) => [name, name]))),
    field(t("body"), h("input", { name: "body", required: true, maxLength: 1024, placeholder: "… {{1}} …" }), true),
    field(t("buttons"), h("input", { name: "buttons", placeholder: "A | B" })),
    h("button.go", { type: "submit" }, t("add")),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    const { buttons = "", ...body } = filled(form);
    act("api/templates", { ...body, buttons: buttons.split("|").map((text) => text.trim()).filter(Boolean) });
  };
}

function drawTemplates(templates) {
  const rows = templates.map((template) => {
    const states = Object.entries(STATES).filter(([state]) => state !== template.status);
    const buttons = states.map(([status, word]) => h("button", { onclick: () => act(`api/templates/${template.id}`, { status }) }, t(word)));
    return h(
      "tr",
      {},
      h("td", {}, h("b", {}, template.name), h("br"), `${template.language} · ${template.category}`),
      h("td", {}, discomName(template.discom)),
      h("td", {}, template.body ?? t("as_sent")),
      h("td", {}, h(`span.state.${template.status}`, {}, template.status)),
      h("td", {}, h("div.actions", {}, ...buttons)),
    );
  });
  at("templates").replaceChildren(table([t("name"), t("where"), t("body"), t("state"), ""], rows, t("no_templates")));
}

async function draw() {
  const [faults, webhooks, templates] = await Promise.all(["api/faults", "api/webhooks", "api/templates"].map((path) => call(path)));
  kinds = faults.kinds;
  drawFaults(faults.faults);
  drawWebhooks(webhooks);
  drawTemplates(templates.templates);
}

document.documentElement.lang = language;
document.documentElement.dataset.theme = memory.get("theme", matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
document.title = `${t("title")} · ${t("control")}`;
for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
numbers = await askNumbers();
await draw();
faultForm();
templateForm();
// not while somebody is about to press something
setInterval(() => !document.querySelector("[aria-live] :is(button:focus-visible, button:hover)") && draw().catch(() => {}), REFRESH_MS);
