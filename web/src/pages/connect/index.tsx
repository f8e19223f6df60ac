/** How a board gets to a channel, and what became of every attempt to. Both are fetched when they are first shown. */

import type { Detail } from "../../api/contract";
import { useLater } from "../../ui/later";

export type ConnectProps = {
  channel: Detail;
  /** Base URLs for boards, best first. */
  addresses: string[];
};

export type DoctorProps = { channelId: number };

export function ConnectPanel(props: ConnectProps) {
  const Wizard = useLater(() => import("./wizard").then((module) => module.Wizard));
  return Wizard === null ? <div class="connect-later" /> : <Wizard {...props} />;
}

export function DoctorPanel(props: DoctorProps) {
  const Doctor = useLater(() => import("./doctor").then((module) => module.Doctor));
  return Doctor === null ? <div class="connect-later" /> : <Doctor {...props} />;
}
