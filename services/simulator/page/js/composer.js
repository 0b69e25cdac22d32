/** Where a person writes: the field, what can be attached, and what is being answered or changed. */

import { h, icon, round, toast } from "./dom.js";
import { formSheet, openSheet } from "./sheets.js";
import { t } from "./words.js";

const PLACES = [
  ["Lucknow", 26.8467, 80.9462],
  ["Varanasi", 25.3176, 82.9739],
  ["Meerut", 28.9845, 77.7064],
  ["Agra", 27.1767, 78.0081],
  ["Kanpur", 26.4499, 80.3319],
];
const STICKERS = ["🙏", "👍", "💡", "⚡", "😀", "😡", "😢", "🎉"];
const WIDEST = 1280;

/** The composer of one chat. `send(body)` writes a message; `screen` is the phone that sheets slide up in. */
export class Composer {
  constructor(screen, send, contact) {
    this.send = send;
    this.screen = screen;
    this.contact = contact;
    this.field = h("textarea", {
      rows: 1,
      placeholder: t("write_here"),
      "aria-label": t("write_here"),
      enterKeyHint: "send",
      oninput: () => this.fit(),
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.submit();
        }
        if (event.key === "Escape" && this.about) this.answer(null);
      },
    });
    this.tray = this.attachments();
    this.clip = round("attach", t("attach"), () => this.openTray(this.tray.hidden), { "aria-expanded": "false" });
    this.go = h("button.round.send", { onclick: () => (this.field.value.trim() ? this.submit() : this.voice()) });
    this.above = h("div");
    this.element = h("div", {}, this.above, this.tray, h("div.composer", {}, h("div.field", {}, this.field, this.clip), this.go));
    this.fit();
  }

  /** Puts words into the field, for the person to send. */
  type(words) {
    this.field.value = words;
    this.fit();
    this.field.focus();
  }

  /** Answers one message (`edit`: changes it); null goes back to a new one. */
  answer(message, edit = false) {
    this.about = message && { message, edit };
    this.above.replaceChildren();
    if (message) {
      const label = h("b", {}, t(edit ? "edit" : "reply"));
      const cancel = round("close", t("cancel"), () => this.answer(null));
      this.above.append(h("div.quoting", {}, h("div.quote", {}, label, h("span", {}, message.text)), cancel));
      if (edit) this.field.value = message.text;
      this.field.focus();
    } else if (edit) this.field.value = "";
    this.fit();
  }

  submit() {
    const words = this.field.value.trim();
    if (!words) return;
    const { message, edit } = this.about ?? {};
    this.field.value = "";
    this.answer(null);
    if (edit) this.send({ type: "edit", message_id: message.wamid, text: words });
    else this.send({ text: words, ...(message && { reply_to: message.wamid }) });
    this.field.focus();
  }

  fit() {
    const empty = !this.field.value.trim();
    this.field.style.height = "auto";
    // what is not on the page yet has no height to go by
    if (this.field.isConnected) this.field.style.height = `${Math.min(this.field.scrollHeight, 132)}px`;
    if (this.go.dataset.empty === String(empty)) return;
    this.go.dataset.empty = empty;
    this.go.replaceChildren(icon(empty ? "mic" : "send"));
    this.go.setAttribute("aria-label", t(empty ? "voice_note" : "send"));
    this.go.title = t(empty ? "voice_note" : "send");
  }

  openTray(open) {
    this.tray.hidden = !open;
    this.clip.setAttribute("aria-expanded", String(open));
    if (open) this.tray.querySelector("button").focus();
  }

  attachments() {
    const file = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => this.photo(file) });
    const choice = (kind, drawing, action) =>
      h("button", { onclick: () => (this.openTray(false), action()) }, h(`i.i-${kind}`, {}, icon(drawing)), t(kind));
    return h(
      "div.attachments",
      { hidden: true, role: "group", "aria-label": t("attach"), onkeydown: (event) => event.key === "Escape" && this.openTray(false) },
      choice("location", "pin", () => this.askLocation()),
      choice("photo", "photo", () => file.click()),
      choice("voice", "mic", () => this.voice()),
      choice("sticker", "sticker", () => this.sticker()),
      choice("contact", "contact", () => this.shareContact()),
      file,
    );
  }

  voice() {
    this.send({ type: "audio", voice: true });
  }

  shareContact() {
    this.send({ type: "contacts", contacts: [this.contact()] });
  }

  askLocation() {
    const input = (name, value, limit) =>
      h("label", {}, t(name), h("input", { name, type: "number", step: "any", required: true, min: -limit, max: limit, value }));
    const coordinates = [input("latitude", PLACES[0][1], 90), input("longitude", PLACES[0][2], 180)];
    const place = h(
      "select",
      {
        name: "name",
        onchange: () => {
          const [, ...point] = PLACES.find(([name]) => name === place.value);
          coordinates.forEach((label, i) => (label.querySelector("input").value = point[i]));
        },
      },
      ...PLACES.map(([name]) => h("option", {}, name)),
    );
    const fields = [h("label", {}, t("place"), place), h("div.row", {}, ...coordinates)];
    formSheet(this.screen, t("location"), fields, t("send_location"), ({ name, latitude, longitude }) =>
      this.send({ type: "location", latitude: Number(latitude), longitude: Number(longitude), name }),
    );
  }

  sticker() {
    const choices = STICKERS.map((emoji) =>
      h("button", { "aria-label": `${t("sticker")} ${emoji}`, onclick: () => (close(), this.sendSticker(emoji)) }, emoji),
    );
    const close = openSheet(this.screen, t("sticker"), h("div.stickers", {}, ...choices));
  }

  async sendSticker(emoji) {
    const canvas = h("canvas", { width: 256, height: 256 });
    const brush = canvas.getContext("2d");
    brush.font = "190px 'Noto Color Emoji', sans-serif";
    brush.textAlign = "center";
    brush.textBaseline = "middle";
    brush.fillText(emoji, 128, 140);
    this.send({ type: "sticker", ...(await encoded(canvas, "image/webp")) });
  }

  /** Shows the picture with a caption before it is sent. */
  async photo(file) {
    const picked = file.files[0];
    file.value = "";
    if (!picked) return;
    let image;
    try {
      image = await createImageBitmap(picked);
    } catch {
      toast(t("photo_wrong"));
      return;
    }
    const scale = Math.min(1, WIDEST / Math.max(image.width, image.height));
    const canvas = h("canvas", { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const preview = await encoded(canvas, "image/jpeg");
    const shown = h("img.preview", { src: `data:image/jpeg;base64,${preview.data}`, alt: "" });
    const caption = h("label", {}, t("caption"), h("input", { name: "caption", maxLength: 1024 }));
    formSheet(this.screen, t("photo"), [shown, caption], t("send"), ({ caption: words }) =>
      this.send({ type: "image", ...preview, ...(words && { caption: words }) }),
    );
  }
}

async function encoded(canvas, mimeType) {
  const blob = await new Promise((done) => canvas.toBlob(done, mimeType, 0.82));
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { mime_type: blob.type, data: btoa(text) };
}
