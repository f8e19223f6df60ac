/** The reader's automations. */

import { Title } from "../../ui/title";

export default function AutomationsPage() {
  return (
    <div class="lead-in">
      <Title text="Automations" />
      <p>An automation does something when a value is reached, when a board falls silent, or at a time. You have none yet.</p>
    </div>
  );
}
