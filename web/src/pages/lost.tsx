/** Shown for an address that means nothing here. */

import { Title } from "../ui/title";

export default function LostPage() {
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="There is no such page" />
        <p>
          The address may have a slip in it, or what was here is gone. <a href="/">Go to your channels</a>, or look
          something up in the <a href="/docs">docs</a>.
        </p>
      </div>
    </div>
  );
}
