/** The heading of a page. It names the window, and takes the focus when the reader has come here from another page. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { arrivals, settle } from "../router/router";

type Props = {
  /** Said in the window's title; the heading itself may say more. */
  text: string;
  children?: ComponentChildren;
};

let seen: number | undefined;

export function Title({ text, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = text === "Fieldpost" ? text : `${text} · Fieldpost`;
  }, [text]);
  useEffect(() => {
    if (seen === arrivals.peek()) return;
    const first = seen === undefined;
    seen = arrivals.peek();
    // Who has just opened the window begins at its top, as on any page.
    if (!first) heading.current?.focus({ preventScroll: true });
    settle();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? text}
    </h1>
  );
}
