import { expect, test } from "vitest";
import { decode, fit, HEIGHT, isLit, paint, WIDTH } from "./oled";

/** A memory in which only the given bytes are not zero. */
function memory(bytes: Record<number, number>): Uint8Array {
  const memory = new Uint8Array(1024);
  for (const [at, byte] of Object.entries(bytes)) memory[Number(at)] = byte;
  return memory;
}

function lit(memory: Uint8Array): [number, number][] {
  const lit: [number, number][] = [];
  for (let y = 0; y < HEIGHT; y += 1) for (let x = 0; x < WIDTH; x += 1) if (isLit(memory, x, y)) lit.push([x, y]);
  return lit;
}

test("the lowest bit of a byte is its top pixel", () => {
  expect(lit(memory({ 0: 0b0000_0001 }))).toEqual([[0, 0]]);
  expect(lit(memory({ 0: 0b1000_0000 }))).toEqual([[0, 7]]);
});

test("a page is 128 bytes and eight rows", () => {
  expect(lit(memory({ 127: 1, 128: 1, 1023: 0x80 }))).toEqual([
    [127, 0],
    [0, 8],
    [127, 63],
  ]);
});

test("pixels are painted in the colours of the display", () => {
  const image = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  paint(image, memory({ 1: 1 }), [1, 2, 3], [9, 9, 9]);
  expect([...image.slice(0, 8)]).toEqual([9, 9, 9, 255, 1, 2, 3, 255]);
});

test("a memory that is too short is dark where it ends", () => {
  const image = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  paint(image, decode("no base64!"), [255, 255, 255], [0, 0, 0]);
  expect(image.some((byte, at) => at % 4 !== 3 && byte !== 0)).toBe(false);
});

test("Base64 is decoded to bytes", () => {
  expect([...decode("AAH/gA==")]).toEqual([0, 1, 255, 128]);
});

test("pixels are whole where there is room for it", () => {
  expect(fit(259, 1)).toBe(256);
  expect(fit(196, 2)).toBe(192);
  expect(fit(196, 3)).toBeCloseTo(170.67);
  expect(fit(218, 1)).toBe(218);
});
