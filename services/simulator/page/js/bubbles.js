/** One message as a bubble. */

import { h, icon } from "./dom.js";
import { marked, plain } from "./text.js";
import { clock, t } from "./words.js";

const MEDIA = { image: "photo", video: "video", audio: "voice_note", document: "document", sticker: "sticker" };
const DRAWINGS = { image: "photo", video: "play", audio: "mic", document: "file", sticker: "sticker", location: "pin", contacts: "contact" };

/** One, two or two blue ticks; a clock before the simulator has it. */
export function ticks(status) {
  const tick = icon({ waiting: "clock", sent: "tick" }[status] ?? "ticks", status === "read" ? "read" : "tick", status === "waiting" ? "clock" : "t");
  tick.removeAttribute("aria-hidden");
  tick.setAttribute("role", "img");
  tick.setAttribute("aria-label", t(status in { waiting: 1, sent: 1, read: 1 } ? status : "delivered"));
  return tick;
}

/** What the list of chats shows of a message: a drawing and a few words. */
export function summary(message) {
  if (message.revoked) return [icon("deleted"), t("revoked")];
  const words = plain(message.text);
  const drawing = DRAWINGS[message.type];
  const kind = MEDIA[message.type] ?? { location: "location", contacts: "contact", unsupported: "unsupported" }[message.type];
  if (message.type === "reaction") return [null, `${t("react")}: ${words}`];
  return [drawing && icon(drawing), words || (kind ? t(kind) : "")];
}

/**
 * The bubble. `actions`: `tap(id, message)`, `openList(message)`, `askLocation()`, `shareContact()`, `menu(message)`,
 * `find(wamid)`.
 */
export function bubble(message, actions) {
  const own = message.direction === "out";
  const skin = h("div.skin", {}, ...content(message, actions), meta(message));
  if (!message.revoked && message.status !== "waiting") {
    const label = t("message_menu");
    skin.append(h("button.act", { "aria-label": label, title: label, onclick: () => actions.menu(message) }, icon("down")));
  }
  const item = h(`li.bubble.${own ? "out" : "in"}`, { "data-n": message.n, "data-wamid": message.wamid }, skin);
  if (message.type === "sticker") item.classList.add("sticker");
  if (message.status === "waiting") item.classList.add("waiting");
  if (message.reactions?.size) item.append(h("div.reactions", {}, ...message.reactions.values()));
  if (!own) offer(item, message, actions);
  return item;
}

function meta(message) {
  const own = message.direction === "out";
  return h(
    "span.meta",
    {},
    message.edited && `${t("edited")} `,
    h("time", { dateTime: message.at }, clock(message.at)),
    own && ticks(message.status),
  );
}

function content(message, actions) {
  if (message.revoked) return [h("p.gone.words", {}, icon("deleted"), t("revoked"))];
  const inner = message.payload[message.type];
  const parts = [quote(message, actions)];
  switch (message.type) {
    case "image":
    case "video":
    case "document":
      parts.push(picture(message, inner), message.text && marked(message.text));
      break;
    case "sticker":
      parts.push(message.direction === "out" ? media(inner, t("sticker")) : card("sticker", t("sticker")));
      break;
    case "audio":
      parts.push(h("div.voice", { role: "img", "aria-label": t("voice_note") }, icon("play"), h("span.wave"), icon("mic")));
      break;
    case "location": {
      const where = `${Number(inner.latitude).toFixed(5)}, ${Number(inner.longitude).toFixed(5)}`;
      parts.push(h("div.map", { role: "img", "aria-label": t("location") }, icon("pin")), card(null, inner.name || t("location"), inner.address || where));
      break;
    }
    case "contacts":
      parts.push(...inner.map((one) => card("contact", one.name?.formatted_name ?? t("contact"), one.phones?.[0]?.phone)));
      break;
    case "interactive":
      if (message.direction === "out") parts.push(marked(message.text));
      else parts.push(...framed(inner.header?.text, message.text, inner.footer?.text));
      break;
    case "template":
      parts.push(marked(message.text));
      break;
    case "unsupported":
    case "order":
    case "request_welcome":
      parts.push(h("p.gone.words", {}, t("unsupported")));
      break;
    default:
      parts.push(marked(message.text));
  }
  return parts;
}

function framed(head, body, foot) {
  return [head && h("h4", {}, head), marked(body), foot && h("p.foot", {}, foot)];
}

function quote(message, actions) {
  const wamid = message.payload.context?.id ?? message.payload.context?.message_id;
  const quoted = wamid && actions.find(wamid);
  if (!quoted) return null;
  const who = quoted.direction === "out" ? t("you") : actions.name;
  return h("div.quote", {}, h("b", {}, who), h("span", {}, ...summary(quoted).filter(Boolean)));
}

const media = (inner, alt) => h("img", { src: `api/media/${inner.id}`, alt, loading: "lazy" });

function picture(message, inner) {
  if (message.type === "image" && message.direction === "out") {
    const image = media(inner, message.text || t("photo"));
    image.className = "picture";
    image.addEventListener("error", () => image.replaceWith(card("photo", t("photo"))));
    return image;
  }
  return card(DRAWINGS[message.type], inner.filename || t(MEDIA[message.type]));
}

function card(drawing, title, detail) {
  return h("div.card", {}, drawing && icon(drawing), h("div", {}, title, detail && h("small", {}, detail)));
}

/** What may be tapped below the bubble. */
function offer(item, message, actions) {
  const inner = message.payload.interactive;
  const button = (drawing, label, onclick) => h("button", { onclick }, icon(drawing), label);
  let buttons = [];
  if (message.type === "template") {
    buttons = message.choices.map((choice) => button("reply", choice.title, () => actions.tap(choice.id, message)));
  } else if (message.type === "interactive") {
    switch (inner.type) {
      case "button":
        buttons = message.choices.map((choice) => button("reply", choice.title, () => actions.tap(choice.id, message)));
        break;
      case "list":
        buttons = [button("list", inner.action.button, () => actions.openList(message))];
        break;
      case "cta_url": {
        const { url, display_text: label } = inner.action.parameters;
        buttons = [h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, icon("link"), label)];
        break;
      }
      case "location_request_message":
        buttons = [button("pin", t("send_location"), actions.askLocation)];
        break;
      case "request_contact_info":
        buttons = [button("contact", t("share_contact"), actions.shareContact)];
        break;
    }
  }
  if (buttons.length) {
    item.append(h("div.offer", {}, ...buttons));
    item.classList.add("offers");
  }
}
