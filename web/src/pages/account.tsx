/** A page of the frame: its name so far. */

import { Title } from "../ui/title";

export default function AccountPage() {
  return (
    <div class="lead-in">
      <Title text="Account" />
    </div>
  );
}
