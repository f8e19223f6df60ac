/** An automation while it is typed: every field as a text, what is wrong with which, and what is sent. */

import { signal } from "@preact/signals";
import { ApiError } from "../../api/client";
import type { Action, At, Condition, NewAutomation, Op, TextOp, When } from "../../api/contract";
import { speaksOf } from "../../ui/form";
import { clock } from "../../ui/words";

/** What the server shows in place of a secret; sent back it means "as before". */
export const MASK = "••••";

export type Watch = "number" | "text" | "status" | "place" | "silence";
export type Wrong = { [field: string]: string };

export class Draft {
  readonly name = signal("");
  readonly enabled = signal(true);

  readonly kind = signal<string>("react");
  readonly channel = signal("");
  /** `1` to `8`, or `status`, `place`, `silence`. */
  readonly watch = signal("1");
  /** How a number or a text compares; both in one choice. */
  readonly op = signal<string>(">");
  readonly value = signal("");
  readonly hysteresis = signal("");
  readonly placeOp = signal("outside");
  readonly latitude = signal("");
  readonly longitude = signal("");
  readonly metres = signal("100");
  readonly minutes = signal("30");
  readonly back = signal("");
  readonly check = signal("insert");
  readonly repeat = signal("first");

  readonly zone = signal("UTC");
  readonly at = signal<string>("day");
  readonly once = signal("");
  readonly days = signal<number[]>([1, 2, 3, 4, 5]);
  readonly time = signal("07:30");
  readonly every = signal("1");
  readonly fuzz = signal("0");

  readonly does = signal<string>("ntfy");
  readonly method = signal("POST");
  readonly url = signal("");
  readonly headers = signal<[string, string][]>([]);
  readonly user = signal("");
  readonly password = signal("");
  readonly private = signal(false);
  readonly thinghttp = signal("");
  readonly to = signal("");
  /** An e-mail's subject, and the title of a message by ntfy. */
  readonly subject = signal("");
  /** What is sent, of whichever kind: it stays when the kind changes. */
  readonly text = signal("");
  readonly server = signal("https://ntfy.sh");
  readonly topic = signal("");
  readonly token = signal("");
  readonly bot = signal("");
  readonly chat = signal("");
  readonly talkback = signal("");
  readonly command = signal("");
  readonly target = signal("");
  readonly fields = signal<{ [no: string]: string }>({});
  readonly status = signal("");
  readonly mqttTopic = signal("");
  readonly retain = signal(false);

  get condition(): Watch {
    const watch = this.watch.value;
    if (watch === "status" || watch === "place" || watch === "silence") return watch;
    return isOp(this.op.value) ? "number" : "text";
  }

  learn({ name, enabled, when, action }: NewAutomation): void {
    this.name.value = name;
    this.enabled.value = enabled;
    this.learnWhen(when);
    this.learnAction(action);
  }

  private learnWhen(when: When): void {
    this.kind.value = when.kind;
    if (when.kind === "time") {
      this.zone.value = when.zone;
      this.fuzz.value = String(when.fuzz_minutes);
      this.learnAt(when.at, when.zone);
      return;
    }
    const { condition } = when;
    this.channel.value = String(when.channel);
    this.check.value = String(when.check);
    this.repeat.value = when.repeat ? "each" : "first";
    this.watch.value = "field" in condition ? String(condition.field) : condition.kind;
    if (condition.kind === "place") {
      this.placeOp.value = condition.op;
      this.latitude.value = String(condition.latitude);
      this.longitude.value = String(condition.longitude);
      this.metres.value = String(condition.metres);
    } else if (condition.kind === "silence") {
      this.minutes.value = String(condition.minutes);
      this.back.value = condition.back_minutes === undefined ? "" : String(condition.back_minutes);
    } else {
      this.op.value = condition.op;
      this.value.value = String(condition.value);
      if (condition.kind === "number") this.hysteresis.value = condition.hysteresis === undefined ? "" : String(condition.hysteresis);
    }
  }

  private learnAt(at: At, zone: string): void {
    this.at.value = at.kind;
    if (at.kind === "once") this.once.value = clock(zone).wall(at.at / 1_000);
    if (at.kind === "week") this.days.value = at.days;
    if (at.kind === "week" || at.kind === "day") this.time.value = at.time;
    if (at.kind === "hours" || at.kind === "minutes") this.every.value = String(at.every);
  }

