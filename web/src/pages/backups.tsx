/** The server’s backups and its disk, for those who look after it. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { API, get, inWords, post } from "../api/client";
import type { Backups, Storage } from "../api/contract";
import { Refused, useSending } from "../ui/form";
import { Title } from "../ui/title";
import { clock, count, duration, size } from "../ui/words";

/** How often it is looked whether a backup is done, in milliseconds. */
const LOOK = 700;

export default function BackupsPage() {
  const backups = useSignal<Backups | null>(null);
  const storage = useSignal<Storage | null>(null);
  const problem = useSignal<string | null>(null);
  const load = async () => {
    try {
      backups.value = await get<Backups>(`${API}/backups`);
      problem.value = null;
    } catch (error) {
      problem.value = inWords(error);
    }
  };
  useEffect(() => {
    void load();
    void get<Storage>(`${API}/storage`).then(
      (told) => void (storage.value = told),
      () => {}, // it is said above what is wrong
    );
  }, []);
  const running = backups.value?.running ?? false;
  useEffect(() => {
    if (!running) return;
    const looking = setInterval(() => void load(), LOOK);
    return () => clearInterval(looking);
  }, [running]);
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="Backups" />
        <p>One file each, with everything: channels, entries, users, keys. One command brings it all back.</p>
      </div>
      <div class="settings">
        {backups.value === null ? <Refused>{problem.value}</Refused> : <Made backups={backups.value} problem={problem.value} began={load} />}
        {storage.value === null ? null : (
          <section class="panel section" aria-labelledby="disk">
            <h2 id="disk">The disk</h2>
            <p data-testid="disk">
              {count(storage.value.entries, "entry", "entries")} in all channels, about {size(storage.value.bytes)}. {storage.value.forecast}
            </p>
          </section>
        )}
      </div>
    </div>
  );
}

function Made({ backups, problem, began }: { backups: Backups; problem: string | null; began: () => Promise<void> }) {
  const sending = useSending();
  const newest = backups.files[0];
  return (
    <section class="panel section" aria-labelledby="made">
      <h2 id="made">{newest === undefined ? "There is no backup yet" : "Your backups"}</h2>
      {backups.failed === null ? null : (
        <p class="refused" role="alert">
          The last backup failed, at {clock().full(backups.failed.at / 1000)}: {backups.failed.why}
        </p>
      )}
      {newest === undefined ? null : (
        <p data-testid="last-backup">
          The last one was made {clock().full(newest.made_at / 1000)}: {size(newest.bytes)}, read again and found whole.
        </p>
      )}
      <p class="soft">{plan(backups)}</p>
      {backups.folder === null ? null : (
        <div class="buttons">
          <button
            type="button"
            class="button"
            data-kind="strong"
            aria-disabled={backups.running || sending.busy.value}
            onClick={() =>
              void (backups.running
                ? undefined
                : sending.run(async () => {
                    await post(`${API}/backups`);
                    await began();
                  }))
            }
          >
            Back up now
          </button>
          <span role="status" class="saved">
            {backups.running ? "A backup is being made …" : ""}
          </span>
        </div>
      )}
      <Refused>{sending.problem ?? problem}</Refused>
      <ul class="listing" data-testid="backups">
        {backups.files.map((file) => (
          <li key={file.name}>
            <div>
              <p class="listing-name">{clock().full(file.made_at / 1000)}</p>
              <p class="listing-about">
                {file.name}, {size(file.bytes)}
              </p>
            </div>
            <a class="button" data-kind="soft" data-size="small" href={`${API}/backups/${file.name}`} download={file.name}>
              Download<span class="hidden"> {file.name}</span>
            </a>
          </li>
        ))}
      </ul>
      <p class="hint">
        A backup holds everybody’s keys: keep it where only you can read it, and not only on this machine’s disk. To bring it back:{" "}
        <code>fieldpost restore FILE</code>. <a href="/docs/operating#back-up">More about it</a>
      </p>
    </section>
  );
}

function plan({ folder, every_ms, keep, next_at }: Backups): string {
  if (folder === null) return "This server keeps its data in memory only, which can’t be backed up. Start it with --store sqlite.";
  if (every_ms === null) return `None are made by themselves. Start the server with --backup-to FOLDER, and one is made every day. Those you make lie in ${folder}; ${keep} are kept.`;
  const next = next_at === null ? "" : ` The next one comes ${clock().full(next_at / 1000)}.`;
  return `One is made every ${duration(every_ms / 1000)} in ${folder}; ${keep} are kept.${next}`;
}
