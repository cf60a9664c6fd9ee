import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { ClusterAddress } from "./client.ts";

/** The one folder of a run of the end-to-end tests, made before the first and known to every process by this variable. */
const variable = "ASSAYGATE_E2E_FOLDER";

const state = z.object({
  /** The cluster that all suites share; undefined where it could not be started. */
  cluster: z
    .object({
      url: z.string(),
      ca: z.string(),
      kubeconfig: z.string(),
      auditLog: z.string(),
      folder: z.string(),
      controllers: z.boolean(),
    })
    .optional(),
  /** The program as one file. */
  bundle: z.string().optional(),
  /** Why there is no cluster. */
  problem: z.string().optional(),
});

/** What suites find when they start. */
export type SharedState = z.infer<typeof state> & { readonly cluster?: ClusterAddress | undefined };

export function runFolder(): string | undefined {
  return process.env[variable];
}

/** Processes that are started afterwards know the folder. */
export function announceRunFolder(folder: string): void {
  process.env[variable] = folder;
}

export function writeSharedState(folder: string, shared: SharedState): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "state.json"), JSON.stringify(shared));
}

export function readSharedState(folder: string): SharedState {
  return state.parse(JSON.parse(readFileSync(join(folder, "state.json"), "utf8")));
}

const keptMark = (folder: string): string => join(folder, "kept-because-tests-failed");

/** The folder stays after the run, for whoever looks into the failure. */
export function keepRunFolder(folder: string): void {
  writeFileSync(keptMark(folder), "");
}

export function isKept(folder: string): boolean {
  return existsSync(keptMark(folder));
}
