/** A slider with its name, its value and its unit. What comes from elsewhere waits while a hand is on it. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

type Props = {
  id: string;
  name: string;
  unit: string;
  min: number;
  max: number;
  step: number;
  digits: number;
  value: number;
  onMove: (value: number) => void;
};

/** How long after the last touch the slider stays where it was put. */
const SETTLE = 2_000;

export function Slider({ id, name, unit, min, max, step, digits, value, onMove }: Props) {
  const held = useSignal<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const shown = held.value ?? value;
  const letGo = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      held.value = null;
    }, SETTLE);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const share = Math.min(1, Math.max(0, (shown - min) / (max - min)));
  return (
    <div class="slider" data-kind={id}>
      <label for={`${id}-slider`}>{name}</label>
      <output for={`${id}-slider`}>
        {shown.toFixed(digits)} <span>{unit}</span>
      </output>
      <input
        id={`${id}-slider`}
        data-testid={`${id}-slider`}
        type="range"
        min={min}
        max={max}
        step={step}
        value={shown}
        style={{ "--share": String(share) }}
        aria-valuetext={`${shown.toFixed(digits)} ${unit}`}
        onInput={(event) => {
          held.value = event.currentTarget.valueAsNumber;
          onMove(held.value);
          letGo();
        }}
      />
    </div>
  );
}
