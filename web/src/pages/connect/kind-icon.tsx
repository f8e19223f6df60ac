/** A drawing for each kind of board or program. They are no one's marks. */

import type { ComponentChildren } from "preact";

const PINS = <path d="M8.5 3v3M12 3v3M15.5 3v3M8.5 18v3M12 18v3M15.5 18v3" />;

const DRAWINGS: { [id: string]: ComponentChildren } = {
  // A chip that takes typed words.
  micropython: (
    <>
      <rect x="4" y="6" width="16" height="12" rx="2.5" />
      {PINS}
      <path d="M8 10l2.5 2L8 14M13 14h3.5" />
    </>
  ),
  // A board with its plug, and a book beside its chip.
  arduino: (
    <>
      <rect x="4.5" y="4.5" width="16" height="15" rx="2.5" />
      <path d="M4.5 8.5h-2v4h2M9 8.5h3v7H9zM12 8.5h4v7h-4" />
    </>
  ),
  "arduino-plain": (
    <>
      <path d="M9 4.5c-4 0-1 7.5-5 7.5 4 0 1 7.5 5 7.5M15 4.5c4 0 1 7.5 5 7.5-4 0-1 7.5-5 7.5" />
      <path d="M12 9.5v.01M12 14.5v.01" />
    </>
  ),
  // A house that hears.
  esphome: (
    <>
      <path d="M4 11.5l8-7.5 8 7.5M6 10v10h12V10" />
      <path d="M12 17v.01M9.5 14.6a3.6 3.6 0 0 1 5 0M8.5 11.9a6.4 6.4 0 0 1 7 0" />
    </>
  ),
  // A screen with a program.
  python: (
    <>
      <rect x="3" y="4" width="18" height="12.5" rx="2.5" />
      <path d="M8 20.5h8M12 16.5v4M7.5 8l2.5 2.2L7.5 12.4M12.5 12.4H16" />
    </>
  ),
  // A wheel with teeth.
  rust: (
    <>
      <circle cx="12" cy="12" r="6.5" />
      <circle cx="12" cy="12" r="2.2" />
      <path d="M12 2.8v2.7M12 18.5v2.7M2.8 12h2.7M18.5 12h2.7M5.5 5.5l1.9 1.9M16.6 16.6l1.9 1.9M5.5 18.5l1.9-1.9M16.6 7.4l1.9-1.9" />
    </>
  ),
  "node-red": (
    <>
      <rect x="2.5" y="4" width="8.5" height="5.5" rx="1.8" />
      <rect x="13" y="14.5" width="8.5" height="5.5" rx="1.8" />
      <path d="M11 6.8h1.5c4 0-4 10.4-.5 10.4h1" />
    </>
  ),
  curl: <path d="M4.5 6.5L10 12l-5.5 5.5M12.5 18h7" />,
  // A chip with power.
  firmware: (
    <>
      <rect x="4" y="6" width="16" height="12" rx="2.5" />
      {PINS}
      <path d="M12.8 8.8L10 12.4h4l-2.8 3.4" />
    </>
  ),
};

export function KindIcon({ id }: { id: string }) {
  return (
    <svg class="icon kind-icon" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false">
      {DRAWINGS[id]}
    </svg>
  );
}
