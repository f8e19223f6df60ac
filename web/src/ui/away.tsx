/** In place of a page that still waits for its first answer: nothing for a moment, then why. */

import { Title } from "./title";

export function Away({ problem, title }: { problem: string | null; title: string }) {
  if (problem === null) return <p class="hidden" role="status">Loading {title.toLowerCase()}</p>;
  return (
    <div class="lead-in">
      <Title text={title} />
      <p role="alert">{problem}</p>
    </div>
  );
}
