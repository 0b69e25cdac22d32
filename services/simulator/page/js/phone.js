/** One phone: its chats, what it holds, and how it hears of news. */

import * as api from "./api.js";
import { summary, ticks } from "./bubbles.js";
import { avatar, Chat, verified } from "./chat.js";
import { h, icon, memory, round, toast } from "./dom.js";
import { openMenu, openProfile } from "./profile.js";
import { clock, either, t } from "./words.js";

const ABOUT_OTHERS = { reaction: 1, edit: 1, revoke: 1 };
const AGAIN_MS = 1500;

/** The phone of `owner`; `page` gives it `numbers`, `shows(phone)`, `become(phone, number)`, `remove(phone)`. */
export class Phone {
  constructor(owner, page) {
    this.owner = owner;
    this.page = page;
    this.byWamid = new Map();
    this.byN = new Map();
    this.held = null;
    this.seen = memory.get(`seen ${owner.wa_id}`, {});
    this.element = h("section.phone", { "aria-label": `${t("phone_of")} ${api.written(owner.wa_id)}` });
    this.chat = null;
    this.open(memory.get(`chat ${owner.wa_id}`, null), false);
  }

  get waId() {
    return this.owner.wa_id;
  }

  /** Reads everything; the way to catch up after whatever may have been missed. What is told meanwhile waits. */
  async sync() {
    if (this.held) return;
    this.held = [];
    const found = await api.messages(this.waId).catch(() => null);
    const held = this.held;
    this.held = null;
    if (found) {
      this.byWamid.clear();
      this.byN.clear();
      for (const message of found) this.take(message);
      this.draw();
    }
    for (const event of held) this.hear(event);
  }

  /** The messages of one chat, in order. */
  of(discom) {
    return [...this.byN.values()].filter((message) => message.discom === discom && !(message.type in ABOUT_OTHERS));
  }

  /** Whatever the simulator tells about this phone. */
  hear(event) {
    if (this.held) {
      this.held.push(event);
      return;
    }
    const message = this.byN.get(event.n);
    switch (event.event) {
      case "message":
        if (event.message && !message) this.arrive(event.message, event.key);
        return;
      case "status":
        if (!message) return;
        message.status = event.status;
        this.tick(message);
        return;
      case "read":
        for (const one of this.of(event.discom)) {
          if (one.direction !== "out" || one.n > event.n || one.status === "read") continue;
          one.status = "read";
          this.tick(one);
        }
        return;
      case "typing":
        if (this.chat?.number.discom === event.discom) this.chat.showTyping(event.seconds);
        return;
      case "moved":
        this.become(event.to, this.chat?.number.discom ?? null);
        return;
      default:
        this.sync();
    }
  }

  /** Remembers a message; one about another message changes that one. Returns the one to draw anew, if any. */
  take(message) {
    this.byN.set(message.n, message);
    this.byWamid.set(message.wamid, message);
    const inner = message.payload[message.type];
    const target = message.type in ABOUT_OTHERS && this.byWamid.get(inner.message_id ?? inner.original_message_id);
    if (!target) return null;
    if (message.type === "reaction") {
      target.reactions ??= new Map();
      if (inner.emoji) target.reactions.set(message.direction, inner.emoji);
      else target.reactions.delete(message.direction);
    } else if (message.type === "edit") Object.assign(target, { text: message.text, edited: true });
    else target.revoked = true;
    return target;
  }

  arrive(message, key) {
    const target = this.take(message);
    const open = this.chat?.number.discom === message.discom;
    if (open && key) this.chat.drop(key);
    if (target) this.refresh(target);
    else if (open && !(message.type in ABOUT_OTHERS)) this.chat.add(message);
    if (open && this.page.shows(this)) this.markSeen();
    this.drawList();
  }

  tick(message) {
    if (message.direction === "in") return;
    if (this.chat?.number.discom === message.discom) this.chat.tick(message);
    this.drawList();
  }

  refresh(message) {
    if (this.chat?.number.discom === message.discom) this.chat.update(message);
    this.drawList();
  }