  private learnAction(action: Action): void {
    this.does.value = action.kind;
    switch (action.kind) {
      case "webhook":
        this.method.value = action.method;
        this.url.value = action.url;
        this.headers.value = action.headers ?? [];
        this.text.value = action.body ?? "";
        this.user.value = action.user ?? "";
        this.password.value = action.password ?? "";
        this.private.value = action.private ?? false;
        break;
      case "thinghttp":
        this.thinghttp.value = String(action.id);
        break;
      case "email":
        this.to.value = action.to;
        this.subject.value = action.subject;
        this.text.value = action.body;
        break;
      case "ntfy":
        this.server.value = action.server;
        this.topic.value = action.topic;
        this.subject.value = action.title;
        this.text.value = action.body;
        this.token.value = action.token ?? "";
        this.private.value = action.private ?? false;
        break;
      case "telegram":
        this.bot.value = action.token;
        this.chat.value = action.chat;
        this.text.value = action.text;
        break;
      case "talkback":
        this.talkback.value = String(action.id);
        this.command.value = action.command;
        break;
      case "write":
        this.target.value = String(action.channel);
        this.fields.value = { ...action.fields };
        this.status.value = action.status ?? "";
        break;
      case "mqtt":
        this.mqttTopic.value = action.topic;
        this.text.value = action.payload;
        this.retain.value = action.retain;
        break;
    }
  }

  /** What would be sent. A number that is none yet is NaN: sentences leave a gap for it, and `wrong` names it. */
  toSend(name: string): NewAutomation {
    return { name: this.name.value.trim() || name, enabled: this.enabled.value, when: this.when(), action: this.action() };
  }

  when(): When {
    if (this.kind.value === "time") {
      return { kind: "time", zone: this.zone.value, at: this.times(), fuzz_minutes: numeric(this.fuzz.value || "0") };
    }
    const check = this.check.value === "insert" ? "insert" : Number(this.check.value);
    const repeat = this.repeat.value === "each" && this.condition !== "silence";
    return { kind: "react", channel: Number(this.channel.value), condition: this.conditionNow(), check, repeat };
  }

  private conditionNow(): Condition {
    const field = Number(this.watch.value);
    const value = this.value.value.trim();
    switch (this.condition) {
      case "number": {
        const back = this.hysteresis.value.trim();
        const op = this.op.value as Op;
        // What is folded away and can't apply is not sent.
        const apart = back !== "" && op !== "==" && op !== "!=";
        return { kind: "number", field, op, value: numeric(value), ...(apart && { hysteresis: numeric(back) }) };
      }
      case "text":
        return { kind: "text", field, op: this.op.value as TextOp, value };
      case "status":
        return { kind: "status", op: isOp(this.op.value) ? "contains" : (this.op.value as TextOp), value };
      case "place": {
        const [latitude, longitude] = [numeric(this.latitude.value), numeric(this.longitude.value)];
        return { kind: "place", op: this.placeOp.value as "inside" | "outside", latitude, longitude, metres: numeric(this.metres.value) };
      }
      case "silence": {
        const back = this.back.value.trim();
        return { kind: "silence", minutes: numeric(this.minutes.value), ...(back !== "" && { back_minutes: numeric(back) }) };
      }
    }
  }

  private times(): At {
    const time = this.time.value;
    switch (this.at.value) {
      case "once":
        return { kind: "once", at: clock(this.zone.value).fromWall(this.once.value) * 1_000 };
      case "week":
        return { kind: "week", days: this.days.value.toSorted(), time };
      case "hours":
      case "minutes":
        return { kind: this.at.value, every: numeric(this.every.value) };
      default:
        return { kind: "day", time };
    }
  }

  action(): Action {
    const text = this.text.value;
    const orNone = (value: string) => (value === "" ? null : value);
    switch (this.does.value as Action["kind"]) {
      case "webhook": {
        const headers = this.headers.value.map(([name, value]): [string, string] => [name.trim(), value]).filter(([name]) => name !== "");
        const [user, password] = [orNone(this.user.value.trim()), orNone(this.password.value)];
        return { kind: "webhook", method: this.method.value, url: this.url.value.trim(), headers, body: text, user, password, private: this.private.value };
      }
      case "thinghttp":
        return { kind: "thinghttp", id: Number(this.thinghttp.value) };
      case "email":
        return { kind: "email", to: this.to.value.trim(), subject: this.subject.value, body: text };
      case "ntfy": {
        const [server, topic, token] = [this.server.value.trim(), this.topic.value.trim(), orNone(this.token.value.trim())];
        return { kind: "ntfy", server, topic, title: this.subject.value, body: text, token, private: this.private.value };
      }
      case "telegram":
        return { kind: "telegram", token: this.bot.value.trim(), chat: this.chat.value.trim(), text };
      case "talkback":
        return { kind: "talkback", id: Number(this.talkback.value), command: this.command.value.trim() };
      case "write": {
        const fields = Object.fromEntries(Object.entries(this.fields.value).filter(([, value]) => value.trim() !== ""));
        return { kind: "write", channel: Number(this.target.value), fields, status: orNone(this.status.value.trim()) };
      }
      case "mqtt":
        return { kind: "mqtt", topic: this.mqttTopic.value.trim(), payload: text, retain: this.retain.value };
    }
  }

  /** What can't be sent as it stands, by the name of the field. */
  wrong(): Wrong {
    const { when, action } = this.toSend("");
    return { ...(when.kind === "time" ? this.wrongTime(when.at) : this.wrongCondition(when.condition)), ...this.wrongAction(action) };
  }

