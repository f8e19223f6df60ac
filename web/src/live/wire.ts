/** An EventSource in the hands of a test. */

import type { Source } from "./stream";

export class Wire implements Source {
  readyState = 0;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly address: string) {}

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(type, listener);
  }

  close(): void {
    this.readyState = 2;
  }

  opens(): void {
    this.readyState = 1;
    this.fire("open");
  }

  says(data: string, event = "entry"): void {
    this.fire(event, data);
  }

  /** The browser will try again by itself. */
  breaks(): void {
    this.readyState = 0;
    this.fire("error");
  }

  /** The browser has given up. */
  fails(): void {
    this.readyState = 2;
    this.fire("error");
  }

  private fire(type: string, data = ""): void {
    this.listeners.get(type)?.({ data } as MessageEvent<string>);
  }
}
