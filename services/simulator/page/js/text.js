/** WhatsApp's marks in a text: *bold*, _italic_, ~struck~, ```code```, and addresses that can be followed. */

import { h } from "./dom.js";

const MARKS = /```([\s\S]+?)```|(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\2(?![\p{L}\p{N}])|(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)।])/gu;
const TAGS = { "*": "strong", _: "em", "~": "s" };

function inline(text) {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(MARKS)) {
    parts.push(text.slice(done, match.index));
    const [whole, code, mark, marked, address] = match;
    if (code) parts.push(h("code", {}, code));
    else if (mark) parts.push(h(TAGS[mark], {}, ...inline(marked)));
    else parts.push(h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address));
    done = match.index + whole.length;
  }
  return [...parts, text.slice(done)];
}

/** The text as an element. */
export const marked = (text) => h("div.words", { lang: /[\u0900-\u097f]/.test(text) ? "hi" : "en" }, ...inline(text));

/** The text without its marks, on one line. */
export const plain = (text) => text.replace(/```|(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])/gu, "").replace(/\s+/g, " ").trim();
