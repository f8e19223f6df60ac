import { generate } from "lean-qr";
import { expect, test } from "vitest";
import { drawn } from "./qr-code";

test("every dark dot of the code is drawn, and no other", () => {
  const text = "http://192.168.1.20:8080/channels/1";
  const { size, path } = drawn(text);
  const dark = new Set<string>();
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let dot = 0; dot < Number(length); dot += 1) dark.add(`${Number(x) + dot - 4},${Number(y) - 4}`);
  }
  const code = generate(text);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) expect(dark.has(`${x},${y}`), `${x},${y}`).toBe(code.get(x, y));
  }
  expect(size).toBeGreaterThan(20);
});
