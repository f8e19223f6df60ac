/** An address as a picture that a phone's camera reads. Dark on light in any light, for cameras want it so. */

import { generate } from "lean-qr";
import { useMemo } from "preact/hooks";

/** The light edge that the standard wants around it, in dots. */
const EDGE = 4;

export function QrCode({ text }: { text: string }) {
  const { size, path } = useMemo(() => drawn(text), [text]);
  const side = size + 2 * EDGE;
  return (
    <svg class="qr" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={`QR code of ${text}`} shape-rendering="crispEdges">
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#10211a" />
    </svg>
  );
}

/** Each row's dark stretches as one path. */
export function drawn(text: string): { size: number; path: string } {
  const code = generate(text);
  let path = "";
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      let end = x;
      while (code.get(end, y)) end += 1;
      if (end > x) path += `M${x + EDGE} ${y + EDGE}h${end - x}v1h${x - end}z`;
      x = end;
    }
  }
  return { size: code.size, path };
}
