import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Live } from "./live";
import { Wire } from "./wire";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const wires: Wire[] = [];
  const live = new Live((address) => {
    const wire = new Wire(address);
    wires.push(wire);
    return wire;
  });
  const settle = () => vi.advanceTimersByTime(50);
  const ids = (channel: number, after: number, renewed?: () => void) => {
    const heard: number[] = [];
    const end = live.watch({ channel, after, heard: (entry) => heard.push(entry.entry_id), ...(renewed && { renewed }) });
    return { heard, end };
  };
  return { live, wires, settle, ids };
}

const entry = (channel: number, id: number) =>
  JSON.stringify({ channel, entry: { entry_id: id, created_at: 0, fields: { "1": "21" } } });

test("all parts of a page share one connection, which goes on from what each knows", () => {
  const { wires, settle, ids } = start();
  const one = ids(1, 38);
  const two = ids(2, 40);
  settle();
  expect(wires.map((wire) => wire.address)).toEqual(["/api/v1/live?channels=1:38,2:40"]);
  wires[0]!.opens();
  wires[0]!.says(entry(2, 41));
  wires[0]!.says(entry(1, 39));
  expect([one.heard, two.heard]).toEqual([[39], [41]]);
});

test("who comes later and knows less hears what the others heard already, and they hear nothing twice", () => {
  const { wires, settle, ids } = start();
  const early = ids(1, 5);
  settle();
  wires[0]!.says(entry(1, 6));
  const late = ids(1, 4);
  settle();
  expect(wires[1]!.address).toBe("/api/v1/live?channels=1:4");
  expect(wires[0]!.readyState).toBe(2);
  for (const id of [5, 6, 7]) wires[1]!.says(entry(1, id));
  expect(early.heard).toEqual([6, 7]);
  expect(late.heard).toEqual([5, 6, 7]);
});

test("who comes later and knows as much needs no other connection", () => {
  const { wires, settle, ids } = start();
  ids(1, 5);
  settle();
  wires[0]!.says(entry(1, 6));
  const late = ids(1, 6);
  settle();
  wires[0]!.says(entry(1, 7));
  expect(wires).toHaveLength(1);
  expect(late.heard).toEqual([7]);
});

test("nobody listens, nothing is held", () => {
  const { wires, settle, ids } = start();
  const { end } = ids(1, 0);
  settle();
  end();
  settle();
  expect(wires[0]!.readyState).toBe(2);
});

test("a channel that counts from one again is not mistaken for an echo", () => {
  const { wires, settle, ids } = start();
  const renewed = vi.fn();
  const { heard } = ids(1, 9, renewed);
  settle();
  wires[0]!.says(entry(1, 1));
  expect(renewed).toHaveBeenCalledOnce();
  wires[0]!.says(entry(1, 2));
  expect(heard).toEqual([1, 2]);
  expect(renewed).toHaveBeenCalledOnce();
});

test("a channel whose past was changed is read anew by those who show it, and goes on", () => {
  const { wires, settle, ids } = start();
  const [mine, other] = [vi.fn(), vi.fn()];
  const { heard } = ids(1, 9, mine);
  ids(2, 9, other);
  settle();
  wires[0]!.says(JSON.stringify({ channel: 1 }), "changed");
  wires[0]!.says(entry(1, 10));
  expect([mine.mock.calls.length, other.mock.calls.length, heard]).toEqual([1, 0, [10]]);
});

test("attempts reach who asked for them: a channel's, or those of strangers", () => {
  const { live, wires, settle } = start();
  const [mine, strange]: [number[], number[]] = [[], []];
  live.attempts(3, (attempt) => mine.push(attempt.id));
  live.attempts("strangers", (attempt) => strange.push(attempt.id));
  settle();
  expect(wires[0]!.address).toBe("/api/v1/live?channels=3&strangers=1");
  wires[0]!.says(JSON.stringify({ id: 1, channel: 3 }), "attempt");
  wires[0]!.says(JSON.stringify({ id: 2, channel: null }), "attempt");
  wires[0]!.says(JSON.stringify({ id: 3, channel: 4 }), "attempt");
  expect([mine, strange]).toEqual([[1], [2]]);
});

test("no more channels are asked for than the server takes", () => {
  const { wires, settle, ids } = start();
  for (let channel = 1; channel <= 60; channel += 1) ids(channel, 0);
  settle();
  expect(wires[0]!.address.split(",")).toHaveLength(50);
});

test("a window that nobody looks at holds no connection, and misses nothing", () => {
  const { live, wires, settle, ids } = start();
  const page = Object.assign(new EventTarget(), { hidden: false });
  live.followVisibility(page as unknown as Document);
  const { heard } = ids(1, 5);
  settle();
  wires[0]!.says(entry(1, 6));
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  vi.advanceTimersByTime(1_100);
  expect(wires[0]!.readyState).toBe(2);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  settle();
  expect(wires[1]!.address).toBe("/api/v1/live?channels=1:6");
  wires[1]!.says(entry(1, 7));
  expect(heard).toEqual([6, 7]);
});

test("who listens is told when a broken connection is back", () => {
  const { live, wires, settle } = start();
  const reopened = vi.fn();
  live.watch({ channel: 1, after: 0, heard: () => {}, reopened });
  settle();
  wires[0]!.opens();
  expect(reopened).not.toHaveBeenCalled();
  wires[0]!.breaks();
  wires[0]!.opens();
  expect(reopened).toHaveBeenCalledOnce();
});

test("a connection that nobody needs is not a broken one", () => {
  const { live, wires, settle, ids } = start();
  const { end } = ids(1, 0);
  settle();
  wires[0]!.opens();
  end();
  settle();
  expect(live.link.value).toBe("connecting");
});

test("news are asked for only while somebody reads them, and each reader hears their own kind", () => {
  const { live, wires, settle, ids } = start();
  ids(7, 3);
  settle();
  expect(wires[0]!.address).toBe("/api/v1/live?channels=7:3");
  const commands: number[] = [];
  const end = live.hear<{ id: number }>("command", ({ id }) => commands.push(id));
  live.hear("device", () => commands.push(Number.NaN));
  settle();
  expect(wires[1]!.address).toBe("/api/v1/live?channels=7:3&news=1");
  wires[1]!.says(JSON.stringify({ id: 12 }), "command");
  end();
  settle();
  wires[1]!.says(JSON.stringify({ id: 13 }), "command");
  expect(commands).toEqual([12]);
  expect(wires).toHaveLength(2);
});

test("an answer that news overtook is asked for again, but not without end", async () => {
  const { live, wires, settle } = start();
  live.hear("relay", () => {});
  settle();
  const [wire] = wires;
  const answers = ["old", "older than it seems", "new", "not wanted"];
  const read = async () => {
    if (answers.length > 2) wire!.says("{}", "relay");
    return answers.shift()!;
  };
  expect(await live.settled("relay", read)).toBe("new");
  let asked = 0;
  const busy = async () => {
    wire!.says("{}", "relay");
    return (asked += 1);
  };
  expect(await live.settled("relay", busy)).toBe(5);
});

test("news alone hold the connection as well", () => {
  const { live, wires, settle } = start();
  const end = live.hear("device", () => {});
  settle();
  expect(wires[0]!.address).toBe("/api/v1/live?channels=&news=1");
  end();
  settle();
  expect(wires[0]!.readyState).toBe(2);
});
