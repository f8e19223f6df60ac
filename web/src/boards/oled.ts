/** The memory of an SSD1306 display: eight pages of 128 bytes; a byte is eight pixels, the lowest bit on top. */

export const WIDTH = 128;
export const HEIGHT = 64;

export type Ink = readonly [red: number, green: number, blue: number];

/** Draws the memory into an image of 128 × 64 RGBA pixels. */
export function paint(image: Uint8ClampedArray, memory: Uint8Array, on: Ink, off: Ink): void {
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const [red, green, blue] = isLit(memory, x, y) ? on : off;
      const at = (y * WIDTH + x) * 4;
      image[at] = red;
      image[at + 1] = green;
      image[at + 2] = blue;
      image[at + 3] = 255;
    }
  }
}

export function isLit(memory: Uint8Array, x: number, y: number): boolean {
  return (((memory[(y >> 3) * WIDTH + x] ?? 0) >> (y & 7)) & 1) === 1;
}

/** The bytes in a Base64 text; none if it is not Base64. */
export function decode(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/**
 * How wide to show the display in `room` CSS pixels, so that each of its pixels covers a whole number of
 * the screen's; where that would cost more than a sixth of the room, evenness gives way to size.
 */
export function fit(room: number, density: number): number {
  const whole = (Math.floor((room * density) / WIDTH) * WIDTH) / density;
  return whole >= room * (5 / 6) ? whole : room;
}
