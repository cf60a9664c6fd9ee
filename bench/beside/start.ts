import { setTimeout } from "node:timers/promises";
import { readMemory, type MemoryFigures } from "../../test/support/process-figures.ts";
import { startSubject, type Subject } from "./subject.ts";

/** What the starts of one subject took. */
export interface StartFigures {
  readonly name: string;
  readonly readyProcessorMs: readonly number[];
  /** Some time after the start, when nothing was asked. */
  readonly idle: readonly MemoryFigures[];
}

const idleMs = 1_500;

/** Starts every subject in each round, one after the other, each on the same core. */
export async function measureStarts(subjects: readonly Subject[], rounds: number): Promise<StartFigures[]> {
  const all = subjects.map((subject) => ({ subject, readyProcessorMs: [] as number[], idle: [] as MemoryFigures[] }));
  for (let round = 0; round < rounds; round += 1)
    for (const { subject, readyProcessorMs, idle } of all) {
      await using running = await startSubject(subject, 0);
      readyProcessorMs.push(running.readyProcessorMs);
      await setTimeout(idleMs);
      idle.push(readMemory(running.pid));
    }
  return all.map(({ subject: { name }, ...figures }) => ({ name, ...figures }));
}
