import { expect, test } from "vitest";
import { between, fromQuery, liveEnd, question, SPANS, sane, toQuery, wider } from "./range";

const noon = Date.UTC(2026, 10, 25, 12) / 1000;
const read = (text: string) => fromQuery(new URLSearchParams(text));

test("an address without a range means the last day", () => {
  expect(read("")).toEqual({ span: SPANS[1], stretch: null });
  expect(read("range=weird&from=yesterday&to=now").stretch).toBeNull();
});

test("what is written into an address is read from it again", () => {
  for (const span of SPANS) {
    for (const stretch of [null, [noon - 600, noon + 7] as [number, number]]) {
      const said = Object.entries(toQuery({ span, stretch })).flatMap(([name, value]) => (value ? [[name, value]] : []));
      expect(fromQuery(new URLSearchParams(said))).toEqual({ span, stretch });
    }
  }
});

test("an address is short", () => {
  expect(toQuery({ span: SPANS[1]!, stretch: null })).toEqual({ range: null, from: null, to: null });
  expect(toQuery({ span: SPANS[2]!, stretch: [noon, noon + 61] })).toEqual({
    range: "7d",
    from: "2026-11-25T12:00Z",
    to: "2026-11-25T12:01:01Z",
  });
});

test("a stretch that ends before it begins is none, and a very short one is made long enough", () => {
  expect(sane([noon, noon])).toBeNull();
  expect(sane([noon, noon - 1])).toBeNull();
  expect(sane([Number.NaN, noon])).toBeNull();
  expect(sane([noon, noon + 1])).toEqual([noon - 0.5, noon + 1.5]);
});

test("a live stretch moves on by what can be seen, and always holds the present", () => {
  expect(liveEnd(noon + 0.2, 3_600)).toBe(Math.ceil((noon + 0.2) / 2.4) * 2.4);
  const year = liveEnd(noon, 365 * 86_400);
  expect(year).toBeGreaterThanOrEqual(noon);
  expect(liveEnd(noon + 60, 365 * 86_400)).toBe(year);
});

test("what is asked for comes in points of a length that people know, whatever the stretch", () => {
  const resolution = ({ start, end, width }: ReturnType<typeof question>) => Math.floor((end - start) / (width - 1)) + 1;
  const lengths = [10, 3_600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400, 20 * 365 * 86_400].map((seconds) => {
    const asked = question([noon - seconds, noon + 0.4], 800);
    expect(asked.start).toBe((noon - seconds) * 1000);
    expect(asked.end).toBeGreaterThanOrEqual(noon * 1000 + 400);
    expect(asked.width).toBeLessThanOrEqual(803);
    return resolution(asked) / 1000;
  });
  expect(lengths).toEqual([1, 5, 120, 900, 3_600, 43_200, 14 * 86_400]);
});

test("a stretch that is moved stays as long as it is and within what there is", () => {
  expect(between([-50, 50], [0, 1_000])).toEqual([0, 100]);
  expect(between([950, 1_050], [0, 1_000])).toEqual([900, 1_000]);
  expect(between([200, 300], [0, 1_000])).toEqual([200, 300]);
  expect(between([-500, 5_000], [0, 1_000])).toEqual([0, 1_000]);
});

test("more is read than is shown, on both sides, and nothing before time began", () => {
  expect(wider([100, 200], 0.25)).toEqual([75, 225]);
  expect(wider([10, 210], 0.25)).toEqual([0, 260]);
});
