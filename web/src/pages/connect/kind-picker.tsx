/** What the reader has on the desk: one of the kinds of which there is a snippet. */

import { KindIcon } from "./kind-icon";
import { KINDS } from "./snippets/kinds";
import type { Kind } from "./snippets/shelf";

type Props = { chosen: Kind; onChoose: (kind: Kind) => void };

export function KindPicker({ chosen, onChoose }: Props) {
  return (
    <fieldset class="kinds" aria-labelledby="connect-kind">
      {KINDS.map((kind) => (
        <label key={kind.id} class="kind">
          <input
            type="radio"
            name="kind"
            value={kind.id}
            checked={kind.id === chosen.id}
            onChange={() => onChoose(kind)}
          />
          <KindIcon id={kind.id} />
          <span class="kind-name">{kind.name}</span>
          <span class="kind-about">{kind.about}</span>
        </label>
      ))}
    </fieldset>
  );
}
