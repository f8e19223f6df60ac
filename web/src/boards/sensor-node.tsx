/** The sensor node as a drawing: a board with its module, a DHT22 beside it, and an LED on a wire. */

import type { SensorBoard } from "../api/types";

/** The pins along the two long sides, from the antenna to the plug. */
const UPPER = "D23 D22 TX0 RX0 D21 D19 D18 D5 TX2 RX2 D4 D2 D15 GND 3V3".split(" ");
const LOWER = "EN VP VN D34 D35 D32 D33 D25 D26 D27 D14 D12 D13 GND VIN".split(" ");
const WIRED = new Set(["D23", "D22", "GND", "3V3"]);

const pin = (index: number) => 92 + index * 20.6;

export function SensorDrawing({ board }: { board: SensorBoard | undefined }) {
  const led = board?.led ?? false;
  return (
    <svg class="drawing" viewBox="0 0 520 360" aria-hidden="true">
      <defs>
        <linearGradient id="shield" x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stop-color="#dfe4e3" />
          <stop offset="0.5" stop-color="#c3cac9" />
          <stop offset="1" stop-color="#aab3b2" />
        </linearGradient>
        <radialGradient id="glow">
          <stop offset="0" stop-color="var(--led-light)" stop-opacity="0.85" />
          <stop offset="0.35" stop-color="var(--led-light)" stop-opacity="0.32" />
          <stop offset="1" stop-color="var(--led-light)" stop-opacity="0" />
        </radialGradient>
      </defs>

      <g class="pcb">
        <rect class="pcb-black" x="24" y="166" width="404" height="186" rx="12" />
        {[40, 412].map((x) => [182, 336].map((y) => <circle class="hole" cx={x} cy={y} r="6.5" />))}
        {UPPER.map((name, index) => (
          <Pin x={pin(index)} y={179} label={name} labelY={196} wired={WIRED.has(name)} />
        ))}
        {LOWER.map((name, index) => (
          <Pin x={pin(index)} y={339} label={name} labelY={327} wired={false} />
        ))}

        <rect class="module" x="34" y="204" width="262" height="110" rx="4" />
        <path class="antenna" d="M46 304V216h14v76h14v-76h14v88" />
        <rect x="98" y="210" width="192" height="98" rx="5" fill="url(#shield)" />
        <text class="engraved" x="116" y="252" font-size="23">
          ESP32
        </text>
        <text class="engraved-small" x="117" y="271" font-size="10.5">
          Wi-Fi
        </text>
        <Waves x={270} y={226} on={board?.wifi ?? true} />

        <rect class="microchip" x="330" y="240" width="38" height="38" rx="3" />
        <circle cx="338" cy="248" r="2" fill="#56605b" />
        <rect class="microchip" x="310" y="288" width="26" height="20" rx="2" />
        <Tact x={372} y={206} />
        <Tact x={372} y={290} />
        <rect class="plug" x="398" y="232" width="44" height="54" rx="4" />
        <rect class="plug-mouth" x="430" y="240" width="12" height="38" rx="3" />

        <circle cx="318" cy="218" r="3.6" fill="#ff5d4d" />
        <g class="heartbeat" data-on={board?.heartbeat ?? false}>
          <circle class="heartbeat-glow" cx="344" cy="218" r="12" />
          <circle class="heartbeat-light" cx="344" cy="218" r="3.6" />
        </g>
      </g>

      <g class="wires">
        <Wire kind="data" d={`M455 130V142q0 8-8 8H${pin(0) + 8}q-8 0-8 8V179`} />
        <Wire kind="ground" d={`M483 130V150q0 8-8 8H${pin(13) + 8}q-8 0-8 8V179`} />
        <Wire kind="ground" d={`M184 104V150q0 8 8 8H${pin(13) - 8}q8 0 8 8V179`} />
        <Wire kind="signal" d={`M164 104V118q0 8-8 8H${pin(1) + 8}q-8 0-8 8V179`} />
        <Wire kind="power" d={`M441 130V134q0 8-8 8H${pin(14) + 8}q-8 0-8 8V179`} />
      </g>
      <g>
        <rect class="resistor" x="122" y="119.5" width="32" height="13" rx="6.5" />
        <rect x="129" y="119.5" width="3" height="13" fill="#a8452f" />
        <rect x="135" y="119.5" width="3" height="13" fill="#4a3a2a" />
        <rect x="141" y="119.5" width="3" height="13" fill="#b9892e" />
      </g>

      <g class="led" data-on={led}>
        <circle class="led-glow" cx="174" cy="54" r="112" fill="url(#glow)" />
        <path class="lead" d="M164 90v16M184 90v16" />
        <path class="led-dome" d="M150 86V46a24 24 0 0 1 48 0v40z" />
        <path class="led-core" d="M162 84V56l8-9h5v37zM179 84V47h6l3 5v32z" />
        <path class="led-shine" d="M159 76V46a15 15 0 0 1 10-14" />
        <rect class="led-rim" x="144" y="83" width="60" height="9" rx="4.5" />
      </g>

      <g class="dht">
        <path class="lead" d="M441 116v16M455 116v16M469 116v16M483 116v16" />
        <rect class="dht-body" x="424" y="8" width="76" height="110" rx="9" />
        <circle class="dht-hole" cx="462" cy="20" r="4.5" />
        {[0, 1, 2, 3, 4].map((row) =>
          [0, 1, 2, 3].map((column) => (
            <rect class="dht-slot" x={433 + column * 15} y={34 + row * 11.5} width="12" height="6" rx="2" />
          )),
        )}
        <text class="dht-name" x="462" y="109" font-size="11">
          DHT22
        </text>
      </g>
    </svg>
  );
}

export function Pin(props: { x: number; y: number; label: string; labelY: number; wired: boolean }) {
  return (
    <>
      <circle class="pin" cx={props.x} cy={props.y} r="5" />
      <circle class="pin-hole" cx={props.x} cy={props.y} r="2" />
      <text class="silk" data-wired={props.wired} x={props.x} y={props.labelY} font-size="7.4">
        {props.label}
      </text>
    </>
  );
}

/** A wire with a rim, so that one passes visibly over the other. */
export function Wire({ kind, d }: { kind: "power" | "ground" | "data" | "signal"; d: string }) {
  return (
    <>
      <path class="wire-rim" d={d} />
      <path class={`wire wire-${kind}`} d={d} />
    </>
  );
}

export function Tact({ x, y }: { x: number; y: number }) {
  return (
    <>
      <rect class="tact" x={x} y={y} width="22" height="18" rx="2.5" />
      <circle class="tact-cap" cx={x + 11} cy={y + 9} r="5" />
    </>
  );
}

/** Says whether the board is on the network. */
export function Waves({ x, y, on }: { x: number; y: number; on: boolean }) {
  return (
    <g class="waves" data-on={on} transform={`translate(${x} ${y})`}>
      <circle cx="0" cy="8" r="2.2" />
      <path d="M-5.5 3a8 8 0 0 1 11 0M-10-2a14.5 14.5 0 0 1 20 0" />
      <path class="waves-off" d="M-9-5 9 11" />
    </g>
  );
}
