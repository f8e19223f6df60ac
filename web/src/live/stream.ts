/**
 * One stream of server-sent events that does not stay down. The browser resumes a broken one by itself;
 * what it gives up on, and what has fallen silent, is opened anew from where `address` says.
 */

import { signal } from "@preact/signals";

export type Link = "connecting" | "live" | "reconnecting";

/** What is used of an EventSource. */
export type Source = {
  readonly readyState: number;
  close(): void;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
};

export type StreamOptions = {
  /** Where to open; asked again each time. */
  address: () => string;
  /** What to do with the data of each kind of event. */
  on: { [event: string]: (data: string) => void };
  /** The stream is open again after it was not: something may have been missed or begun anew. */
  reopened?: () => void;
  /** A stream without an event for this many milliseconds is taken for dead. */
  silence?: number;
  open?: (address: string) => Source;
};

/** As EventSource.CLOSED, which is not there in tests. */
const CLOSED = 2;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;

export class Stream {
  readonly link = signal<Link>("connecting");
  private source: Source | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wait = FIRST_WAIT;

  constructor(private readonly options: StreamOptions) {}

  start(): void {
    if (this.source === undefined) this.open();
  }

  /** Closes the stream, to be started again later. */
  stop(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
    if (this.link.value === "live") this.link.value = "reconnecting";
  }

  restart(): void {
    this.stop();
    this.open();
  }

  private open(): void {
    const { address, on } = this.options;
    const source = (this.options.open ?? ((to) => new EventSource(to)))(address());
    this.source = source;
    this.watch();
    source.addEventListener("open", () => {
      const before = this.link.value;
      this.wait = FIRST_WAIT;
      this.link.value = "live";
      this.watch();
      if (before === "reconnecting") this.options.reopened?.();
    });
    for (const [event, heard] of Object.entries(on)) {
      source.addEventListener(event, (message) => {
        this.watch();
        heard(message.data);
      });
    }
    source.addEventListener("error", () => {
      // Where nothing was ever heard, it is still the first attempt.
      if (this.link.value === "live") this.link.value = "reconnecting";
      if (source.readyState === CLOSED && this.source === source) this.openLater();
    });
  }

  private openLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.restart(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  private watch(): void {
    clearTimeout(this.timer);
    if (this.options.silence === undefined) return;
    this.timer = setTimeout(() => this.restart(), this.options.silence);
  }
}
