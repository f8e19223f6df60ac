/** Sends an export to a channel, which may take as long as it takes. */

import { ApiError } from "../api/client";

/** How many entries were taken in. `progress` is told which part of the file is under way, from 0 to 1. */
export function sendExport(
  channel: number,
  file: Blob,
  key: string,
  zone: string,
  progress: (share: number) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // fetch() tells nothing of what is on its way.
    const request = new XMLHttpRequest();
    request.open("POST", `/channels/${channel}/import.csv?timezone=${encodeURIComponent(zone)}`);
    request.setRequestHeader("X-THINGSPEAKAPIKEY", key);
    request.setRequestHeader("Content-Type", "text/csv");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total > 0 ? loaded / total : 0));
    request.addEventListener("load", () => {
      const said = request.response as { entries?: number; error?: { message?: string } } | null;
      if (request.status === 200 && said?.entries !== undefined) resolve(said.entries);
      else reject(new ApiError(request.status, said?.error?.message ?? `The server said no (HTTP ${request.status}).`));
    });
    request.addEventListener("error", () => reject(new ApiError(0, "The connection broke off while the file was sent.")));
    request.send(file);
  });
}
