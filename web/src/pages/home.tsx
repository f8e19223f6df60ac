/** The reader's channels, and those that others share with them. */

import { useEffect, useState } from "preact/hooks";
import { API, get } from "../api/client";
import type { Card, Channels } from "../api/contract";
import { ChannelCard } from "../home/card";
import { Cards } from "../home/cards";
import { Doors } from "../home/doors";
import { live } from "../live/live";
import { me } from "../session";
import "../style/home.css";
import { Away } from "../ui/away";
import { useBeside } from "../ui/frame";
import { PlusIcon } from "../ui/icons";
import { LivePill } from "../ui/live-pill";
import { Title } from "../ui/title";

export default function HomePage() {
  const [cards] = useState(
    () =>
      new Cards<Channels>(
        () => get(`${API}/channels`),
        ({ own, shared }) => [...own, ...shared],
      ),
  );
  useEffect(() => cards.start(), []);
  useBeside(<HomeLink cards={cards} />, cards);
  const read = cards.read.value;
  if (read === null) return <Away problem={cards.problem.value} title="Channels" />;
  if (read.own.length === 0 && read.shared.length === 0) return <Begin />;
  return (
    <>
      <div class="page-head">
        <Title text="Channels" />
        <a class="button" href="/new">
          <PlusIcon />
          New channel
        </a>
      </div>
      {read.own.length > 0 ? (
        <section aria-labelledby="own-title">
          <h2 id="own-title" class="hidden">
            Your channels
          </h2>
          <CardList cards={cards} of={read.own} />
        </section>
      ) : null}
      {read.shared.length > 0 ? (
        <section class="shared" aria-labelledby="shared-title">
          <h2 id="shared-title">Shared with you</h2>
          <CardList cards={cards} of={read.shared} whose />
        </section>
      ) : null}
    </>
  );
}

function HomeLink({ cards }: { cards: Cards<Channels> }) {
  const read = cards.read.value;
  return read && read.own.length + read.shared.length > 0 ? <LivePill link={live.link.value} /> : null;
}

/** Cards in a list, so that it is known how many there are. */
export function CardList({ cards, of, whose = false }: { cards: Pick<Cards<unknown>, "now">; of: Card[]; whose?: boolean }) {
  return (
    <ul class="cards">
      {of.map((card) => (
        <li key={card.id}>
          <ChannelCard of={cards.now(card)} whose={whose} />
        </li>
      ))}
    </ul>
  );
}

/** For who has nothing yet. */
function Begin() {
  return (
    <>
      <div class="lead-in">
        <Title text="Channels">Welcome, {me.value?.login}. Where do you want to begin?</Title>
        <p>A channel holds what a board sends, in up to eight fields. You can have as many as you like.</p>
      </div>
      <Doors />
    </>
  );
}
