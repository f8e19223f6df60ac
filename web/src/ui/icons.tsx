/** Small drawings beside words. They say nothing themselves: a screen reader passes over them. */

import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const ChannelsIcon = () => (
  <Icon>
    <path d="M3.5 17.5l5-6 4 3.5 8-9" />
    <path d="M3.5 21h17" />
  </Icon>
);

export const BoardsIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="13" height="13" rx="2.5" />
    <path d="M9.5 2.5v3M14.5 2.5v3M9.5 18.5v3M14.5 18.5v3M2.5 9.5h3M2.5 14.5h3M18.5 9.5h3M18.5 14.5h3" />
  </Icon>
);

export const AutomationsIcon = () => (
  <Icon>
    <path d="M13 2.5L5 13.5h5.5L9.5 21.5l8.5-11.5h-6z" />
  </Icon>
);

export const DevicesIcon = () => (
  <Icon>
    <path d="M12 13.5v7.5M8.5 14a5 5 0 1 1 7 0M6 16.7a8.8 8.8 0 1 1 12 0" />
    <circle cx="12" cy="10.4" r="1.4" />
  </Icon>
);

export const DocsIcon = () => (
  <Icon>
    <path d="M12 6.5c-2-1.6-4.7-2-8.5-2v14c3.8 0 6.5.4 8.5 2 2-1.6 4.7-2 8.5-2v-14c-3.8 0-6.5.4-8.5 2z" />
    <path d="M12 6.5v14" />
  </Icon>
);

export const PersonIcon = () => (
  <Icon>
    <circle cx="12" cy="8.5" r="4" />
    <path d="M4.5 20.5c.8-3.9 3.7-6 7.5-6s6.7 2.1 7.5 6" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);

export const EditIcon = () => (
  <Icon>
    <path d="M4.5 19.5l.8-3.9L16 4.9a1.8 1.8 0 0 1 2.6 0l.5.5a1.8 1.8 0 0 1 0 2.6L8.4 18.7z" />
  </Icon>
);

export const PlugIcon = () => (
  <Icon>
    <path d="M8.5 3v5M15.5 3v5M6 8h12v3.5a6 6 0 0 1-12 0zM12 17.5V21" />
  </Icon>
);

export const BringIcon = () => (
  <Icon>
    <path d="M12 3.5v11M7.5 10.5L12 15l4.5-4.5M4 16.5v2.5a1.5 1.5 0 0 0 1.5 1.5h13a1.5 1.5 0 0 0 1.5-1.5v-2.5" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon>
    <path d="M8.5 5v14M15.5 5v14" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path d="M8 5l11 7-11 7z" />
  </Icon>
);

export const ShareIcon = () => (
  <Icon>
    <circle cx="6" cy="12" r="2.6" />
    <circle cx="17.5" cy="5.5" r="2.6" />
    <circle cx="17.5" cy="18.5" r="2.6" />
    <path d="M8.3 10.7l7-3.9M8.3 13.3l7 3.9" />
  </Icon>
);

/** Rising, falling or steady. */
export const TrendIcon = ({ way }: { way: "rising" | "falling" | "steady" }) => (
  <Icon>
    <path d={{ rising: "M5 19L19 5M9 5h10v10", falling: "M5 5l14 14M19 9v10H9", steady: "M3.5 12h17M14.5 6l6 6-6 6" }[way]} />
  </Icon>
);
