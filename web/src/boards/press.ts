/** A finger on a button: down and up in their order, and never so short that a board takes it for a bounce. */

import { signal } from "@preact/signals";

/** The shortest press and the shortest pause after it, in milliseconds. */
const HOLD = 120;
const PAUSE = 80;

export class Press {
  readonly held = signal(false);
  private done: Promise<void> = Promise.resolve();

  constructor(private readonly send: (pressed: boolean) => Promise<void>) {}

  down(): void {
    if (!this.held.value) this.move(true);
  }

  up(): void {
    if (this.held.value) this.move(false);
  }

  private move(pressed: boolean): void {
    this.held.value = pressed;
    this.done = this.done
      .then(() => this.send(pressed))
      .catch(() => {})
      .then(() => new Promise((resolve) => setTimeout(resolve, pressed ? HOLD : PAUSE)));
  }
}
