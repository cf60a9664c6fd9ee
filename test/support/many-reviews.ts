import autocannon from "autocannon";
import type { Json } from "./builders/json.ts";
import { review } from "./builders/review.ts";

/** Where a gate answers. */
interface GateAddress {
  /** Without a path. */
  readonly url: string;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  /** The name in the certificate, where the URL has another. */
  readonly servername?: string;
}

/** More than the gate remembers the reading of. */
const differentObjects = 1_000;

/** Sends a gate so many reviews, as fast as it answers, of objects that `make` makes. Throws for whatever is not answered. */
export async function sendReviews(
  { url, ca, servername }: GateAddress,
  amount: number,
  make: (at: number) => Json,
): Promise<void> {
  const bodies = Array.from({ length: differentObjects }, (_, at) => JSON.stringify(review(make(at))));
  const headers = { "content-type": "application/json" };
  const requests = bodies.map((body) => ({ method: "POST" as const, path: "/validate?timeout=10s", headers, body }));
  const tlsOptions = { ca, ...(servername !== undefined && { servername }) };
  const { non2xx, errors, "2xx": answered } = await autocannon({ url, amount, connections: 16, requests, tlsOptions });
  if (errors + non2xx > 0 || answered < amount) throw new Error(`of ${amount} reviews ${answered} were answered`);
}
