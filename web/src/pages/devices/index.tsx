/** The reader's devices: who may come in by MQTT, and what they may do. */

import { Title } from "../../ui/title";

export default function DevicesPage() {
  return (
    <div class="lead-in">
      <Title text="Devices" />
      <p>A device is a name and a password by which a board speaks MQTT. You have none yet.</p>
    </div>
  );
}
