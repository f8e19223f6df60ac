/** The display node as a drawing: a white board with its display, and a push button on two wires. */

import type { DisplayBoard } from "../api/types";
import { OledCanvas } from "./oled-canvas";
import type { Press } from "./press";
import { PushButton } from "./push-button";
import { Pin, Tact, Waves, Wire } from "./sensor-node";

/** The pins along the two long sides, from the plug to the antenna. */
const UPPER = "GND 5V 3V3 36 37 38 39 34 35 32 33 25 26 27 14 12 13 RST".split(" ");
const LOWER = "GND 5V 3V3 RX TX 0 22 19 23 18 5 15 2 4 17 16 EN 21".split(" ");

const pin = (index: number) => 78 + index * 21.4;

export function DisplayDrawing({ board, press }: { board: DisplayBoard | undefined; press: Press }) {
  return (
    <div class="drawing-frame">
      <svg class="drawing" viewBox="0 0 520 360" aria-hidden="true">
        <g class="pcb">
          <rect class="pcb-white" x="16" y="8" width="488" height="240" rx="14" />
          {[32, 488].map((x) => [24, 232].map((y) => <circle class="hole" cx={x} cy={y} r="6.5" />))}
          {UPPER.map((name, index) => (
            <Pin x={pin(index)} y={21} label={name} labelY={36} wired={false} />
          ))}
          {LOWER.map((name, index) => (
            <Pin x={pin(index)} y={235} label={name} labelY={226} wired={index === 0 || name === "21"} />
          ))}
          <rect class="plug" x="2" y="104" width="44" height="52" rx="4" />
          <rect class="plug-mouth" x="2" y="111" width="12" height="38" rx="3" />
          <Tact x={50} y={62} />
          <Tact x={50} y={178} />

          <rect class="ribbon" x="78" y="84" width="26" height="88" rx="3" />
          <rect class="glass" x="94" y="43" width="332" height="170" rx="7" />

          <path class="coil" d="M446 190c16 4 30 2 30-5s-30-6-30 1 30 7 30 0-30-6-30-13 30-6 30 1-30 6-30-12 30-6 30 1-30 6-30-12 30-6 30 1-30 6-30-12 30-6 30 1-30 6-30-11" />
          <g class="heartbeat" data-on={board?.heartbeat ?? false} data-light="white">
            <circle class="heartbeat-glow" cx="478" cy="72" r="12" />
            <circle class="heartbeat-light" cx="478" cy="72" r="4" />
          </g>
          <Waves x={452} y={70} on={board?.wifi ?? true} />
        </g>
        <g class="wires">
          <Wire kind="ground" d={`M${pin(0)} 235V302q0 8 8 8H226`} />
          <Wire kind="signal" d={`M${pin(17)} 235V302q0 8-8 8H294`} />
        </g>
      </svg>
      <OledCanvas oled={board?.oled} />
      <PushButton press={press} />
    </div>
  );
}
