/** The head of a channel's page: its name, whether it is alive, and the ways to share and to connect. */

import { useSignal } from "@preact/signals";
import type { Detail } from "../../api/contract";
import { now } from "../../live/clock";
import { PlugIcon, ShareIcon } from "../../ui/icons";
import { LivePill } from "../../ui/live-pill";
import { Title } from "../../ui/title";
import { ago } from "../../ui/words";
import { copy } from "../../ui/copy";
import type { ChannelModel } from "./model";

export function Head({ model, detail }: { model: ChannelModel; detail: Detail }) {
  const writes = detail.role === "owner" || detail.role === "editor";
  return (
    <header class="channel-head">
      <div class="channel-name">
        <Title text={detail.name} />
        <p class="channel-what">
          <span>Channel {detail.id}</span>
          {detail.public ? <span class="chip">Public</span> : null}
          {detail.role === "editor" || detail.role === "viewer" ? (
            <span class="chip">
              {detail.owner} shares it with you, as {detail.role}
            </span>
          ) : null}
          {detail.tags.map((tag) => (
            <span key={tag} class="chip chip-quiet">
              {tag}
            </span>
          ))}
        </p>
        {detail.description ? <p class="channel-about">{detail.description}</p> : null}
      </div>
      <div class="channel-side">
        <Alive model={model} />
        <div class="channel-ways">
          {detail.role === "owner" ? (
            <a class="button" data-kind="soft" data-size="small" href={`/channels/${detail.id}/share`}>
              <ShareIcon /> Share
            </a>
          ) : (
            <CopyLink />
          )}
          {writes ? (
            <a class="button" data-size="small" href={`/channels/${detail.id}/connect`}>
              <PlugIcon /> Connect a board
            </a>
          ) : null}
        </div>
      </div>
    </header>
  );
}

function Alive({ model }: { model: ChannelModel }) {
  const paused = model.paused.value !== null;
  const link = model.link.value;
  const entry = model.newest.value;
  return (
    <div class="live">
      <LivePill link={paused ? "paused" : link} />
      <p class="live-entry" data-testid="last-entry">
        {entry ? `Entry ${entry.entry_id}, ${ago((now.value - entry.created_at) / 1000)}` : "No entry yet"}
      </p>
    </div>
  );
}

function CopyLink() {
  const copied = useSignal(false);
  return (
    <button
      type="button"
      class="button"
      data-kind="soft"
      data-size="small"
      onClick={() =>
        void copy(location.href).then((done) => {
          copied.value = done;
          setTimeout(() => void (copied.value = false), 2_000);
        })
      }
    >
      <ShareIcon /> <span aria-live="polite">{copied.value ? "Link copied" : "Copy link"}</span>
    </button>
  );
}
