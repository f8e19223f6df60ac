/** How good a password is, in a word. A help to choose one, no gate: what is too short is the server's to refuse. */

/** The shortest password that the server takes. */
export const PASSWORD_MIN = 8;

export type Strength = { word: string; good: boolean };

const COMMON = /pass?wor[dt]|qwert|asdf|letmein|welcome|admin|fieldpost|1234|abcd|iloveyou/gi;

/** Nothing to say about an empty one. */
export function strength(password: string, login: string): Strength | null {
  if (password === "") return null;
  if (password.length < PASSWORD_MIN) {
    const missing = PASSWORD_MIN - password.length;
    return { word: `Too short: ${missing} more ${missing === 1 ? "character" : "characters"}`, good: false };
  }
  const bits = surprise(password, login);
  if (bits < 36) return { word: "Easy to guess", good: false };
  if (bits < 60) return { word: "Fair", good: true };
  return { word: bits < 80 ? "Good" : "Strong", good: true };
}

/** About how many bits it takes to tell the password: what is common, repeated or in order counts for little. */
function surprise(password: string, login: string): number {
  let rest = password.replace(COMMON, "x");
  if (login.length > 2) rest = rest.replaceAll(login, "x");
  let kinds = 0;
  if (/[a-z]/.test(rest)) kinds += 26;
  if (/[A-Z]/.test(rest)) kinds += 26;
  if (/\d/.test(rest)) kinds += 10;
  if (/[^a-zA-Z\d]/.test(rest)) kinds += 33;
  let length = 0;
  for (let at = 0; at < rest.length; at += 1) {
    const step = rest.charCodeAt(at) - rest.charCodeAt(at - 1);
    length += at > 0 && Math.abs(step) <= 1 ? 0.3 : 1;
  }
  return length * Math.log2(Math.max(2, kinds));
}
