/**
 * Sends the newest of many values, one at a time: a hand on a slider makes hundreds of them, and only
 * where it comes to rest must arrive.
 */
export class Latest<T> {
  private waiting: { value: T } | undefined;
  private busy = false;

  constructor(
    private readonly send: (value: T) => Promise<void>,
    /** The shortest time from one sending to the next, in milliseconds. */
    private readonly pace: number,
  ) {}

  /** True while something is under way or waits. */
  get isBusy(): boolean {
    return this.busy;
  }

  give(value: T): void {
    this.waiting = { value };
    if (!this.busy) void this.run();
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (this.waiting !== undefined) {
      const { value } = this.waiting;
      this.waiting = undefined;
      await Promise.all([this.send(value).catch(() => {}), rest(this.pace)]);
    }
    this.busy = false;
  }
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
