import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Card, Entry } from "../api/contract";
import type { Listener } from "../live/live";
import { Cards } from "./cards";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const entry = (id: number, fields: Entry["fields"]): Entry => ({ entry_id: id, created_at: id * 1_000, fields });

const card = (id: number, entries: number, more: Partial<Card> = {}): Card => ({
  id,
  name: `Channel ${id}`,
  description: null,
  public: false,
  role: "owner",
  owner: "ada",
  fields: [{ no: 1, label: "Temperature" }],
  last: entries > 0 ? entry(entries, { "1": "20", "2": "50" }) : null,
  last_write_at: entries > 0 ? entries * 1_000 : null,
  entries,
  spark: {},
  ...more,
});

function world(answers: Card[][]) {
  const listeners = new Map<number, Listener>();
  const live = {
    watch(listener: Listener) {
      listeners.set(listener.channel, listener);
      return () => void listeners.delete(listener.channel);
    },
  };
  const load = vi.fn(async () => (answers.length > 1 ? answers.shift()! : answers[0]!));
  return { cards: new Cards<Card[]>(load, (read) => read, live), listeners, load };
}

test("a card is what was read, then what came, and keeps values that the newest entry does not carry", async () => {
  const { cards, listeners } = world([[card(7, 3)]]);
  cards.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(listeners.get(7)?.after).toBe(3);
  listeners.get(7)!.heard(entry(4, { "1": "21" }));
  const now = cards.now(card(7, 3)).value;
  expect(now.last?.fields).toEqual({ "1": "21", "2": "50" });
  expect([now.entries, now.last_write_at]).toEqual([4, 4_000]);
});

test("an answer that is older than what came live meanwhile takes nothing back", async () => {
  const { cards, listeners, load } = world([[card(7, 3)]]);
  cards.start();
  await vi.advanceTimersByTimeAsync(0);
  load.mockImplementationOnce(async () => {
    listeners.get(7)!.heard(entry(4, { "1": "21" }));
    return [card(7, 3, { name: "Renamed" })];
  });
  await vi.advanceTimersByTimeAsync(60_000);
  const now = cards.now(card(7, 3)).value;
  expect([now.name, now.entries, now.last?.fields["1"]]).toEqual(["Renamed", 4, "21"]);
});

test("a channel that is gone is no longer listened to, and nothing is when the page is left", async () => {
  const { cards, listeners } = world([[card(7, 3), card(8, 0)], [card(8, 0)]]);
  const leave = cards.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([...listeners.keys()]).toEqual([8]);
  leave();
  expect(listeners.size).toBe(0);
});

test("a channel that was cleared is empty", async () => {
  const { cards, listeners } = world([[card(7, 3)]]);
  cards.start();
  await vi.advanceTimersByTimeAsync(0);
  listeners.get(7)!.renewed?.();
  listeners.get(7)!.heard(entry(1, { "1": "5" }));
  expect(cards.now(card(7, 3)).value.last?.fields).toEqual({ "1": "5" });
});

test("a server that is away is asked again soon, and what was read stays", async () => {
  const { cards, load } = world([[card(7, 3)]]);
  cards.start();
  await vi.advanceTimersByTimeAsync(0);
  load.mockRejectedValueOnce(new Error("away"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(cards.problem.value).toBe("away");
  expect(cards.read.value).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(cards.problem.value).toBeNull();
});

test("a server that begins anew while the line is broken is believed, and listened to from its beginning", async () => {
  const { cards, listeners } = world([[card(7, 30)], [card(7, 2)]]);
  cards.start();
  await vi.advanceTimersByTimeAsync(0);
  listeners.get(7)!.reopened?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(cards.now(card(7, 2)).value.entries).toBe(2);
  expect(listeners.get(7)!.after).toBe(2);
});
