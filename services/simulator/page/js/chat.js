/** One chat, open on a phone: the discom's head, the messages, the composer. */

import { bubble, ticks } from "./bubbles.js";
import { Composer } from "./composer.js";
import { h, icon, round } from "./dom.js";
import { block, blocks } from "./profile.js";
import { listSheet, menuSheet, samplesSheet } from "./sheets.js";
import { day, either, t } from "./words.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const NEAR = 120;

/** A chat of `phone` (see phone.js) with `number`, a discom's. */
export class Chat {
  constructor(phone, number) {
    this.phone = phone;
    this.number = number;
    this.name = either(number.short_name);
    this.composer = new Composer(phone.element, (body) => phone.send(number.discom, body), () => phone.card());
    this.actions = {
      name: this.name,
      tap: (id, message) => phone.send(number.discom, { tap: id, message: message.wamid }),
      openList: (message) =>
        listSheet(phone.element, message.payload.interactive, (id) => this.actions.tap(id, message)),
      askLocation: () => this.composer.askLocation(),
      shareContact: () => this.composer.shareContact(),
      menu: (message) => this.messageMenu(message),
      find: (wamid) => phone.byWamid.get(wamid),
    };
    this.list = h("ol", { role: "log", "aria-live": "polite", "aria-label": `${t("messages_of")} ${this.name}` });
    this.scroller = h("div.messages", { tabIndex: 0, "aria-label": this.name, role: "region" }, this.list);
    this.sub = h("p.sub");
    this.element = h("div.view", {}, this.head(), this.scroller, this.composer.element);
    this.showTyping(0);
    this.render();
  }

  head() {
    const samples = round("card", t("samples"), () => this.openSamples());
    const menu = round("more", t("menu"), () => this.openMenu());
    const names = h("div.names", {}, h("h2.title", {}, h("span", {}, this.name), verified()), this.sub);
    const who = h("div.who", {}, avatar(this.number), names);
    return h("header.head", {}, round("back", t("back"), () => this.phone.open(null)), who, samples, menu);
  }

  /** Draws all messages anew. */
  render() {
    const focused = this.list.contains(document.activeElement) && document.activeElement.closest("[data-n]")?.dataset.n;
    this.list.replaceChildren();
    this.last = null;
    const messages = this.phone.of(this.number.discom);
    this.list.append(h("li.start", {}, t("start")));
    if (!messages.some((message) => message.direction === "out")) this.list.append(this.starters());
    for (const message of messages) this.append(message, false);
    if (blocks(this.phone, this.number.discom)) this.list.append(h("li.start", {}, t("blocked")));
    this.toEnd();
    if (focused) this.list.querySelector(`[data-n="${focused}"] :is(button, a)`)?.focus({ preventScroll: true });
  }

  starters() {
    const hello = t("hello");
    const say = h("button", { onclick: () => this.phone.send(this.number.discom, { text: hello }) }, hello);
    const samples = this.number.samples.length && h("button", { onclick: () => this.openSamples() }, t("samples"));
    return h("li.starters", {}, say, samples);
  }

  /** A message that has just come or been written. */
  add(message) {
    this.list.querySelector(".starters")?.remove();
    const follow = message.direction === "out" || this.atEnd();
    if (message.direction === "in") this.showTyping(0);
    this.append(message, true);
    if (follow) this.toEnd();
  }

  append(message, fresh) {
    if (day(message.at) !== (this.last && day(this.last.at))) this.list.append(h("li.day", {}, day(message.at)));
    const item = bubble(message, this.actions);
    if (this.last?.direction !== message.direction) item.classList.add("turn");
    if (fresh) item.classList.add("new");
    this.list.append(item);
    if (message.status !== "waiting") this.last = message;
  }

  /** Takes away the bubble that waited under this key: its message is here, or was refused. */
  drop(key) {
    this.list.querySelector(`[data-n="${CSS.escape(key)}"]`)?.remove();
    if (this.list.lastElementChild.matches(".day")) this.list.lastElementChild.remove();
  }

  /** New ticks. Nothing else is touched: who is just pressing a button of the bubble must not lose it. */
  tick(message) {
    const old = this.list.querySelector(`[data-n="${message.n}"] .meta .icon`);
    old?.replaceWith(ticks(message.status));
  }

  /** A message whose words or reactions have changed. */
  update(message) {
    const old = this.list.querySelector(`[data-n="${message.n}"]`);
    if (!old) return;
    const item = bubble(message, this.actions);
    item.classList.toggle("turn", old.classList.contains("turn"));
    const focused = old.contains(document.activeElement);
    old.replaceWith(item);
    if (focused) item.querySelector("button, a")?.focus({ preventScroll: true });
  }

  /** `typing…` for some seconds, or until a message comes. */
  showTyping(seconds) {
    clearTimeout(this.typingTimer);
    this.list.querySelector(".typing")?.remove();
    this.sub.textContent = seconds ? t("typing") : t("business");
    this.sub.classList.toggle("typing", seconds > 0);
    if (!seconds) return;
    const dots = h("div.skin", {}, h("span.dots", { role: "img", "aria-label": t("typing") }, h("i"), h("i"), h("i")));
    const follow = this.atEnd();
    this.list.append(h("li.bubble.in.turn.typing", {}, dots));
    if (follow) this.toEnd();
    this.typingTimer = setTimeout(() => this.showTyping(0), seconds * 1000);
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  openSamples() {
    samplesSheet(this.phone.element, this.number.samples, {
      type: (account) => this.composer.type(account),
      become: (mobile) => this.phone.become(mobile.length === 10 ? `91${mobile}` : mobile, this.number.discom),
    });
  }

  openMenu() {
    const { discom } = this.number;
    const blocked = blocks(this.phone, discom);
    menuSheet(this.phone.element, this.name, [
      ["card", t("samples"), () => this.openSamples()],
      ["close", t(blocked ? "unblock" : "block"), () => block(this.phone, discom, !blocked), !blocked],
      ["deleted", t("clear_chat"), () => this.phone.clear(this.number.discom), true],
    ]);
  }

  messageMenu(message) {
    const own = message.direction === "out";
    const words = own && message.type === "text";
    const current = message.reactions?.get("out");
    const react = (emoji) =>
      this.phone.send(this.number.discom, { type: "reaction", message_id: message.wamid, emoji: emoji === current ? "" : emoji });
    const emojis = EMOJI.map((emoji) =>
      h("button", { "aria-label": `${t("react")} ${emoji}`, "aria-pressed": String(emoji === current), onclick: () => (close(), react(emoji)) }, emoji),
    );
    const lines = [
      ["reply", t("reply"), () => this.composer.answer(message)],
      words && ["tools", t("edit"), () => this.composer.answer(message, true)],
      own && ["deleted", t("revoke"), () => this.phone.send(this.number.discom, { type: "revoke", message_id: message.wamid }), true],
    ];
    const close = menuSheet(this.phone.element, t("message_menu"), lines, h("div.emojis", {}, ...emojis));
  }
}

/** The round picture of a discom. */
export function avatar(number) {
  return h(`span.avatar.a-${number.colour}`, { "aria-hidden": "true" }, [...either(number.short_name)][0]);
}

/** The mark of an account that WhatsApp has checked. */
export function verified() {
  const mark = icon("verified");
  mark.removeAttribute("aria-hidden");
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", t("verified"));
  return mark;
}
