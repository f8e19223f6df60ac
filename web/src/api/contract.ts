/** The words of the dashboard's API (`/api/v1`), as pages use them. Not here: addresses, and asking (`client.ts`). */

export type Role = "owner" | "editor" | "viewer";

/** What anybody may know about this server. */
export type Server = {
  version: string;
  /** Somebody can sign in. */
  set_up: boolean;
  signed_in: Me | null;
  /** Virtual boards run here. */
  boards: boolean;
  /** Where boards in the network find this server, best first. */
  addresses: string[];
};

export type Me = { login: string; admin: boolean; timezone: string | null; api_key: string };

export type Field = { no: number; label: string };

/** An accepted update. Values are texts exactly as they were sent; times are milliseconds since 1970. */
export type Entry = {
  entry_id: number;
  created_at: number;
  fields: { [no: string]: string };
  status?: string;
  latitude?: string;
  longitude?: string;
  elevation?: string;
};

/** A channel at a glance. */
export type Card = {
  id: number;
  name: string;
  description: string | null;
  public: boolean;
  /** What the asker may do here; `null` for who only looks in. */
  role: Role | null;
  owner: string;
  fields: Field[];
  last: Entry | null;
  last_write_at: number | null;
  /** The id of the newest entry. */
  entries: number;
  /** Means over the last 24 hours, oldest first, by number of the field. */
  spark: { [no: string]: (number | null)[] };
};

export type ReadKey = { key: string; note: string };

/** A channel with all that its reader may see. */
export type Detail = Card & {
  created_at: number;
  tags: string[];
  url: string | null;
  timezone: string | null;
  latitude: string | null;
  longitude: string | null;
  elevation: string | null;
  update_interval_ms: number | null;
  /** For editors and the owner only. */
  keys: null | {
    write_key: string;
    /** Keys that were replaced and still write until then; the hint is their beginning. */
    retiring: { hint: string; until_at: number }[];
    read_keys: ReadKey[];
  };
  /** For the owner only. */
  shares: null | { login: string; role: Role }[];
  /** For the owner only. */
  links: null | Link[];
};

export type Link = {
  id: number;
  note: string;
  created_at: number;
  expires_at: number | null;
  /** Only in the answer that makes it. */
  url?: string;
};

export type Series = {
  start_at: number;
  end_at: number;
  /** Milliseconds that each point stands for; 0 if each is an entry. */
  resolution_ms: number;
  /** How many entries are in the range. */
  entries: number;
  last_id: number;
  times: number[];
  columns: {
    no: number;
    values: (number | null)[];
    low?: (number | null)[];
    high?: (number | null)[];
  }[];
};

export type Session = { id: number; created_at: number; seen_at: number; agent: string; current: boolean };

export type User = { login: string; admin: boolean; created_at: number; channels: number };

/** Somebody knocked: what came, what became of it, and what to do about it. */
export type Attempt = {
  id: number;
  at: number;
  door: "http" | "https" | "tls" | "mqtt";
  peer: string;
  agent: string | null;
  method: string | null;
  /** With keys masked. */
  path: string | null;
  /** The key's beginning. */
  key: string | null;
  channel: number | null;
  code: string;
  entry_id: number | null;
  says: string;
  fix: string | null;
  /** How often the same thing happened in a row. */
  count: number;
  sent: string | null;
};

export type Channels = { own: Card[]; shared: Card[] };

export type PublicChannels = { cards: Card[]; total: number; page: number; per_page: number };

export type NewChannel = {
  name: string;
  description?: string;
  /** Labels, one to eight. */
  fields: string[];
  public?: boolean;
  id?: number;
  write_key?: string;
  read_key?: string;
};
