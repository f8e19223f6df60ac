/** Two virtual boards, the server between them, and what the channels hold. */

import { effect, useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { DisplayDrawing } from "../boards/display-node";
import { journey } from "../boards/journey";
import { Post, type Taken } from "../boards/post";
import { Press } from "../boards/press";
import { SensorDrawing } from "../boards/sensor-node";
import { ChartPanel } from "../charts/panel";
import "../style/boards-page.css";
import { now } from "../live/clock";
import type { Demo } from "../live/demo";
import { useBeside } from "../ui/frame";
import { Latest } from "../ui/latest";
import { LivePill } from "../ui/live-pill";
import { Slider } from "../ui/slider";
import { Switch } from "../ui/switch";
import { Title } from "../ui/title";
import { ago } from "../ui/words";
import type { Climate } from "../api/types";

export function DemoPage({ demo }: { demo: Demo }) {
  const taken = useTaken(demo);
  useBeside(<LiveState demo={demo} />, demo);
  return (
    <>
      <div class="lead-in">
        <Title text="Boards">Press the button. The other board lights up.</Title>
        <p>
          The display node posts the state of its button to this server, and the sensor node, which asks every few
          seconds, sets its LED to match.
        </p>
      </div>
      <div class="panel stage">
        <DisplayNode demo={demo} />
        <Post demo={demo} taken={taken} />
        <SensorNode demo={demo} />
      </div>
      <ChartPanel demo={demo} />
      <p class="aside">
        Everything here is the plain API that your own boards use:{" "}
        <a href={`/channels/${demo.readings.id}/feeds.json?results=10`}>the newest readings</a>,{" "}
        <a href={`/channels/${demo.command.id}/fields/1.json?results=1`}>the newest LED command</a>.
      </p>
      <Problem demo={demo} />
    </>
  );
}

/** Counts what the boards were seen to do, from the first sight of them on. */
function useTaken(demo: Demo): Taken {
  const reading = useSignal(0);
  const command = useSignal(0);
  useEffect(() => {
    let pixels = demo.display.peek()?.oled.pixels;
    let led = demo.sensor.peek()?.led;
    return effect(() => {
      const shown = demo.display.value?.oled.pixels;
      const lit = demo.sensor.value?.led;
      if (pixels !== undefined && shown !== pixels) reading.value = reading.peek() + 1;
      if (led !== undefined && lit !== led) command.value = command.peek() + 1;
      [pixels, led] = [shown, lit];
    });
  }, [demo]);
  return { reading, command };
}

function LiveState({ demo }: { demo: Demo }) {
  const link = demo.link.value;
  const entry = demo.readings.newest.value;
  return (
    <div class="live">
      <LivePill link={link} />
      <p class="live-entry" data-testid="last-entry">
        {entry ? `Entry ${entry.entry_id}, ${ago((now.value - Date.parse(entry.created_at)) / 1000)}` : "No entry yet"}
      </p>
    </div>
  );
}

function SensorNode({ demo }: { demo: Demo }) {
  const board = demo.sensor.value;
  const led = board?.led ?? false;
  const [climate] = useState(() => new ClimateHand(demo));
  const set = board?.climate ?? { temperature: 21.5, humidity: 55 };
  return (
    <article class="node" aria-labelledby="sensor-name">
      <header class="node-head">
        <h2 id="sensor-name">{board?.name ?? "Sensor node"}</h2>
        <p class="led-state" data-testid="sensor-led" data-on={led}>
          LED {led ? "on" : "off"}
        </p>
        <p class="hidden" aria-live="polite">
          The LED of the sensor node is {led ? "on" : "off"}.
        </p>
      </header>
      <SensorDrawing board={board} />
      <div class="node-hands">
        <fieldset class="climate">
          <legend>
            Around the DHT22 <span>{said(board?.reading, board?.fault)}</span>
          </legend>
          <Slider
            id="temperature"
            name="Temperature"
            unit="°C"
            min={-10}
            max={50}
            step={0.5}
            digits={1}
            value={set.temperature}
            onMove={(temperature) => climate.move({ temperature })}
          />
          <Slider
            id="humidity"
            name="Humidity"
            unit="%"
            min={0}
            max={100}
            step={1}
            digits={0}
            value={set.humidity}
            onMove={(humidity) => climate.move({ humidity })}
          />
        </fieldset>
        <Switch
          name="Wi-Fi of the sensor node"
          words={{ on: "connected", off: "unplugged" }}
          on={board?.wifi ?? true}
          onTurn={(on) => demo.setWifi("sensor", on)}
        />
        <Log lines={board?.log ?? []} />
      </div>
    </article>
  );
}

function said(reading: { temperature: string; humidity: string } | null | undefined, fault: string | null | undefined) {
  if (fault) return fault;
  return reading ? `now ${reading.temperature} °C, ${reading.humidity} %` : "nothing measured yet";
}

/** Sends a climate whose one half moved together with the other half as it was last put. */
class ClimateHand {
  private put: Partial<Climate> = {};
  private readonly latest: Latest<Climate>;

  constructor(private readonly demo: Demo) {
    this.latest = new Latest((climate) => demo.setClimate(climate), 100);
  }

  move(half: Partial<Climate>): void {
    const set = this.demo.sensor.peek()?.climate ?? { temperature: 21.5, humidity: 55 };
    // While something is under way the board does not say yet what was put last.
    this.put = { ...(this.latest.isBusy ? this.put : {}), ...half };
    this.latest.give({ ...set, ...this.put });
  }
}

function DisplayNode({ demo }: { demo: Demo }) {
  const board = demo.display.value;
  const [press] = useState(() => new Press((pressed) => demo.press(pressed)));
  return (
    <article class="node" aria-labelledby="display-name">
      <header class="node-head">
        <h2 id="display-name">{board?.name ?? "Display node"}</h2>
      </header>
      <DisplayDrawing board={board} press={press} />
      <div class="node-hands">
        <Journey demo={demo} />
        <Switch
          name="Wi-Fi of the display node"
          words={{ on: "connected", off: "unplugged" }}
          on={board?.wifi ?? true}
          onTurn={(on) => demo.setWifi("display", on)}
        />
        <Log lines={board?.log ?? []} />
      </div>
    </article>
  );
}

function Journey({ demo }: { demo: Demo }) {
  const steps = useComputed(() => {
    const entry = demo.command.newest.value;
    return journey({
      wanted: demo.display.value?.state ?? false,
      said: entry && { on: entry.field1 === "1", id: entry.entry_id },
      led: demo.sensor.value?.led ?? false,
      wifi: { display: demo.display.value?.wifi ?? true, sensor: demo.sensor.value?.wifi ?? true },
    });
  });
  return (
    <section class="journey" aria-labelledby="journey-title">
      <h3 id="journey-title">The way of a press</h3>
      <ol>
        {steps.value.map(({ place, text }, index) => (
          <li key={index} data-place={place}>
            {text}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Log({ lines }: { lines: string[] }) {
  const list = useRef<HTMLOListElement>(null);
  const follow = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  useEffect(follow, [lines.at(-1)]);
  return (
    <details class="log" onToggle={follow}>
      <summary>
        <span class="log-name">Log</span>
        <span class="log-last">{lines.at(-1) ?? "nothing yet"}</span>
      </summary>
      <ol ref={list} tabIndex={0} aria-label="What happened, newest last">
        {lines.map((line, index) => (
          <li key={`${index} ${line}`}>{line}</li>
        ))}
      </ol>
    </details>
  );
}

function Problem({ demo }: { demo: Demo }) {
  const problem = demo.problem.value;
  return (
    <div class="problem" role="alert">
      {problem === null ? null : (
        <p>
          {problem}
          <button
            type="button"
            onClick={() => {
              demo.problem.value = null;
            }}
          >
            Close
          </button>
        </p>
      )}
    </div>
  );
}
