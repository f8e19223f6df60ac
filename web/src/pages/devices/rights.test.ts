import { expect, test } from "vitest";
import type { Right } from "../../api/contract";
import { grant, inWords, may, plain, sendsTo } from "./rights";

const CHANNELS = [
  { id: 1, name: "Greenhouse" },
  { id: 2, name: "Attic" },
  { id: 3, name: "Hive" },
];
const right = (channel: number | null, publish: boolean, subscribe: boolean): Right => ({ channel, publish, subscribe });

test("rights are said in a sentence", () => {
  expect(inWords([], CHANNELS)).toBe("may do nothing yet");
  expect(inWords([right(null, true, true)], CHANNELS)).toBe("sends to and hears all your channels");
  expect(inWords([right(1, true, false), right(2, false, true)], CHANNELS)).toBe("sends to Greenhouse, hears Attic");
  expect(inWords([right(1, true, false), right(2, true, false)], CHANNELS)).toBe("sends to Greenhouse and Attic");
  expect(inWords([1, 2, 3].map((id) => right(id, false, true)), CHANNELS)).toBe("hears 3 channels");
  expect(inWords([right(9, true, false)], CHANNELS)).toBe("sends to channel 9");
});

test("a tick more and a tick less", () => {
  const one = grant([], 1, "publish", true);
  expect(one).toEqual([right(1, true, false)]);
  expect(grant(one, 1, "subscribe", true)).toEqual([right(1, true, true)]);
  expect(grant(one, 1, "publish", false)).toEqual([]);
  expect(may(one, 1, "publish")).toBe(true);
  expect(may(one, null, "publish")).toBe(false);
});

test("what all channels have a single one need not be given again", () => {
  expect(plain([right(null, true, false), right(1, true, true), right(2, true, false)])).toEqual([right(null, true, false), right(1, false, true)]);
});

test("it is known where a device may send to", () => {
  expect(sendsTo([right(2, true, false), right(3, false, true)], CHANNELS).map(({ id }) => id)).toEqual([2]);
  expect(sendsTo([right(null, true, false)], CHANNELS)).toHaveLength(3);
});
