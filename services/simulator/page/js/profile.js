/** What the owner of a phone decides: name, username, whether the number is seen, another number, whom to block. */

import * as api from "./api.js";
import { h, toast } from "./dom.js";
import { formSheet, menuSheet } from "./sheets.js";
import { t } from "./words.js";

const refused = (error) => toast(error.message);

/** The menu of a phone. */
export function openMenu(phone) {
  const renew = () => api.renew(phone.waId).then(() => toast(t("told")), refused);
  menuSheet(phone.element, api.written(phone.waId), [
    ["contact", t("profile"), () => openProfile(phone)],
    ["card", t("change_number"), () => openMove(phone)],
    ["tools", t("new_identity"), renew],
    ["close", t("remove_phone"), () => phone.page.remove(phone)],
  ]);
}

/** Name, username, and whether businesses see the number. */
export function openProfile(phone) {
  const { name, username, hidden } = phone.owner;
  const fields = [
    h("label", {}, t("profile_name"), h("input", { name: "name", required: true, maxLength: 60, value: name })),
    h("label", {}, t("username"), h("input", { name: "username", pattern: "[a-z0-9._]{3,30}", autocapitalize: "none", value: username ?? "" })),
    h("label.check", {}, h("input", { type: "checkbox", name: "hidden", checked: hidden }), t("hide_number")),
  ];
  formSheet(phone.element, t("profile"), fields, t("save"), (form) =>
    change(phone, { name: form.name, username: form.username, hidden: form.hidden === "on" }),
  );
}

function openMove(phone) {
  const input = h("input", { name: "to", inputMode: "tel", required: true, pattern: "\\+?[0-9 ]{8,18}", value: "91" });
  const field = h("label", {}, t("moved_number"), input, h("small", {}, t("number_wrong")));
  formSheet(phone.element, t("change_number"), [field], t("change_number"), ({ to }) =>
    api.move(phone.waId, to.replace(/\D/g, "")).catch(refused),
  );
}

export const blocks = (phone, discom) => phone.owner.blocked.includes(discom);

/** Takes nothing from a discom any more, or takes it again. */
export function block(phone, discom, on) {
  const others = phone.owner.blocked.filter((code) => code !== discom);
  return change(phone, { blocked: on ? [...others, discom] : others });
}

/** Changes the profile; a refusal is shown and changes nothing. */
async function change(phone, fields) {
  try {
    phone.owner = await api.change(phone.waId, fields);
  } catch (error) {
    refused(error);
  }
  phone.open(phone.chat?.number.discom ?? null, false);
}
