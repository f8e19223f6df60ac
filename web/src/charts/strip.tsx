/** The whole history in a strip, with a window on the stretch that the charts show: to be moved and stretched by hand or by keys. */

import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Looks, Overview } from "../live/columns";
import type { Clock } from "../ui/words";
import type { Zoom } from "./chart";
import { closer } from "./hands";
import { translucent } from "./paint";
import { grasp, type Grasp, moved } from "./strip-window";
import type { Stretch } from "./view";

type Props = {
  whole: ReadonlySignal<Overview | null>;
  /** The field that is drawn, and the name of the custom property that holds its colour. */
  field: number;
  name: string;
  colour: string;
  view: Stretch;
  /** From the first entry to now, in seconds. */
  all: [number, number];
  zoom: Zoom;
  clock: Clock;
  /** It lies below a chart that has the whole width. */
  wide: boolean;
};

/** The window is never less wide than this, in pixels. */
const LEAST = 24;

export function Strip({ whole, field, name, colour, view, all, zoom, clock, wide }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const held = useRef<{ grasp: Grasp; at: number; from: number; until: number } | null>(null);
  const [first, last] = all;
  const [from, until] = view.window();
  const share = (time: number) => Math.min(1, Math.max(0, (time - first) / (last - first)));
  const times = useRef(all);
  times.current = all;

  useEffect(() => {
    const element = canvas.current!;
    const draw = () => {
      const looks = whole.peek()?.columns.find(({ no }) => no === field);
      if (looks) paint(element, whole.peek()!, looks, times.current, colour);
    };
    const stop = effect(() => {
      void whole.value;
      draw();
    });
    const sized = new ResizeObserver(draw);
    sized.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => {
      stop();
      sized.disconnect();
      dark.removeEventListener("change", draw);
    };
  }, [field, colour]);

  const place = (event: PointerEvent) => {
    const { left, width } = box.current!.getBoundingClientRect();
    return { at: first + ((event.clientX - left) / width) * (last - first), perPixel: (last - first) / width };
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const { at, perPixel } = place(event);
    const part = (event.target as HTMLElement).dataset["part"] as Grasp | undefined;
    const found = part ?? grasp(at, [from, until], perPixel * (event.pointerType === "mouse" ? 9 : 22));
    box.current!.setPointerCapture(event.pointerId);
    // Where nothing was grasped the window comes to the hand.
    const middle = found === null ? at - (until - from) / 2 : from;
    held.current = { grasp: found ?? "window", at, from: middle, until: middle + (until - from) };
    if (found === null) zoom.move(middle, middle + (until - from));
    else if (found !== "window") held.current.until = until;
  };
  const move = (event: PointerEvent) => {
    if (held.current === null) return;
    zoom.move(...moved(held.current.grasp, [held.current.from, held.current.until], place(event).at - held.current.at, place(event).perPixel * 4));
  };
  const keys = (of: Grasp) => (event: KeyboardEvent) => {
    const length = until - from;
    const by = { ArrowLeft: -0.1, ArrowDown: -0.1, ArrowRight: 0.1, ArrowUp: 0.1, PageDown: -1, PageUp: 1, Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (by !== undefined) zoom.move(...moved(of, [from, until], Math.max(first - until, Math.min(last - from, by * length)), length / 50));
    else if (event.key === "+" || event.key === "=") zoom.to(...closer([from, until], (from + until) / 2, 0.5));
    else if (event.key === "-") zoom.to(...closer([from, until], (from + until) / 2, 2));
    else return;
    event.preventDefault();
  };
  const say = (time: number) => `${clock.day(time)}, ${clock.minute(time)}`;
  const slider = (of: Grasp, label: string, now: number, words: string) => ({
    role: "slider" as const,
    tabIndex: 0,
    "aria-label": label,
    "aria-valuemin": Math.floor(first),
    "aria-valuemax": Math.ceil(last),
    "aria-valuenow": Math.round(Math.min(last, Math.max(first, now))),
    "aria-valuetext": words,
    onKeyDown: keys(of),
    "data-part": of,
  });
  // However small the window is, it can be hit, and its ends beside it.
  const left = `min(${share(from) * 100}%, 100% - ${LEAST}px)`;
  const right = `max(${share(until) * 100}%, ${left} + ${LEAST}px)`;
  return (
    <div class="strip" data-wide={wide} role="group" aria-label={`The whole history of ${name}`} data-testid="strip">
      <div
        class="strip-box"
        ref={box}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={() => void (held.current = null)}
        onPointerCancel={() => void (held.current = null)}
        onDblClick={() => zoom.to(first, last)}
      >
        <canvas ref={canvas} aria-hidden="true" />
        <div class="strip-shade" style={{ left: 0, width: left }} />
        <div class="strip-shade" style={{ left: right, right: 0 }} />
        <div {...slider("window", "Stretch that is shown", (from + until) / 2, `${say(from)} to ${say(until)}`)} class="strip-window" style={{ left, width: `calc(${right} - ${left})` }} />
        <div {...slider("from", "Where it begins", from, say(from))} class="strip-end" style={{ left }} />
        <div {...slider("until", "Where it ends", until, say(until))} class="strip-end" style={{ left: right }} />
      </div>
      <p class="strip-times" aria-hidden="true">
        <span>{clock.day(first)}</span>
        <span>{clock.day(last)}</span>
      </p>
    </div>
  );
}

/** How far up and down the field went, all over, and a line through it. */
function paint(canvas: HTMLCanvasElement, whole: Overview, { last, low, high }: Looks, [first, until]: [number, number], colour: string): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ctx = canvas.getContext("2d")!;
  [canvas.width, canvas.height] = [width * devicePixelRatio, height * devicePixelRatio];
  ctx.scale(devicePixelRatio, devicePixelRatio);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  low.forEach((value) => void (value < least && (least = value)));
  high.forEach((value) => void (value > most && (most = value)));
  if (!(least <= most)) return;
  const room = Math.max(most - least, 1e-9);
  const x = (time: number) => ((time / 1000 - first) / (until - first)) * width;
  const y = (value: number) => (most === least ? height / 2 : 4 + (1 - (value - least) / room) * (height - 8));
  const band = new Path2D();
  const line = new Path2D();
  const each = Math.max(1, x(whole.resolution) - x(0));
  let before = Number.NEGATIVE_INFINITY;
  whole.times.forEach((time, index) => {
    if (Number.isNaN(last[index])) return;
    const [top, bottom] = [y(high[index]!), y(low[index]!)];
    band.rect(x(time), top - 0.5, each, bottom - top + 1);
    // A line over a time in which nothing came would be made up.
    if (x(time) - before > Math.max(6, each * 4)) line.moveTo(x(time), y(last[index]!));
    else line.lineTo(x(time), y(last[index]!));
    before = x(time);
  });
  const ink = getComputedStyle(canvas).getPropertyValue(colour).trim();
  ctx.fillStyle = ctx.strokeStyle = translucent(ink, 0.6);
  ctx.fill(band);
  // Where columns stand side by side they are the line.
  if (each > 2 || whole.ids !== null) ctx.stroke(line);
}
