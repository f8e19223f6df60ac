/** One automation, new or known: when it acts, and what it does. */

import type { Params } from "../../router/routes";
import { Title } from "../../ui/title";

export default function AutomationPage({ params }: { params: Params }) {
  return (
    <div class="lead-in">
      <Title text={params["id"] ? `Automation ${params["id"]}` : "New automation"} />
      <p>
        There is none to show here. <a href="/automations">Your automations</a>
      </p>
    </div>
  );
}
