/** Times and numbers as people read them. */

/** How long ago something was, in seconds. */
export function ago(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 1) return "now";
  if (whole < 60) return `${whole} s ago`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ago`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ago`;
  return `${Math.floor(whole / 86_400)} d ago`;
}

const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** The time of day here, for seconds since 1970. */
export function timeOfDay(seconds: number): string {
  return time.format(seconds * 1000);
}

export function minuteOfDay(seconds: number): string {
  return minute.format(seconds * 1000);
}

/** Where "here" is, such as Europe/Berlin. */
export function timeZone(): string {
  return time.resolvedOptions().timeZone.replaceAll("_", " ");
}
