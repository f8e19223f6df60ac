/** Everything the demo page knows: two boards, two channels, and a hand to touch the boards with. */

import { computed, signal } from "@preact/signals";
import { ApiError, BOARDS, get, post } from "../api/client";
import type { BoardId, Climate, DemoChannels, DisplayBoard, SensorBoard, Snapshot } from "../api/types";
import { Channel } from "./channel";
import { type Link, Stream } from "./stream";

/** Boards change every few seconds; without news for this long the line is dead. */
const SILENCE = 15_000;
/**
 * A page that nobody looks at lets go of its connections after this time. Browsers allow six to a server,
 * all tabs together, and this page holds three: two tabs would leave none to press the button with.
 */
const PATIENCE = 1_000;

export class Demo {
  readonly boards = signal<Snapshot>({ boards: [] });
  readonly sensor = computed(() => this.find("sensor") as SensorBoard | undefined);
  readonly display = computed(() => this.find("display") as DisplayBoard | undefined);
  readonly readings: Channel;
  readonly command: Channel;
  /** The last "no" that a touch was answered with. */
  readonly problem = signal<string | null>(null);
  readonly link = computed<Link>(() => {
    const links = [this.stream.link.value, this.readings.link.value, this.command.link.value];
    return links.find((link) => link === "reconnecting") ?? links.find((link) => link === "connecting") ?? "live";
  });
  private readonly stream: Stream;

  constructor(
    snapshot: Snapshot,
    readonly channels: DemoChannels,
  ) {
    this.boards.value = snapshot;
    this.readings = new Channel(channels.readings.id, ["field1", "field2"]);
    this.command = new Channel(channels.command.id, ["field1"]);
    this.stream = new Stream({
      address: () => `${BOARDS}/live`,
      on: {
        boards: (data) => {
          this.boards.value = JSON.parse(data) as Snapshot;
        },
      },
      silence: SILENCE,
    });
  }

  start(): void {
    this.stream.start();
    void this.readings.start();
    void this.command.start();
  }

  stop(): void {
    this.stream.stop();
    this.readings.stop();
    this.command.stop();
  }

  /** Holds connections only while somebody looks; ends, with them, when what it returns is called. */
  followVisibility(page: Document): () => void {
    let rest: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(rest);
      if (page.hidden) rest = setTimeout(() => this.stop(), PATIENCE);
      else this.start();
    };
    page.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(rest);
      page.removeEventListener("visibilitychange", look);
      this.stop();
    };
  }

  press(pressed: boolean): Promise<void> {
    return this.touch(`${BOARDS}/display/button`, { pressed });
  }

  setClimate(climate: Climate): Promise<void> {
    return this.touch(`${BOARDS}/sensor/climate`, climate);
  }

  setWifi(board: BoardId, connected: boolean): Promise<void> {
    return this.touch(`${BOARDS}/${board}/wifi`, { connected });
  }

  private async touch(path: string, body: unknown): Promise<void> {
    try {
      await post(path, body);
      this.problem.value = null;
    } catch (error) {
      this.problem.value = error instanceof Error ? error.message : String(error);
    }
  }

  private find(id: BoardId): SensorBoard | DisplayBoard | undefined {
    return this.boards.value.boards.find((board) => board.id === id);
  }
}

/** Looks for virtual boards; `null` if none are switched on, or they are not for who asks. */
export async function findDemo(): Promise<Demo | null> {
  try {
    const snapshot = await get<Snapshot>(BOARDS);
    return new Demo(snapshot, await get<DemoChannels>(`${BOARDS}/channels`));
  } catch (error) {
    if (error instanceof ApiError && [401, 404].includes(error.status)) return null;
    throw error;
  }
}
