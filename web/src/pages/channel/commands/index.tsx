/** What people tell the boards of a channel: its TalkBacks. */

import type { Detail } from "../../../api/contract";
import type { ChannelModel } from "../model";

type Props = { model: ChannelModel; detail: Detail };

export function CommandsTab({ detail }: Props) {
  return (
    <section class="panel sheet" aria-labelledby="commands">
      <h2 id="commands">Commands</h2>
      <p class="soft">No TalkBack belongs to {detail.name} yet.</p>
    </section>
  );
}
