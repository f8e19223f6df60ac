/** A field's label and value as people read them. */

/** What a label says: `Temperature (°C)` is a name and a unit. What is in brackets but no unit stays in the name. */
export function parseLabel(label: string): { name: string; unit: string } {
  const whole = label.trim();
  for (const form of FORMS) {
    const [, name, inside] = form.exec(whole) ?? [];
    if (name !== undefined && inside !== undefined && isUnit(inside)) return { name, unit: written(inside) };
  }
  return { name: whole, unit: "" };
}

/** Temperature (°C) · Temperature [°C] · Temperature, °C · Light / lux · Humidity % */
const FORMS = [/^(.*?\S)\s*\(\s*([^()]+?)\s*\)$/, /^(.*?\S)\s*\[\s*([^[\]]+?)\s*\]$/, /^(.*?\S)(?:,\s*|\s+\/\s*)(\S+)$/, /^(.*?\S)\s+(\S*[°%µ]\S*)$/];

function isUnit(text: string): boolean {
  if (UNITS.has(text) || UNITS.has(text.toLowerCase())) return true;
  // A sign that no word has: °C, %, µg/m³, W/m², m/s.
  return text.length <= 12 && /[°%‰µμΩ²³·]|^[a-zA-Z]{1,4}\/[a-zA-Z]{1,4}$/.test(text) && !/\s/.test(text);
}

function written(unit: string): string {
  return WRITTEN[unit] ?? WRITTEN[unit.toLowerCase()] ?? unit;
}

/** Words in brackets that are units although letters alone. */
const UNITS = new Set(
  (
    "C F K V mV kV A mA uA W mW kW MW Wh kWh Ah mAh Hz kHz MHz Pa hPa kPa MPa bar mbar psi mmHg lx lux klx lm cd ppm ppb dB dBA dBm " +
    "m cm mm km um nm in ft mi s ms us min h d g mg kg t l L ml mL dl N J kJ rpm bpm pH mph kn kt kmh deg degC degF rad ohm Ohm " +
    "celsius fahrenheit kelvin volt volts watt watts amp amps percent pct hours minutes seconds days IU NTU FNU VA var mol UVI"
  ).split(" "),
);

/** As units are written where they are read. */
const WRITTEN: { [unit: string]: string } = {
  C: "°C",
  F: "°F",
  degC: "°C",
  degF: "°F",
  celsius: "°C",
  fahrenheit: "°F",
  kelvin: "K",
  volt: "V",
  volts: "V",
  watt: "W",
  watts: "W",
  amp: "A",
  amps: "A",
  percent: "%",
  pct: "%",
  lux: "lx",
  hours: "h",
  minutes: "min",
  seconds: "s",
  days: "d",
  deg: "°",
  ohm: "Ω",
  Ohm: "Ω",
};

/** The digits that a large number on a card may have. */
const DIGITS = 6;

/** A value in the room that a tile has: a number is rounded to what can be read at a glance, a text is cut. */
export function shortValue(text: string): string {
  const trimmed = text.trim();
  if (!isNumber(trimmed)) return trimmed.length > 14 ? `${trimmed.slice(0, 13)}…` : trimmed;
  const digits = trimmed.replace(/^[-+]?0*\.?0*|[.]|e.*$/gi, "");
  if (digits.length <= DIGITS && trimmed.length <= DIGITS + 2) return trimmed.replace("-", "−");
  const number = Number(trimmed);
  const size = Math.abs(number);
  const short = size >= 1e9 || (size > 0 && size < 1e-4) ? number.toExponential(2) : String(Number(number.toPrecision(size >= 1e6 ? 7 : 5)));
  return short.replace("-", "−");
}

export function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
