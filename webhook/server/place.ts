import type { IncomingMessage } from "node:http";
import { OverloadedError } from "./body.ts";
import type { WebhookDependencies } from "./dependencies.ts";

/** One request's place, and what of its body is held. */
export interface Place {
  heldBytes: number;
  giveBack(): void;
}

/** Before the body is read. Throws RequestError for a client that may not ask, and where there is no room. */
export function takePlace({ inFlight, checkClient }: WebhookDependencies, { socket }: IncomingMessage): Place {
  checkClient?.(socket);
  if (!inFlight.enter()) throw new OverloadedError(`too many reviews are under way (${inFlight.count()}): try again`);
  return {
    heldBytes: 0,
    giveBack() {
      inFlight.release(this.heldBytes);
      inFlight.leave();
    },
  };
}
