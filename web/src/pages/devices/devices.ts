/** The reader's devices and the channels that they may reach: what is there, what comes live, and what can be changed. */

import { computed, signal } from "@preact/signals";
import { API, get, inWords, patch, post, remove } from "../../api/client";
import type { Card, Channels, Device, MadeDevice, Right, TopicMap } from "../../api/contract";
import { follow } from "../../live/follow";
import { live } from "../../live/live";

export type Changes = { name?: string; rights?: Right[]; maps?: TopicMap[] };

export class Devices {
  /** By name; `null` until they are read. */
  readonly all = signal<readonly Device[] | null>(null);
  readonly channels = signal<readonly Card[]>([]);
  readonly problem = signal<string | null>(null);
  /** Passwords that were made here, by client id: the server tells each but once. */
  readonly fresh = signal<ReadonlyMap<string, string>>(new Map());
  /** Those that are shown whole. */
  readonly open = signal<ReadonlySet<string>>(new Set());
  readonly connected = computed(() => (this.all.value ?? []).filter(({ connected }) => connected).length);

  /** Begins; what it returns ends it. */
  start(): () => void {
    const silence = live.hear<Device>("device", (device) => this.heard(device));
    const rest = follow(() => this.load());
    return () => {
      silence();
      rest();
    };
  }

  async load(): Promise<void> {
    try {
      const [devices, { own, shared }] = await Promise.all([
        live.settled("device", () => get<Device[]>(`${API}/devices`)),
        get<Channels>(`${API}/channels`),
      ]);
      const first = this.all.peek() === null;
      this.all.value = sorted(devices);
      this.channels.value = [...own, ...shared];
      this.problem.value = null;
      if (first && devices.length === 1) this.show(devices[0]!.client_id, true);
    } catch (error) {
      this.problem.value = inWords(error);
    }
  }

  async make(name: string, rights: Right[]): Promise<void> {
    const { password, ...device } = await post<MadeDevice>(`${API}/devices`, { name, rights });
    this.remember(device.client_id, password);
    this.learn(device);
    this.show(device.client_id, true);
  }

  async change(client_id: string, changes: Changes): Promise<void> {
    this.learn(await patch<Device>(at(client_id), changes));
  }

  async newPassword(client_id: string): Promise<void> {
    const { password } = await post<{ password: string }>(`${at(client_id)}/password`);
    this.remember(client_id, password);
  }

  async drop(client_id: string): Promise<void> {
    await remove(at(client_id));
    this.all.value = (this.all.peek() ?? []).filter((each) => each.client_id !== client_id);
    this.forget(client_id);
  }

  show(client_id: string, open: boolean): void {
    const shown = new Set(this.open.peek());
    if (open) shown.add(client_id);
    else shown.delete(client_id);
    this.open.value = shown;
  }

  /** The reader has the password now. */
  forget(client_id: string): void {
    this.fresh.value = new Map([...this.fresh.peek()].filter(([id]) => id !== client_id));
  }

  private remember(client_id: string, password: string): void {
    this.fresh.value = new Map([...this.fresh.peek(), [client_id, password]]);
  }

  /** News of a device that is not known may be of one that has just been removed here. */
  private heard(device: Device): void {
    if (this.all.peek()?.some(({ client_id }) => client_id === device.client_id)) this.learn(device);
    else void this.load();
  }

  private learn(device: Device): void {
    const others = (this.all.peek() ?? []).filter(({ client_id }) => client_id !== device.client_id);
    this.all.value = sorted([...others, device]);
  }
}

const at = (client_id: string) => `${API}/devices/${encodeURIComponent(client_id)}`;

function sorted(devices: readonly Device[]): Device[] {
  return [...devices].sort((one, other) => one.name.localeCompare(other.name, "en") || one.created_at - other.created_at);
}