  private wrongCondition(condition: Condition): Wrong {
    if (!this.channel.value) return { channel: "Choose a channel." };
    switch (condition.kind) {
      case "number":
        return {
          ...(!Number.isFinite(condition.value) && { value: "Type a number, such as 30 or 21.5." }),
          ...(condition.hysteresis !== undefined && !(condition.hysteresis >= 0) && { hysteresis: "Type a number, 0 or more." }),
        };
      case "text":
      case "status":
        return condition.value === "" ? { value: "Type the text to look for." } : {};
      case "place":
        return {
          ...(!(Math.abs(condition.latitude) <= 90) && { latitude: "From −90 to 90." }),
          ...(!(Math.abs(condition.longitude) <= 180) && { longitude: "From −180 to 180." }),
          ...(!(condition.metres > 0) && { metres: "Type how many metres." }),
        };
      case "silence":
        return {
          ...(!whole(condition.minutes, 1) && { minutes: "Type whole minutes, 1 or more." }),
          ...(condition.back_minutes !== undefined && !whole(condition.back_minutes, 0) && { back: "Type whole minutes." }),
        };
    }
  }

  private wrongTime(at: At): Wrong {
    return {
      ...(!whole(numeric(this.fuzz.value || "0"), 0) && { fuzz: "Type whole minutes, 0 for none." }),
      ...(at.kind === "once" && !Number.isFinite(at.at) && { once: "Choose a day and a time." }),
      ...(at.kind === "week" && at.days.length === 0 && { days: "Choose at least one day." }),
      ...((at.kind === "week" || at.kind === "day") && !/^\d\d:\d\d$/.test(at.time) && { time: "Choose a time, such as 07:30." }),
      ...((at.kind === "hours" || at.kind === "minutes") && !whole(at.every, 1) && { every: `Type how many ${at.kind}.` }),
    };
  }

  private wrongAction(action: Action): Wrong {
    switch (action.kind) {
      case "webhook":
        return /^https?:\/\/[^/\s]/.test(action.url) ? {} : { url: "An address begins with http:// or https://." };
      case "thinghttp":
        return this.thinghttp.value ? {} : { thinghttp: "Choose a request." };
      case "email":
        return {
          ...(!/^[^@\s]+@[^@\s]+$/.test(action.to) && { to: "Type one address, such as ada@example.org." }),
          ...(action.subject.trim() === "" && { subject: "Say what it is about." }),
        };
      case "ntfy":
        return {
          ...(!/^https?:\/\/[^/\s]/.test(action.server) && { server: "An address begins with http:// or https://." }),
          ...(!/^[\w-]{1,64}$/.test(action.topic) && { topic: "A topic has letters, digits, _ and -." }),
        };
      case "telegram":
        return {
          ...(action.token === "" && { bot: "@BotFather gives a token for each bot." }),
          ...(action.chat === "" && { chat: "Type the chat’s number, or a name such as @greenhouse." }),
          ...(action.text.trim() === "" && { text: "Type what is sent." }),
        };
      case "talkback":
        return {
          ...(!this.talkback.value && { talkback: "Choose a TalkBack." }),
          ...(action.command === "" && { command: "Type the command, as the board knows it." }),
        };
      case "write":
        if (!this.target.value) return { target: "Choose a channel." };
        return Object.keys(action.fields).length === 0 && action.status === null ? { fields: "Fill in a field, or the status." } : {};
      case "mqtt":
        return action.topic === "" ? { mqttTopic: "Type a topic, such as greenhouse/fan." } : {};
    }
  }
}

/** Which field a "no" of the server belongs to: it refuses as a whole, in words. */
const WORDS: [string, RegExp][] = [
  ["hysteresis", /hysteresis/i],
  ["fuzz", /fuzz/i],
  ["days", /days of a week/i],
  ["time", /time of day/i],
  ["zone", /time zone/i],
  ["every", /every 1 to/i],
  ["minutes", /silence lasts/i],
  ["latitude", /a place is/i],
  ["metres", /the distance/i],
  ["value", /the value is|to compare/i],
  ["headers", /header/i],
  ["to", /e-mail address/i],
  ["subject", /subject/i],
  ["mqttTopic", /mqtt topic|below channels/i],
  ["topic", /ntfy topic/i],
  ["bot", /bot's token/i],
  ["chat", /a chat and a text/i],
  ["command", /a command has/i],
  ["fields", /an entry needs/i],
  ["address", /an address|into the address|private networks/i],
  ["name", /a name has/i],
];

export function placeOf(error: unknown, draft: Draft): string | null {
  const of = speaksOf(error, Object.fromEntries(WORDS)) ?? (error instanceof ApiError && /private networks/.test(error.message) ? "address" : null);
  return of === "address" ? (draft.does.peek() === "ntfy" ? "server" : "url") : of;
}

export function isOp(op: string): op is Op {
  return [">", ">=", "<", "<=", "==", "!="].includes(op);
}

function numeric(text: string): number {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return plain === "" ? Number.NaN : Number(plain);
}

const whole = (value: number, least: number) => Number.isInteger(value) && value >= least;
