/** What is around every page: the bar with the ways to other pages, and the foot. */

import { signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { go, place } from "../router/router";
import { me, server, signOut } from "../session";
import icon from "./icon.svg";
import { AutomationsIcon, BoardsIcon, ChannelsIcon, DevicesIcon, DocsIcon, PersonIcon } from "./icons";
import licences from "./licences.txt?url";

/** What the page that is shown has put into the bar. */
const beside = signal<ComponentChildren>(null);

/** Puts something into the bar, such as whether a page is live, for as long as the page is there. */
export function useBeside(what: ComponentChildren, of: unknown): void {
  useEffect(() => {
    beside.value = what;
    return () => {
      beside.value = null;
    };
  }, [of]);
}

export function Frame({ children }: { children: ComponentChildren }) {
  const signedIn = me.value !== null;
  return (
    <div class="page" data-bar={signedIn}>
      <a class="skip" href="#content" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <Brand />
        <div class="beside">{beside.value}</div>
        {signedIn ? (
          <nav class="ways" aria-label="Pages">
            <Way to="/" under={["/channels", "/new", "/import"]} icon={<ChannelsIcon />}>
              Channels
            </Way>
            <Way to="/boards" icon={<BoardsIcon />}>
              Boards
            </Way>
            <Way to="/automations" under={["/automations"]} icon={<AutomationsIcon />}>
              Automations
            </Way>
            <Way to="/devices" icon={<DevicesIcon />}>
              Devices
            </Way>
            <Way to="/docs" icon={<DocsIcon />} seldom>
              Docs
            </Way>
            <AccountMenu />
          </nav>
        ) : (
          <nav class="ways" aria-label="Pages">
            <a class="way" href="/docs">
              Docs
            </a>
            {server.value?.set_up && place.value.path !== "/sign-in" ? (
              <a class="way" href={`/sign-in?to=${encodeURIComponent(place.value.path)}`}>
                Sign in
              </a>
            ) : null}
          </nav>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Foot />
    </div>
  );
}

export function Brand() {
  return (
    <a class="brand" href="/">
      <img src={icon} alt="" width="32" height="32" />
      Fieldpost
    </a>
  );
}

export function Foot() {
  return (
    <footer class="foot">
      <p>{server.value ? `Fieldpost ${server.value.version}` : null}</p>
      <p>
        This page is made with the work of others: <a href={licences}>their licences</a>.
      </p>
    </footer>
  );
}

/** Moves the focus without changing the address. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

type WayProps = {
  to: string;
  under?: string[];
  icon: ComponentChildren;
  /** Where there is no room for all, it is in the menu instead. */
  seldom?: boolean;
  children: string;
};

/** A link in the bar; the one that leads to where the reader is says so. */
function Way({ to, under = [], icon, seldom, children }: WayProps) {
  const { path } = place.value;
  const here = path === to || under.some((each) => path === each || path.startsWith(`${each}/`));
  return (
    <a class="way" href={to} data-seldom={seldom} aria-current={path === to ? "page" : here ? "true" : undefined}>
      {icon}
      {children}
    </a>
  );
}

/** Who is signed in, and what is theirs to settle. Opens by click or key, closes by Escape or by looking elsewhere. */
function AccountMenu() {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    open.value = false;
  };
  useEffect(() => {
    if (!open.value) return;
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) close();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      close();
      button.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open.value]);
  useEffect(close, [place.value.path]);
  const here = ["/account", "/users", "/backups"].includes(place.value.path);
  return (
    <div class="account" ref={root}>
      <button
        ref={button}
        type="button"
        class="way"
        aria-expanded={open.value}
        aria-controls="account-menu"
        aria-current={here ? "true" : undefined}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <PersonIcon />
        <span class="account-name">{me.value?.login}</span>
      </button>
      <ul id="account-menu" class="menu" hidden={!open.value}>
        <li>
          <a href="/account">Account</a>
        </li>
        {me.value?.admin ? (
          <li>
            <a href="/users">Users</a>
          </li>
        ) : null}
        {me.value?.admin ? (
          <li>
            <a href="/backups">Backups</a>
          </li>
        ) : null}
        <li>
          <a href="/channels/public">Public channels</a>
        </li>
        <li class="menu-seldom">
          <a href="/docs">Docs</a>
        </li>
        <li>
          <button type="button" onClick={() => void signOut().then(() => go("/"))}>
            Sign out
          </button>
        </li>
      </ul>
    </div>
  );
}