  /** Writes, with a clock at the bubble until the simulator has it; repeats while it does not answer. */
  async send(discom, body) {
    const key = crypto.randomUUID?.() ?? String(Math.random());
    const waiting = body.text !== undefined && body.type === undefined;
    if (waiting && this.chat?.number.discom === discom) {
      const payload = { text: { body: body.text }, context: { id: body.reply_to } };
      const at = new Date().toISOString();
      this.chat.add({ n: key, direction: "out", discom, type: "text", text: body.text, at, status: "waiting", choices: [], payload });
    }
    for (let attempt = 0; ; attempt += 1) {
      try {
        await api.write(this.waId, { to: discom, key, ...body });
        return;
      } catch (error) {
        if (error instanceof api.Refused) {
          this.chat?.drop(key);
          toast(error.message);
          return;
        }
        if (attempt === 0) toast(t("gone"));
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
  }

  async clear(discom) {
    await api.clear(this.waId, discom);
  }

  /** Becomes another person's phone, in the same chat. */
  become(waId, discom) {
    memory.set(`chat ${waId}`, discom);
    this.page.become(this, waId);
  }

  /** The contact card of the owner. */
  card() {
    const name = this.owner.name;
    return {
      name: { formatted_name: name, first_name: name },
      phones: [{ phone: `+${this.waId}`, wa_id: this.waId, type: "CELL" }],
    };
  }

  /** Opens a chat, or the list of chats. */
  open(discom, focus = true) {
    memory.set(`chat ${this.waId}`, discom);
    const number = this.page.numbers.find((one) => one.discom === discom);
    const before = this.chat?.number.discom;
    this.chat = number ? new Chat(this, number) : null;
    this.list = null;
    if (this.page.shows(this)) this.markSeen();
    this.draw();
    if (!focus) return;
    if (this.chat) this.chat.composer.field.focus({ preventScroll: true });
    else this.element.querySelector(`[data-discom="${before}"]`)?.focus({ preventScroll: true });
  }

  draw() {
    if (this.chat) {
      this.chat.render();
      if (!this.chat.element.isConnected) this.element.replaceChildren(this.chat.element);
      this.chat.toEnd();
      return;
    }
    if (!this.list) {
      this.list = h("ul.chats", { "aria-label": t("chats") });
      const names = h("div.names", {}, h("h2.title", {}, h("span", {}, this.owner.name)), h("p.sub", {}, api.written(this.waId)));
      const who = h("button.who", { onclick: () => openProfile(this), title: t("profile") }, h("span.avatar.a-me", {}, icon("contact")), names);
      const head = h("header.head", {}, who, round("more", t("menu"), () => openMenu(this)));
      this.element.replaceChildren(h("div.view", {}, head, this.list, h("p.hint", {}, t("hint"))));
    }
    this.drawList();
  }

  drawList() {
    this.page.counted();
    if (!this.list) return;
    const rows = this.page.numbers.map((number) => [number, this.of(number.discom).at(-1)]);
    rows.sort(([one, a], [other, b]) => (b?.n ?? 0) - (a?.n ?? 0) || other.open - one.open);
    // the buttons themselves stay: who is just pressing one must not lose it
    const items = rows.map(([number, last]) => this.row(number, last));
    if (items.some((item, i) => this.list.children[i] !== item)) this.list.append(...items);
  }

  row(number, last) {
    const unread = this.unread(number.discom);
    const words = last ? summary(last) : [null, number.open ? t("no_messages") : t("opens_later")];
    const line = h("div.row-last", {}, last?.direction === "out" && ticks(last.status), words[0], h("span.words", {}, words[1]));
    const title = h("div.row-title", {}, h("span", {}, either(number.short_name)), verified());
    const side = h(
      "div.row-side",
      {},
      last && h("time", { dateTime: last.at }, clock(last.at)),
      unread > 0 && h("span.unread", { "aria-label": `${unread} ${t("unread")}` }, unread),
    );
    const old = this.list.querySelector(`[data-discom="${number.discom}"]`);
    const button = old ?? h("button", { "data-discom": number.discom, onclick: () => this.open(number.discom) });
    button.replaceChildren(avatar(number), h("div.text", {}, title, line), side);
    const item = button.parentElement ?? h("li", {}, button);
    item.classList.toggle("has-unread", unread > 0);
    return item;
  }

  /** How many messages of a chat (of all chats) have not been looked at. */
  unread(discom) {
    return [...this.byN.values()].filter(
      (message) =>
        message.direction === "in" && (!discom || message.discom === discom) && message.n > (this.seen[message.discom] ?? 0),
    ).length;
  }

  /** What is in the open chat has been looked at. */
  markSeen() {
    const discom = this.chat?.number.discom;
    if (!discom) return;
    const last = [...this.byN.values()].filter((message) => message.discom === discom).at(-1);
    this.seen[discom] = last?.n ?? 0;
    memory.set(`seen ${this.waId}`, this.seen);
  }
}
