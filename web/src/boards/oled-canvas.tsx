/** The display, pixel by pixel as it is in the virtual board's memory. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Oled } from "../api/types";
import { decode, fit, HEIGHT, type Ink, paint, WIDTH } from "./oled";

/** The light of the display, lit and dark; it is the same in a bright and in a dark room. */
const ON: Ink = [214, 238, 255];
const OFF: Ink = [5, 8, 11];

export function OledCanvas({ oled }: { oled: Oled | undefined }) {
  const room = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const lit = oled?.on ? oled.pixels : "";

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(WIDTH, HEIGHT);
    paint(image.data, decode(lit), ON, OFF);
    context.putImageData(image, 0, 0);
  }, [lit]);

  useLayoutEffect(() => {
    const measure = () => {
      if (!room.current || !canvas.current) return;
      canvas.current.style.width = `${fit(room.current.clientWidth, devicePixelRatio)}px`;
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (room.current) observer.observe(room.current);
    return () => observer.disconnect();
  }, []);

  return (
    <div class="oled" ref={room}>
      <canvas
        ref={canvas}
        data-testid="oled"
        width={WIDTH}
        height={HEIGHT}
        role="img"
        aria-label="The display of the display node: it shows the newest readings"
      />
    </div>
  );
}
