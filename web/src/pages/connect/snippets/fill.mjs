/**
 * Fills a snippet's placeholders, `{{url}}` and the like. Plain JavaScript, because the tests that run
 * every snippet fill them by this very code. Not here: which snippets there are (`kinds.json`).
 */

/**
 * A line that names a value there is none for is left out: a channel of one field needs no second.
 *
 * @param {string} template
 * @param {Values} values
 * @returns {string}
 */
export function fill(template, values) {
  const lines = template.split("\n").filter((line) => placeholders(line).every((name) => known(name, values) !== undefined));
  return lines.map((line) => line.replaceAll(PLACEHOLDER, (_, name) => known(name, values) ?? "")).join("\n");
}

/**
 * What goes into a channel's snippets. The fields are the channel's first two.
 *
 * @param {Wanted} channel
 * @param {string} address where boards find the server, such as `http://192.168.1.20:8080`
 * @returns {Values}
 */
export function valuesFor(channel, address) {
  const [first = { no: 1, label: "a value" }, second] = channel.fields;
  return {
    ...place(address),
    channel: String(channel.id),
    write_key: channel.write_key,
    // A write key reads as well.
    read_key: channel.read_key ?? channel.write_key,
    no1: String(first.no),
    name1: plain(first.label),
    ...(second && { no2: String(second.no), name2: plain(second.label) }),
  };
}

/**
 * What goes into a TalkBack's programs. The words are those of its first switch.
 *
 * @param {{ id: number, api_key: string, controls: { kind: string, on?: string, off?: string }[] }} talkback
 * @param {string} address
 * @returns {Values}
 */
export function commandValues({ id, api_key, controls }, address) {
  const first = controls.find(({ kind }) => kind === "switch");
  return {
    ...place(address),
    talkback: String(id),
    talkback_key: api_key,
    on: quoted(first?.on ?? "ON"),
    off: quoted(first?.off ?? "OFF"),
  };
}

/**
 * What goes into the programs of a device that speaks MQTT.
 *
 * @param {{ client_id: string, password: string }} device
 * @param {{ id: number, fields: { no: number, label: string }[] }} channel the one that it sends to
 * @param {string} address where boards find the server by HTTP
 * @param {number} port where it listens for MQTT
 * @returns {Values}
 */
export function deviceValues({ client_id, password }, channel, address, port) {
  const values = valuesFor({ ...channel, write_key: "" }, address);
  return { ...values, mqtt_host: new URL(address).hostname, mqtt_port: String(port), client_id, password };
}

/**
 * @param {string} address
 * @returns {Values}
 */
function place(address) {
  const url = new URL(address);
  return {
    url: url.origin,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (url.protocol === "https:" ? "443" : "80"),
  };
}

/**
 * @typedef {{ [name: string]: string }} Values
 * @typedef {{ id: number, write_key: string, read_key?: string | undefined, fields: { no: number, label: string }[] }} Wanted
 */

const PLACEHOLDER = /\{\{(\w+)\}\}/g;

/** @param {string} line */
function placeholders(line) {
  return Array.from(line.matchAll(PLACEHOLDER), (found) => found[1] ?? "");
}

/**
 * The value; a placeholder that nobody ever fills is a mistake in the snippet.
 *
 * @param {string} name
 * @param {Values} values
 */
function known(name, values) {
  if (!NAMES.has(name)) throw new Error(`a snippet names {{${name}}}, which nobody knows`);
  return values[name];
}

const NAMES = new Set(
  (
    "url host port channel write_key read_key no1 name1 no2 name2 talkback talkback_key on off " +
    "mqtt_host mqtt_port client_id password"
  ).split(" "),
);

/**
 * A command stands between double quotes, in languages that agree about them.
 *
 * @param {string} text
 */
function quoted(text) {
  return text.replace(/[\s\p{C}]+/gu, " ").replace(/["\\]/g, "\\$&");
}

/**
 * A label stands in comments of many languages: there it must stay on its line, and end nothing.
 *
 * @param {string} label
 */
function plain(label) {
  return label.replace(/[\s\p{C}\p{Zl}\p{Zp}\\]+/gu, " ").replaceAll("*/", "* /").trim() || "a value";
}
