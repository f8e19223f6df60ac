/** How a board gets to a channel, and what became of every attempt to. Both are fetched when they are first shown. */

import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { Detail } from "../../api/contract";

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

/** A part of the page, once it is there. What can't be fetched was replaced by a newer server: the page is, too. */
function useLater<Props>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> | null {
  const part = useSignal<{ is: ComponentType<Props> } | null>(null);
  useEffect(() => {
    let wanted = true;
    load().then(
      (is) => {
        if (wanted) part.value = { is };
      },
      () => location.reload(),
    );
    return () => {
      wanted = false;
    };
  }, []);
  return part.value?.is ?? null;
}
