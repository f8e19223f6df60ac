/** The key by which boards fetch commands, and programs that do. */

import type { TalkBack } from "../../../api/contract";
import { Secret } from "../../../ui/secret";
import { Programs } from "../../connect/programs";
import { COMMAND_KINDS, commandTemplate } from "../../connect/snippets/command-kinds";
import { commandValues } from "../../connect/snippets/fill.mjs";

export function OnTheBoard({ of }: { of: TalkBack }) {
  return (
    <section class="panel sheet commands-board" aria-labelledby="on-the-board">
      <h2 id="on-the-board">On the board</h2>
      <p class="soft">
        A board asks for its next command, does it, and says so with the next question. Sketches written for ThingSpeak’s TalkBack
        work as they are; they only don’t say when they are done.
      </p>
      <dl class="commands-facts">
        <div>
          <dt>TalkBack</dt>
          <dd>
            <code>{of.id}</code>
          </dd>
        </div>
        <div>
          <dt>Key</dt>
          <dd>
            <Secret name="TalkBack key" value={of.api_key} testId="talkback-key" />
          </dd>
        </div>
      </dl>
      <Programs kinds={COMMAND_KINDS} template={commandTemplate} values={(address) => commandValues(of, address)} />
    </section>
  );
}
