/** An automation as a sentence: when it acts, and what it does. What is not said yet is left as a gap. */

import type { Action, At, Condition, Op, TextOp, When } from "../../api/contract";
import { clock } from "../../ui/words";

/** What things are called here: the reader knows names, automations know numbers. */
export type Names = {
  channel(id: number): string;
  field(channel: number, no: number): string;
  thinghttp(id: number): string;
  talkback(id: number): string;
};

/** A gap in a sentence. */
export const GAP = "…";

export function sentence(when: When, action: Action, names: Names): string {
  const { before, after } = whenWords(when, names);
  return `${before}, ${actionWords(action, names)}${after}.`;
}

/** What comes before the deed, and what after it. */
export function whenWords(when: When, names: Names): { before: string; after: string } {
  if (when.kind === "time") return { before: atWords(when.at, when.zone), after: "" };
  const { condition, channel, check, repeat } = when;
  const looked = check === "insert" ? "" : `, looked at every ${check} min`;
  const before = `When ${conditionWords(condition, channel, repeat, names)}`;
  // Silence begins but once.
  return { before, after: condition.kind === "silence" ? looked : `${looked} – ${repeat ? "each time" : "the first time"}` };
}

function conditionWords(condition: Condition, channel: number, repeat: boolean, names: Names): string {
  const place = names.channel(channel);
  switch (condition.kind) {
    case "number":
      return `${names.field(channel, condition.field)} in ${place} ${(repeat ? IS : COMES)[condition.op]} ${number(condition.value)}`;
    case "text":
      return `${names.field(channel, condition.field)} in ${place} ${TEXT_OPS[condition.op]} ${quoted(condition.value)}`;
    case "status":
      return `the status of ${place} ${TEXT_OPS[condition.op]} ${quoted(condition.value)}`;
    case "place": {
      const { op, metres, latitude, longitude } = condition;
      return `${place} is ${op === "inside" ? "within" : "more than"} ${far(metres)} ${op === "inside" ? "of" : "from"} ${number(latitude)}, ${number(longitude)}`;
    }
    case "silence":
      return `nothing comes to ${place} for ${minutes(condition.minutes)}`;
  }
}

/** How a number compares, each time it is so. */
export const IS: Record<Op, string> = {
  ">": "is above",
  ">=": "is at least",
  "<": "is below",
  "<=": "is at most",
  "==": "is",
  "!=": "is not",
};

/** The same for the first time that it is so. */
const COMES: Record<Op, string> = {
  ">": "rises above",
  ">=": "reaches at least",
  "<": "falls below",
  "<=": "falls to at most",
  "==": "becomes",
  "!=": "is no longer",
};

export const TEXT_OPS: Record<TextOp, string> = {
  contains: "contains",
  starts_with: "begins with",
  ends_with: "ends with",
  is: "is",
  is_not: "is not",
};

export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

function atWords(at: At, zone: string): string {
  switch (at.kind) {
    case "once":
      return Number.isFinite(at.at) ? `On ${clock(zone).full(at.at / 1_000).replace(/:\d\d$/, "")}` : `On ${GAP}`;
    case "week":
      return `${daysWords(at.days)} at ${at.time || GAP}`;
    case "day":
      return `Every day at ${at.time || GAP}`;
    case "hours":
      return at.every === 1 ? "Every hour" : `Every ${number(at.every)} hours`;
    case "minutes":
      return at.every === 1 ? "Every minute" : `Every ${number(at.every)} minutes`;
  }
}

export function daysWords(days: readonly number[]): string {
  const set = [...new Set(days)].toSorted();
  const key = set.join("");
  if (key === "1234567") return "Every day";
  if (key === "12345") return "Monday to Friday";
  if (key === "67") return "At weekends";
  if (key === "") return `On ${GAP}`;
  return `Every ${list(set.map((day) => DAYS[day - 1]!))}`;
}

export function actionWords(action: Action, names: Names): string {
  switch (action.kind) {
    case "webhook":
      return `call ${address(action.url)}`;
    case "thinghttp":
      return `send the request ${names.thinghttp(action.id)}`;
    case "email":
      return `e-mail ${action.to || GAP}`;
    case "ntfy":
      return `send ntfy to ${action.topic || GAP}`;
    case "telegram":
      return `send a Telegram message to ${action.chat || GAP}`;
    case "talkback":
      return `give ${action.command || GAP} to ${names.talkback(action.id)}`;
    case "write": {
      const fields = Object.keys(action.fields).map((no) => names.field(action.channel, Number(no)));
      const what = [...fields, ...(action.status ? ["a status"] : [])];
      return `write ${what.length === 0 ? GAP : list(what)} to ${names.channel(action.channel)}`;
    }
    case "mqtt":
      return `publish on ${action.topic || GAP}`;
  }
}

/** The part of an address that tells one from another. */
function address(url: string): string {
  const short = url.trim().replace(/^https?:\/\//, "").replace(/[?#].*$/, "").replace(/\/$/, "");
  if (short === "") return GAP;
  return short.length > 48 ? `${short.slice(0, 47)}…` : short;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

const number = (value: number) => (Number.isFinite(value) ? String(value).replace("-", "−") : GAP);
const quoted = (text: string) => (text === "" ? GAP : `“${text}”`);
const far = (metres: number) => (metres >= 1_000 ? `${number(Math.round(metres / 100) / 10)} km` : `${number(metres)} m`);

function minutes(count: number): string {
  if (!Number.isFinite(count)) return `${GAP} minutes`;
  if (count % 1_440 === 0) return count === 1_440 ? "a day" : `${count / 1_440} days`;
  if (count % 60 === 0) return count === 60 ? "an hour" : `${count / 60} hours`;
  return count === 1 ? "1 minute" : `${count} minutes`;
}
