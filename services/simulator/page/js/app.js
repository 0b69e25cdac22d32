/** The page: several phones side by side, or one at a time where there is no room. */

import * as api from "./api.js";
import { h, icon, memory, toast } from "./dom.js";
import { Phone } from "./phone.js";
import { switchLanguage, t } from "./words.js";

const wide = matchMedia("(min-width: 700px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const at = (id) => document.getElementById(id);

const page = {
  numbers: [],
  phones: [],
  front: null,
  stream: null,

  async start() {
    this.theme(memory.get("theme", dark.matches ? "dark" : "light"));
    this.numbers = (await patiently(api.numbers)).map((number, i) => ({ ...number, colour: i % 5 }));
    let wanted = memory.get("phones", []);
    if (!wanted.length) wanted = (await api.phones()).slice(0, 2).map((phone) => phone.wa_id);
    while (!wanted.length || (wanted.length < 2 && wide.matches && !memory.get("phones"))) wanted.push(api.newNumber());
    for (const waId of wanted) this.phones.push(new Phone(await api.phone(waId), this));
    this.front = this.phones[0];
    this.draw();
    this.listen();
    setInterval(() => this.renew(), 20_000);
  },

  /** Samples are written when the demo's consumers are, which may be after this page was opened. */
  async renew() {
    const fresh = await api.numbers().catch(() => []);
    for (const number of fresh) Object.assign(this.numbers.find((one) => one.discom === number.discom) ?? {}, { samples: number.samples });
  },

  draw() {
    document.title = t("title");
    this.bar();
    this.counted();
    at("phones").replaceChildren(...this.phones.map((phone) => phone.element));
    for (const phone of this.phones) phone.draw();
  },

  bar() {
    const pill = (what, drawing, word, onclick) =>
      h(`button.pill${what}`, { onclick, title: word, "aria-label": word }, drawing && icon(drawing), h("span.word", {}, word));
    const language = h("button.pill", { onclick: () => this.language(), lang: t("other_language") === "English" ? "en" : "hi" }, t("other_language"));
    const theme = h("button.pill", { onclick: () => this.theme(), title: t("theme"), "aria-label": t("theme") }, icon("moon"));
    at("bar").replaceChildren(
      h("h1", {}, h("img", { src: "icon.svg", alt: "" }), h("span", {}, t("brand"))),
      h("span.note", {}, t("note")),
      h("span.space"),
      pill(".main", "plus", t("add_phone"), () => this.ask()),
      h("a.pill", { href: "control.html", title: t("control"), "aria-label": t("control") }, icon("tools"), h("span.word", {}, t("control"))),
      language,
      theme,
    );
  },

  /** Whether a person sees this phone now. */
  shows(phone) {
    return wide.matches || phone === this.front;
  },

  /** The tabs of a narrow page, with what has not been looked at. */
  counted() {
    const tabs = at("tabs");
    tabs.hidden = wide.matches || this.phones.length < 2;
    for (const phone of this.phones) phone.element.classList.toggle("front", phone === this.front);
    if (tabs.hidden) return;
    tabs.setAttribute("role", "tablist");
    tabs.replaceChildren(
      ...this.phones.map((phone) => {
        const unread = phone === this.front ? 0 : phone.unread();
        const select = () => {
          this.front = phone;
          phone.markSeen();
          this.counted();
        };
        return h("button", { role: "tab", "aria-selected": String(phone === this.front), onclick: select }, `…${phone.waId.slice(-4)}${unread ? ` (${unread})` : ""}`);
      }),
    );
  },

  /** One stream for all phones: a browser allows few connections to one address. */
  listen() {
    memory.set("phones", this.phones.map((phone) => phone.waId));
    this.stream?.close();
    if (!this.phones.length) return;
    this.stream = api.listen(
      this.phones.map((phone) => phone.waId),
      (event) => {
        if (event.event === "open") for (const phone of this.phones) phone.sync();
        else this.phones.find((phone) => phone.waId === event.phone)?.hear(event);
      },
    );
  },

  async add(waId) {
    let phone = this.phones.find((one) => one.waId === waId);
    if (!phone) {
      phone = new Phone(await api.phone(waId), this);
      this.phones.push(phone);
    }
    this.front = phone;
    this.draw();
    this.listen();
    phone.element.scrollIntoView({ inline: "center" });
  },

  /** Puts another person's phone in the place of one. */
  async become(phone, waId) {
    const known = this.phones.find((one) => one.waId === waId);
    const next = known ?? new Phone(await api.phone(waId), this);
    this.phones = this.phones.filter((one) => one !== known).map((one) => (one === phone ? next : one));
    this.front = next;
    this.draw();
    this.listen();
  },

  remove(phone) {
    this.phones = this.phones.filter((one) => one !== phone);
    this.front = this.phones[0] ?? null;
    this.draw();
    this.listen();
    if (!this.phones.length) this.ask();
  },

  /** Asks which phone to open. */
  async ask() {
    const known = (await api.phones().catch(() => [])).filter((one) => !this.phones.some((phone) => phone.waId === one.wa_id));
    const input = h("input", { name: "number", inputMode: "tel", autocomplete: "off", value: "91", "aria-describedby": "number-help" });
    const choose = (waId) => (dialog.close(), this.add(waId));
    const form = h(
      "form.form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          const digits = input.value.replace(/[^\d]/g, "");
          if (digits.length < 8 || digits.length > 15) input.setCustomValidity(t("number_wrong"));
          if (form.reportValidity()) choose(digits.length === 10 ? `91${digits}` : digits);
        },
        oninput: () => input.setCustomValidity(""),
      },
      h("label", {}, t("number"), input, h("small", { id: "number-help" }, t("number_wrong"))),
      h("button.go", { type: "submit" }, t("open")),
      h("button.go.quiet", { onclick: () => choose(api.newNumber()) }, icon("plus"), t("new_number")),
    );
    const rows = known.slice(0, 30).map((one) => h("button", { onclick: () => choose(one.wa_id) }, icon("contact"), `${api.written(one.wa_id)} · ${one.name}`));
    const head = h("div.sheet-head", {}, h("h3", {}, t("add_phone")), h("button.round", { "aria-label": t("close"), onclick: () => dialog.close() }, icon("close")));
    const dialog = h(
      "dialog.box",
      { "aria-label": t("add_phone"), onclose: () => dialog.remove(), onclick: (event) => event.target === dialog && dialog.close() },
      head,
      form,
      rows.length > 0 && h("p.section", {}, t("known_phones")),
      h("div.menu-list", {}, ...rows),
    );
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
    input.setSelectionRange(2, 2);
  },

  language() {
    switchLanguage();
    document.documentElement.lang = t("other_language") === "English" ? "hi" : "en";
    for (const phone of this.phones) phone.open(phone.chat?.number.discom ?? null, false);
    this.draw();
  },

  theme(name = document.documentElement.dataset.theme === "dark" ? "light" : "dark") {
    document.documentElement.dataset.theme = name;
    memory.set("theme", name);
  },
};

/** Calls until there is an answer: the simulator may be starting. */
async function patiently(ask) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch {
      if (attempt === 1) toast(t("gone"));
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

wide.addEventListener("change", () => page.counted());
document.documentElement.lang = t("other_language") === "English" ? "hi" : "en";
page.start();
