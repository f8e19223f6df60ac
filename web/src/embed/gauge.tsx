/** A gauge: an arc from the least to the most, coloured stretches along it, a hand on the value. */

import { colour } from "./address";

export type Band = { from: number; to: number; color: string };

export type GaugeOptions = { min: number; max: number; tick: number | null; bands: readonly Band[]; color: string };

/** The arc is open at the bottom: degrees from its middle to either end. */
const HALF = 120;
const RADIUS = 78;

/** Stretches as `from:to:colour`, parted by commas; what is none is left out. */
export function bandsOf(text: string | null, known?: (text: string) => boolean): Band[] {
  return (text ?? "").split(",").flatMap((part) => {
    const [from, to, paint] = part.split(":").map((word) => word.trim());
    const color = colour(paint ?? null, known);
    const sane = from && to && color !== null && Number(from) < Number(to);
    return sane ? [{ from: Number(from), to: Number(to), color }] : [];
  });
}

/** Values from the least to the most, a step apart; about five where no sensible step is given. */
export function ticks(min: number, max: number, wanted: number | null): number[] {
  const span = max - min;
  const step = wanted !== null && wanted > 0 && span / wanted <= 20 ? wanted : nice(span / 5);
  const first = wanted === null ? Math.ceil(min / step - 1e-9) * step : min;
  const many = Math.floor((max - first) / step + 1e-9) + 1;
  return Array.from({ length: many }, (_, at) => Number((first + at * step).toPrecision(12)));
}

/** One, two or five times a power of ten. */
function nice(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const part = step / power;
  return (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10) * power;
}

export function Gauge({ value, text, units, options }: { value: number | null; text: string; units: string; options: GaugeOptions }) {
  const { min, max, bands, color } = options;
  const part = (at: number) => (Math.min(max, Math.max(min, at)) - min) / (max - min);
  const angle = (at: number) => -HALF + 2 * HALF * part(at);
  return (
    <svg class="gauge" viewBox="-116 -106 232 166" aria-hidden="true">
      <path class="track" d={arc(-HALF, HALF, RADIUS)} stroke-width="13" />
      {bands.length === 0 && value !== null && part(value) > 0 && <path d={arc(-HALF, angle(value), RADIUS)} stroke={color} stroke-width="13" />}
      {bands.map((band) => (
        <path d={arc(angle(band.from), angle(band.to), RADIUS)} stroke={band.color} stroke-width="13" />
      ))}
      {ticks(min, max, options.tick).map((tick) => {
        const [x, y] = at(angle(tick), RADIUS + 18);
        return (
          <text class="tick" x={x} y={y}>
            {tick}
          </text>
        );
      })}
      {value !== null && (
        <path class="hand" d="M-4.5 -55L0 -69L4.5 -55z" transform={`rotate(${angle(value).toFixed(2)})`} />
      )}
      <text class="value" y="-2" font-size={Math.min(36, 150 / Math.max(3, text.length)).toFixed(1)}>
        {text}
      </text>
      <text class="units" y="27">
        {units}
      </text>
    </svg>
  );
}

/** A place on a circle around the middle; degrees from the top. */
function at(degrees: number, radius: number): [number, number] {
  const turn = (degrees * Math.PI) / 180;
  return [Number((Math.sin(turn) * radius).toFixed(2)), Number((-Math.cos(turn) * radius).toFixed(2))];
}

function arc(from: number, to: number, radius: number): string {
  return `M${at(from, radius).join(" ")}A${radius} ${radius} 0 ${to - from > 180 ? 1 : 0} 1 ${at(to, radius).join(" ")}`;
}
