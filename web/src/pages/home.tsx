/** The reader's channels. */

import { Title } from "../ui/title";

export default function HomePage() {
  return (
    <div class="lead-in">
      <Title text="Channels" />
    </div>
  );
}
