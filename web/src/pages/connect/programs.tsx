/** Programs for one purpose, in several languages: one is chosen, and shown with the reader's own values in it. */

import "../../style/connect.css";
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { server } from "../../session";
import { AddressChoice, usePlace } from "./address-choice";
import { Files } from "./files";
import type { Values } from "./snippets/fill.mjs";
import type { Kind, Template } from "./snippets/shelf";

type Props = {
  kinds: readonly Kind[];
  template: Template;
  /** What goes into them, for a board that reaches the server at this address. */
  values: (address: string) => Values;
};

export function Programs({ kinds, template, values }: Props) {
  const place = usePlace(server.value?.addresses ?? []);
  const kind = useSignal(kinds[0]!);
  const name = useId();
  return (
    <div class="programs">
      <fieldset class="choices">
        <legend>What do you have?</legend>
        {kinds.map((each) => (
          <label key={each.id}>
            <input type="radio" name={name} checked={kind.value === each} onChange={() => void (kind.value = each)} />
            <span>{each.name}</span>
          </label>
        ))}
      </fieldset>
      <AddressChoice place={place} plainOnly={kind.value.plainOnly ?? false} />
      <p class="connect-next">{kind.value.next}</p>
      <Files key={kind.value.id} kind={kind.value} template={template} values={values(place.address)} />
    </div>
  );
}
