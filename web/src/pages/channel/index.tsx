/** A channel's page: what it is, how it does, and behind tabs what else there is to see and to settle. */

import { useEffect, useRef, useState } from "preact/hooks";
import "../../style/channel.css";
import type { Detail } from "../../api/contract";
import { place } from "../../router/router";
import type { Tab } from "../../router/routes";
import { me, server } from "../../session";
import { NoticeBar } from "../../ui/notice";
import { Title } from "../../ui/title";
import { ConnectPanel, DoctorPanel } from "../connect";
import { CommandsPanel } from "./commands";
import { Corrections } from "./corrections";
import { Head } from "./head";
import { KeysTab } from "./keys";
import { ChannelModel } from "./model";
import { Overview } from "./overview";
import { SettingsTab } from "./settings";
import { ShareTab } from "./share";
import { TableTab } from "./table";

type Props = {
  id: number;
  /** "" is the view of tiles and charts. */
  tab: Tab;
};

export function ChannelPage({ id, tab }: Props) {
  const [model] = useState(() => new ChannelModel(id));
  const [corrections] = useState(() => new Corrections(model));
  useEffect(() => model.start(), [model]);
  const detail = model.detail.value;
  if (detail === null) return <Missing model={model} />;
  const tabs = tabsFor(detail);
  const shown = tabs.some((each) => each.tab === tab) ? tab : null;
  return (
    <>
      <Head model={model} detail={detail} />
      <Tabs id={id} tabs={tabs} shown={shown} />
      {shown === null ? <NotYours tab={tab} /> : <Part model={model} detail={detail} corrections={corrections} tab={shown} />}
      <Done corrections={corrections} />
    </>
  );
}

function Tabs({ id, tabs, shown }: { id: number; tabs: ReturnType<typeof tabsFor>; shown: Tab | null }) {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone not all are in sight; the one that is shown should be.
    const here = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current && here) nav.current.scrollLeft = here.offsetLeft - (nav.current.clientWidth - here.offsetWidth) / 2;
  }, [shown]);
  return (
    <nav class="tabs" aria-label="Parts of this channel" ref={nav}>
      {tabs.map(({ tab, name }) => (
        <a key={tab} href={tabAddress(id, tab)} aria-current={tab === shown ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}

/** What was just corrected, and the way back. */
function Done({ corrections }: { corrections: Corrections }) {
  const { notice } = corrections;
  const undo = notice.value?.undo ? () => void corrections.undo() : null;
  return <NoticeBar words={notice.value?.words ?? null} onUndo={undo} onGone={() => void (notice.value = null)} />;
}

type PartProps = { model: ChannelModel; detail: Detail; corrections: Corrections; tab: Tab };

function Part({ model, detail, corrections, tab }: PartProps) {
  switch (tab) {
    case "":
      return <Overview model={model} detail={detail} corrections={corrections} />;
    case "table":
      return <TableTab model={model} detail={detail} corrections={corrections} />;
    case "commands":
      return <CommandsPanel detail={detail} writes={writes(detail)} />;
    case "connect":
      return <ConnectPanel channel={detail} addresses={server.value?.addresses ?? []} />;
    case "doctor":
      return <DoctorPanel channelId={model.id} />;
    case "keys":
      return detail.keys ? <KeysTab model={model} detail={detail} keys={detail.keys} /> : null;
    case "share":
      return <ShareTab model={model} detail={detail} />;
    case "settings":
      return <SettingsTab model={model} detail={detail} />;
  }
}

/** True for who may change a channel and what belongs to it. */
function writes({ role }: Pick<Detail, "role">): boolean {
  return role === "owner" || role === "editor";
}

/** The parts of a channel that its reader may see. */
export function tabsFor({ role }: Pick<Detail, "role">): { tab: Tab; name: string }[] {
  const write = writes({ role });
  return [
    { tab: "" as const, name: "Charts" },
    { tab: "table" as const, name: "Table" },
    ...(write || role === "viewer" ? [{ tab: "commands" as const, name: "Commands" }] : []),
    ...(write
      ? [
          { tab: "connect" as const, name: "Connect" },
          { tab: "doctor" as const, name: "Doctor" },
          { tab: "keys" as const, name: "Keys & code" },
        ]
      : []),
    ...(role === "owner" ? [{ tab: "share" as const, name: "Share" }] : []),
    ...(write ? [{ tab: "settings" as const, name: "Settings" }] : []),
  ];
}

/** Where a part of a channel is; what the page came with, and the stretch it shows, go along. */
function tabAddress(id: number, tab: Tab): string {
  const query = place.value.query.toString();
  return `/channels/${id}${tab ? `/${tab}` : ""}${query ? `?${query}` : ""}`;
}

function NotYours({ tab }: { tab: Tab }) {
  return (
    <section class="panel sheet">
      <h2>{me.value ? "This part is not shared with you." : "This part is for those who look after the channel."}</h2>
      <p class="soft">
        {me.value
          ? "Only the owner and, for most parts, editors see it. Ask the owner to make you one."
          : "Sign in if that is you."}
      </p>
      {me.value ? null : (
        <p>
          <a class="button" href={`/sign-in?to=${encodeURIComponent(`${place.value.path}`)}`} data-tab={tab}>
            Sign in
          </a>
        </p>
      )}
    </section>
  );
}

function Missing({ model }: { model: ChannelModel }) {
  const problem = model.problem.value;
  if (problem === null) return <div class="channel-room" />;
  return (
    <div class="lead-in">
      <Title text={problem.status === 0 ? "The server does not answer." : `Channel ${model.id} is not here for you.`} />
      <p role="alert">{problem.words}</p>
      {problem.status !== 0 && me.value === null ? (
        <p>
          <a href={`/sign-in?to=${encodeURIComponent(place.value.path)}`}>Sign in</a> if it is yours or shared with you.
        </p>
      ) : null}
    </div>
  );
}
