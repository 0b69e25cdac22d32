/** The simulator's HTTP interface. */

/** A refusal, in the simulator's words. */
export class Refused extends Error {}

/** One request; `body` makes it a POST. */
export async function call(path, body, method = body ? "POST" : "GET") {
  const options = { method, ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }) };
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({}));
  if (response.status >= 500) throw new TypeError("the simulator is busy or gone");
  if (!response.ok) throw new Refused(answer.error ?? `HTTP ${response.status}`);
  return answer;
}

export const numbers = async () => (await call("api/numbers")).numbers;
export const phones = async () => (await call("api/phones")).phones;
export const phone = (waId) => call(`api/phones/${waId}`);
export const change = (waId, fields) => call(`api/phones/${waId}`, fields);
export const move = (waId, to) => call(`api/phones/${waId}/number`, { wa_id: to });
export const renew = (waId) => call(`api/phones/${waId}/identity`, {});
export const clear = (waId, discom) => call(`api/phones/${waId}/clear`, { discom });
export const write = (waId, body) => call(`api/phones/${waId}/messages`, body);

/** All messages of a phone after `n`, in pages. */
export async function messages(waId, after = 0) {
  const found = [];
  for (;;) {
    const { messages: page } = await call(`api/phones/${waId}/messages?after=${after}`);
    found.push(...page);
    if (page.length < 500) return found;
    after = page.at(-1).n;
  }
}

/** Calls `tell` with whatever happens at these phones, until `close()` of what it returns. */
export function listen(waIds, tell) {
  const source = new EventSource(`api/events?phones=${waIds.join(",")}`);
  source.onmessage = (message) => tell(JSON.parse(message.data));
  return source;
}

/** A number nobody has so far, most likely. */
export function newNumber() {
  const digits = crypto.getRandomValues(new Uint32Array(2));
  return `919${String((digits[0] * 2 ** 20 + (digits[1] % 2 ** 20)) % 1e9).padStart(9, "0")}`;
}

/** `919876543210` as people write it. */
export const written = (waId) =>
  /^91\d{10}$/.test(waId) ? `+91 ${waId.slice(2, 7)} ${waId.slice(7)}` : `+${waId}`;
