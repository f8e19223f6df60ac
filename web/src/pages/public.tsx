/** Channels that anybody may look at. */

import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { API, get } from "../api/client";
import type { PublicChannels } from "../api/contract";
import { Cards } from "../home/cards";
import { place, setQuery } from "../router/router";
import "../style/home.css";
import { Input } from "../ui/form";
import { Title } from "../ui/title";
import { CardList } from "./home";

/** How long a hand rests before what was typed is looked for, in milliseconds. */
const REST = 300;

export default function PublicPage() {
  const page = Number(place.value.query.get("page") ?? 1) || 1;
  const sought = place.value.query.get("q") ?? "";
  return (
    <>
      <div class="page-head">
        <Title text="Public channels" />
        <Search />
      </div>
      <Found key={`${page} ${sought}`} page={page} sought={sought} />
    </>
  );
}

function Search() {
  const typed = useSignal(place.peek().query.get("q") ?? "");
  useEffect(() => {
    if (typed.value === (place.peek().query.get("q") ?? "")) return;
    const timer = setTimeout(() => setQuery({ q: typed.value || null, page: null }), REST);
    return () => clearTimeout(timer);
  }, [typed.value]);
  return (
    <search class="seek">
      <Input label="Find by name or tag" type="search" value={typed} />
    </search>
  );
}

function Found({ page, sought }: { page: number; sought: string }) {
  const [cards] = useState(
    () =>
      new Cards<PublicChannels>(
        () => get(`${API}/channels/public?${new URLSearchParams({ page: String(page), q: sought })}`),
        (read) => read.cards,
      ),
  );
  useEffect(() => cards.start(), []);
  const read = cards.read.value;
  if (read === null) return cards.problem.value === null ? null : <p role="alert">{cards.problem.value}</p>;
  const pages = Math.max(1, Math.ceil(read.total / Math.max(1, read.per_page)));
  const to = (page: number) => `?${new URLSearchParams({ ...(sought && { q: sought }), page: String(page) })}`;
  return (
    <>
      <h2 class="hidden">What was found</h2>
      <p class="found" role="status">
        {count(read.total, sought)}
      </p>
      <CardList cards={cards} of={read.cards} whose />
      {pages > 1 ? (
        <nav class="pager" aria-label="More channels">
          {page > 1 ? <a class="button" data-kind="soft" href={`/channels/public${to(page - 1)}`}>Back</a> : null}
          <p>
            Page {page} of {pages}
          </p>
          {page < pages ? <a class="button" data-kind="soft" href={`/channels/public${to(page + 1)}`}>Next</a> : null}
        </nav>
      ) : null}
    </>
  );
}

function count(total: number, sought: string): string {
  const so = sought ? ` with “${sought}”` : "";
  if (total === 0) return `No public channel${so}. Its owner makes a channel public under “Share”.`;
  return `${total} ${total === 1 ? "channel" : "channels"}${so}`;
}
