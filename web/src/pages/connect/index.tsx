/** How a board gets to a channel, and what became of every attempt to. */

import type { Detail } from "../../api/contract";

export function ConnectPanel({ channel }: { channel: Detail; addresses: string[] }) {
  return <p>Post to {channel.name}.</p>;
}

export function DoctorPanel({ channelId }: { channelId: number }) {
  return <p>Attempts at channel {channelId}.</p>;
}
