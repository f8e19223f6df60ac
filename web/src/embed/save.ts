/** Saves a chart as an image, with its title and its ground. */

import type { Ink } from "./paint";

const TITLE = 34;

export function save(place: HTMLElement, title: string, ink: Ink): void {
  const drawing = place.querySelector("canvas");
  const whole = document.createElement("canvas");
  const context = whole.getContext("2d");
  if (!drawing || !context) return;
  const head = TITLE * devicePixelRatio;
  whole.width = drawing.width;
  whole.height = drawing.height + head;
  context.fillStyle = ink.ground;
  context.fillRect(0, 0, whole.width, whole.height);
  context.fillStyle = ink.text;
  context.font = `600 ${17 * devicePixelRatio}px Figtree, system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(title, whole.width / 2, head / 2, whole.width);
  context.drawImage(drawing, 0, head);
  whole.toBlob((image) => {
    if (!image) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(image);
    link.download = `${title}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
}
