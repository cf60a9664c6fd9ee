import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LoadJob, LoadResult } from "./load.ts";
import { readMemory, readProcessorMs, type MemoryFigures } from "../../test/support/process-figures.ts";
import { makeSignedReviews } from "./signed-reviews.ts";
import { startSubject, type RunningSubject, type Subject } from "./subject.ts";

/** One subject in one round, with a core of its own. */
export interface WarmRound {
  readonly perSecond: number;
  /** Processor time for each review, all threads of the process together. */
  readonly reviewUs: number;
}

/** What one subject did in all rounds. */
export interface WarmFigures {
  readonly name: string;
  readonly rounds: readonly WarmRound[];
  /** In an open loop, at half of the capacity that {@link measureWarm} was told to take: one for each round. */
  readonly openP99Ms: readonly number[];
  readonly idle: MemoryFigures;
  /** After all reviews of all rounds, at least 10,000. */
  readonly loaded: MemoryFigures;
}

const serverCore = 0;
const loadCore = 1;
/** So long V8 compiles what a review runs, on the one core beside the reviews, until one costs what it costs later. */
const warmingSeconds = 20;

/** How long, and of what. */
export interface WarmOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** The name of the subject at half of whose capacity the open loop runs, for all of them. */
  readonly paced: string;
  /** Objects that are shown in turn. More than the gate remembers readings of: then each is read anew. */
  readonly objects: number;
}

/** More objects than a gate remembers readings of, and few enough to be remembered. */
export const manyObjects = 1_024;
export const fewObjects = 64;

/**
 * Warm signed reviews, all subjects in each round, in an order that turns. The server has one core and the load another. */
export async function measureWarm(
  subjects: readonly Subject[],
  { rounds, seconds, paced, objects }: WarmOptions,
): Promise<WarmFigures[]> {
  if (availableParallelism() < 2) throw new Error("two cores are needed: one for the server, one for the load");
  await using running = new AsyncDisposableStack();
  const all: Measured[] = [];
  for (const subject of subjects) all.push(beginMeasuring(running.use(await startSubject(subject, serverCore))));
  const bodies = makeSignedReviews(objects);
  for (const { subject } of all) await load(subject, { bodies, seconds: warmingSeconds });
  for (let round = 0; round < rounds; round += 1)
    for (const one of turn(all, round)) one.rounds.push(await measureRound(one.subject, bodies, seconds));
  const half = capacityOf(all, paced) / 2;
  for (let round = 0; round < rounds; round += 1)
    for (const { subject, openP99Ms } of turn(all, round))
      openP99Ms.push((await load(subject, { bodies, seconds, perSecond: half })).p99Ms);
  return all.map(({ subject: { name, pid }, ...figures }) => ({ name, ...figures, loaded: readMemory(pid) }));
}

interface Measured {
  readonly subject: RunningSubject;
  readonly idle: MemoryFigures;
  readonly rounds: WarmRound[];
  readonly openP99Ms: number[];
}

function beginMeasuring(subject: RunningSubject): Measured {
  return { subject, idle: readMemory(subject.pid), rounds: [], openP99Ms: [] };
}

function turn<T>(all: readonly T[], round: number): T[] {
  const by = round % all.length;
  return [...all.slice(by), ...all.slice(0, by)];
}

function capacityOf(all: readonly Measured[], name: string): number {
  const rates = all.find(({ subject }) => subject.name === name)?.rounds.map(({ perSecond }) => perSecond) ?? [];
  return Math.min(...rates);
}

async function measureRound(subject: RunningSubject, bodies: readonly string[], seconds: number): Promise<WarmRound> {
  const beforeMs = readProcessorMs(subject.pid);
  const { answers, perSecond } = await load(subject, { bodies, seconds });
  return { perSecond, reviewUs: ((readProcessorMs(subject.pid) - beforeMs) / answers) * 1000 };
}

/** From a process of its own, on the core of the load. */
export async function load(
  { url, ca }: Pick<RunningSubject, "url" | "ca">,
  job: Omit<LoadJob, "url" | "ca">,
): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-load-"));
  const file = join(folder, "job.json");
  writeFileSync(file, JSON.stringify({ url, ca, ...job } satisfies LoadJob));
  const program = join(import.meta.dirname, "load.ts");
  const args = ["-c", String(loadCore), process.execPath, program, file];
  const { stdout } = await promisify(execFile)("taskset", args);
  rmSync(folder, { recursive: true, force: true });
  return JSON.parse(stdout) as LoadResult;
}
