import type { EventOutcome } from "../../events/raise-events.ts";
import type { Instruments } from "./instruments.ts";

/** What is counted of Events. */
export interface EventSeries {
  eventCounted(outcome: EventOutcome): void;
}

/** The metrics of Events. */
export function createEventSeries({ counter }: Instruments): EventSeries {
  const events = counter("events_total", "Events about denials and audits, by what became of them.", ["outcome"]);
  return { eventCounted: (outcome) => events.inc({ outcome }) };
}
