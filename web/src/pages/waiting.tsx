/** Shown while the server does not answer the page's first question. */

import { Brand } from "../ui/frame";

export function WaitingPage() {
  return (
    <div class="page page-narrow">
      <header class="top">
        <Brand />
      </header>
      <main>
        <div class="lead-in" role="status">
          <h1>The server does not answer.</h1>
          <p>It is asked again every few seconds; the page goes on by itself.</p>
        </div>
      </main>
    </div>
  );
}
