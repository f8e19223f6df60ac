/** A line as wide as a word: how a value went in the last 24 hours. */

import { sparkPath, sparkWords } from "./spark-path";

type Props = { means: (number | null)[]; unit: string };

export function Spark({ means, unit }: Props) {
  const { line, area, end, base } = sparkPath(means);
  return (
    <svg class="spark" viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label={sparkWords(means, unit)}>
      {base === null ? null : <path class="spark-base" d={`M0 ${base}H100`} />}
      <path class="spark-area" d={area} />
      <path class="spark-line" d={line} />
      {end ? <path class="spark-end" d={`M${end.x} ${end.y}h0`} /> : null}
    </svg>
  );
}
