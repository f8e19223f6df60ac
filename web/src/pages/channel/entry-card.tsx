/** What a point on a chart is, beside it: an entry with its values, to be corrected or deleted, or a span with a way closer. */

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { inWords } from "../../api/client";
import type { Detail, Entry } from "../../api/contract";
import { withUnit } from "../../charts/reading";
import type { History } from "../../live/history";
import { duration } from "../../ui/words";
import type { Corrections } from "./corrections";
import { EntryForm } from "./entry-form";
import type { FieldView } from "./fields";
import type { ChannelModel } from "./model";

/** A point that was picked: where it is in the window of the browser, and which entry it is or what span of time. */
export type Picked = {
  x: number;
  y: number;
  time: number;
  id: number | null;
  /** How long a span is, in seconds, and how far down and up a field went in it. */
  length: number;
  ends: (field: number) => [number, number];
};

/** A point of what is read now; it stays what it is when other things are read. */
export function pickedOf(history: History, index: number, at: { x: number; y: number }): Picked {
  const ends = new Map(history.fields().map((no) => [no, [history.low(no, index), history.high(no, index)] as [number, number]]));
  const ofField = (no: number): [number, number] => ends.get(no) ?? [Number.NaN, Number.NaN];
  return { ...at, time: history.time(index), id: history.id(index), length: history.resolution, ends: ofField };
}

type Props = {
  model: ChannelModel;
  detail: Detail;
  corrections: Corrections;
  fields: readonly FieldView[];
  picked: Picked;
  onClose: () => void;
};

/** Room between the point and the card, and between the card and the edge, in pixels. */
const ROOM = 14;
const EDGE = 8;

export function EntryCard(props: Props) {
  const { model, picked, onClose } = props;
  const card = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = card.current!;
    const before = document.activeElement as HTMLElement | null;
    // On a phone it lies at the foot of the window.
    if (element.offsetParent) placed(element, element.offsetParent.getBoundingClientRect(), picked);
    element.focus({ preventScroll: true });
    return () => {
      if (!element.contains(document.activeElement) && document.activeElement !== document.body) return;
      before?.focus({ preventScroll: true });
      // Keys go on from there.
      model.pointed.value = picked.time;
    };
  }, []);
  useEffect(() => {
    const leave = (event: PointerEvent) => {
      if (!card.current?.contains(event.target as Node)) onClose();
    };
    // The press that opened it is over by then.
    const timer = setTimeout(() => document.addEventListener("pointerdown", leave));
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerdown", leave);
    };
  }, []);
  return (
    <div
      ref={card}
      class="entry-card"
      role="dialog"
      aria-label={picked.id === null ? "A span of the chart" : `Entry ${picked.id}`}
      tabIndex={-1}
      data-testid="entry-card"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <button type="button" class="close-button" aria-label="Close" onClick={onClose}>
        ✕
      </button>
      {picked.id === null ? <Span {...props} /> : <One {...props} id={picked.id} />}
    </div>
  );
}

/** Puts the card below a point, or above it where there is no room, within the panel. */
function placed(element: HTMLElement, panel: DOMRect, { x, y }: Picked): void {
  const { offsetWidth: width, offsetHeight: height } = element;
  const left = Math.min(Math.max(EDGE, x - panel.left - width / 2), panel.width - width - EDGE);
  const below = y + ROOM + height < innerHeight || y - ROOM - height < 0;
  element.style.left = `${left}px`;
  element.style.top = `${y - panel.top + (below ? ROOM : -ROOM - height)}px`;
}

/** What a span was, and a way closer. */
function Span({ model, fields, picked, onClose }: Props) {
  const { length, ends } = picked;
  return (
    <>
      <h3>{model.clock.full(picked.time)}</h3>
      <p class="soft">and the {duration(length)} after it</p>
      <dl>
        {fields.map(({ no, measure }) => {
          const [low, high] = ends(no).map((each) => each.toFixed(measure.digits));
          return (
            <div key={no}>
              <dt>{measure.name}</dt>
              <dd>{Number.isNaN(ends(no)[0]) ? "–" : low === high ? withUnit(low!, measure.unit) : `${low} to ${withUnit(high!, measure.unit)}`}</dd>
            </div>
          );
        })}
      </dl>
      <div class="buttons">
        <button
          type="button"
          class="button"
          data-size="small"
          onClick={() => {
            onClose();
            model.zoom.to(picked.time - length, picked.time + 2 * length);
          }}
        >
          Look closer
        </button>
      </div>
    </>
  );
}

/** An entry as it was sent. */
function One({ model, detail, corrections, onClose, id }: Props & { id: number }) {
  const entry = useSignal<Entry | null>(null);
  const problem = useSignal<string | null>(null);
  const editing = useSignal(false);
  const writes = detail.role === "owner" || detail.role === "editor";
  const changes = useComputed(() => model.past.value).value;
  useEffect(() => {
    void model.entry(id).then(
      (found) => {
        entry.value = found;
        problem.value = found === null ? "This entry was deleted." : null;
      },
      (error) => void (problem.value = inWords(error)),
    );
  }, [id, changes]);
  const found = entry.value;
  if (found === null) return <p class="soft entry-wait">{problem.value ?? "\u00a0"}</p>;
  if (editing.value) {
    return (
      <>
        <h3>Entry {id.toLocaleString("en-GB")}</h3>
        <EntryForm model={model} detail={detail} corrections={corrections} entry={found} onDone={onClose} />
      </>
    );
  }
  return (
    <>
      <h3>Entry {id.toLocaleString("en-GB")}</h3>
      <p class="soft">{model.clock.full(found.created_at / 1000)}</p>
      <dl>
        {said(detail, found).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p class="wrong" role="alert">
        {problem.value}
      </p>
      {writes ? (
        <div class="buttons">
          <button type="button" class="button" data-size="small" onClick={() => void (editing.value = true)}>
            Edit
          </button>
          <button
            type="button"
            class="button"
            data-kind="soft"
            data-size="small"
            onClick={() => void corrections.delete([found]).then(onClose, (error) => void (problem.value = inWords(error)))}
          >
            Delete
          </button>
        </div>
      ) : null}
    </>
  );
}

/** The values of an entry by their names. */
function said(detail: Detail, entry: Entry): [string, string][] {
  const fields = detail.fields.map(({ no, label }): [string, string] => [label, entry.fields[no] ?? "–"]);
  const others = (["status", "latitude", "longitude", "elevation"] as const).flatMap((name): [string, string][] => (entry[name] === undefined ? [] : [[name[0]!.toUpperCase() + name.slice(1), entry[name]]]));
  return [...fields, ...others];
}
