/** How far a press of the button has come on its way from one board to the other. */

export type Place = "here" | "waiting" | "ahead";

export type Step = { place: Place; text: string };

export type Facts = {
  /** What the button asks for. */
  wanted: boolean;
  /** What the newest entry of the command channel says, and its id. */
  said: { on: boolean; id: number } | null;
  /** What the LED does. */
  led: boolean;
  wifi: { display: boolean; sensor: boolean };
};

/** The three steps: pressed, written down, done. */
export function journey({ wanted, said, led, wifi }: Facts): [Step, Step, Step] {
  const word = wanted ? "on" : "off";
  const written = said !== null && said.on === wanted;
  const done = written && led === wanted;
  return [
    { place: "here", text: `The button wants the LED ${word}` },
    written
      ? { place: "here", text: `Entry ${said.id} says ${word}` }
      : { place: "waiting", text: wifi.display ? "Goes out with the next round" : "Waits for the display’s Wi-Fi" },
    done
      ? { place: "here", text: `The LED is ${word}` }
      : {
          place: written ? "waiting" : "ahead",
          text: wifi.sensor ? `The LED will go ${word}` : "The sensor node is off Wi-Fi",
        },
  ];
}
