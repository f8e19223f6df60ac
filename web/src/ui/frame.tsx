/** What is above and below every page. */

import type { ComponentChildren } from "preact";
import icon from "./icon.svg";
import licences from "./licences.txt?url";

export function Brand() {
  return (
    <p class="brand">
      <img src={icon} alt="" width="32" height="32" />
      Fieldpost
    </p>
  );
}

export function Foot({ children }: { children?: ComponentChildren }) {
  return (
    <footer class="foot">
      {children}
      <p>
        This page is made with the work of others: <a href={licences}>their licences</a>.
      </p>
    </footer>
  );
}
