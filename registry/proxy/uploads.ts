import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";

/** An upload that the registry has begun. */
export interface Upload {
  /** Where the next request of it goes, as the registry last said. May hold a secret. */
  readonly url: URL;
  /** Whether the registry asked for a login when the upload began. */
  readonly needsLogin: boolean;
}

/**
 * The uploads under way. Clients are given a name of each and never its URL, so that no client can choose where a request
 * goes, and nothing that a registry puts into the URL can be read or changed by one.
 */
export interface Uploads {
  begin(upload: Upload): string;
  find(id: string): Upload | undefined;
  moved(id: string, upload: Upload): void;
  end(id: string): void;
}

/** A client has a few under way at a time. Whoever begins more loses the oldest. */
const maxUploads = 256;
/** Since the last request of it. Registries forget uploads after a time, too. */
const idleMs = 60 * 60_000;

/** Without any upload under way. */
export function createUploads(): Uploads {
  const uploads = new LRUCache<string, Upload>({ max: maxUploads, ttl: idleMs, updateAgeOnGet: true });
  return {
    begin(upload) {
      const id = randomBytes(16).toString("base64url");
      uploads.set(id, upload);
      return id;
    },
    find: (id) => uploads.get(id),
    moved: (id, upload) => void uploads.set(id, upload),
    end: (id) => void uploads.delete(id),
  };
}
