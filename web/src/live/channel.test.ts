import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Entry } from "../api/contract";
import { Channel } from "./channel";
import type { Listener } from "./live";
import type { Link } from "./stream";

const entry = (id: number): Entry => ({
  entry_id: id,
  created_at: 1_700_000_000_000 + id * 3_000,
  fields: { "1": String(id) },
});

/** A server with one channel, whose live entries are in the hands of a test. */
class World {
  entries: Entry[] = [];
  /** After which id the channel was listened to. */
  after: number[] = [];
  listener: Listener | undefined;
  live = {
    link: signal<Link>("live"),
    watch: (listener: Listener) => {
      this.after.push(listener.after);
      this.listener = listener;
      return () => {
        this.listener = undefined;
      };
    },
  };

  constructor(count: number) {
    this.hold(count);
    vi.stubGlobal("fetch", async (path: string) => {
      const limit = Number(new URL(path, "http://here").searchParams.get("limit"));
      return Response.json({ entries: this.entries.toReversed().slice(0, limit), more: false });
    });
  }

  hold(count: number): void {
    this.entries = Array.from({ length: count }, (_, index) => entry(index + 1));
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function follow(world: World): Promise<Channel> {
  const channel = new Channel(1, ["field1"], world.live);
  await channel.start();
  return channel;
}

test("what was there comes first, and what comes live goes on after it", async () => {
  const world = new World(5);
  const channel = await follow(world);
  expect(world.after).toEqual([5]);
  expect(channel.newest.value?.entry_id).toBe(5);
  expect(channel.arrived.value).toBeNull();
  world.listener!.heard(entry(6));
  expect(channel.series.length).toBe(6);
  expect(channel.arrived.value?.entry_id).toBe(6);
});

test("a double is dropped", async () => {
  const world = new World(5);
  const channel = await follow(world);
  world.listener!.heard(entry(5));
  expect(channel.series.length).toBe(5);
});

test("a channel that began anew while the line was broken is read anew", async () => {
  const world = new World(50);
  const channel = await follow(world);
  world.hold(2);
  world.listener!.reopened!();
  await vi.runAllTimersAsync();
  expect(channel.series.lastId).toBe(2);
  expect(world.after).toEqual([50, 2]);
});

test("a line that was broken and finds the same channel goes on", async () => {
  const world = new World(5);
  const channel = await follow(world);
  world.hold(7);
  world.listener!.reopened!();
  await vi.runAllTimersAsync();
  expect(channel.series.lastId).toBe(5);
  expect(world.after).toEqual([5]);
});

test("a channel that is cleared under our eyes is read anew", async () => {
  const world = new World(5);
  const channel = await follow(world);
  world.hold(1);
  world.listener!.renewed!();
  await vi.runAllTimersAsync();
  expect(channel.series.lastId).toBe(1);
  expect(world.after).toEqual([5, 1]);
});

test("after a rest it goes on where it was", async () => {
  const world = new World(5);
  const channel = await follow(world);
  world.listener!.heard(entry(6));
  channel.stop();
  expect(world.listener).toBeUndefined();
  await channel.start();
  expect(world.after).toEqual([5, 6]);
});

test("after a long rest everything is read at once", async () => {
  const world = new World(5);
  const channel = await follow(world);
  channel.stop();
  world.hold(900);
  vi.advanceTimersByTime(3_600_000);
  await channel.start();
  expect(channel.series.length).toBe(300);
  expect(world.after).toEqual([5, 900]);
});

test("who leaves before the first answer does not listen", async () => {
  const world = new World(5);
  const channel = new Channel(1, ["field1"], world.live);
  const started = channel.start();
  channel.stop();
  await started;
  expect(world.after).toEqual([]);
});

test("a server that does not answer is asked again", async () => {
  const world = new World(3);
  const working = globalThis.fetch;
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed to fetch")));
  const channel = new Channel(1, ["field1"], world.live);
  const started = channel.start();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(world.after).toEqual([]);
  vi.stubGlobal("fetch", working);
  await vi.advanceTimersByTimeAsync(4_000);
  await started;
  expect(channel.series.length).toBe(3);
  expect(world.after).toEqual([3]);
});
