import type { ContentBudget } from "../../content-budget.ts";
import { JsonSkimmer, SkimError, type UnreadValue } from "./skim-json.ts";

/** What leaving parts of files out takes. */
export interface SkimOptions {
  readonly parts: readonly UnreadValue[];
  readonly budget: ContentBudget;
  /** To be called after each millisecond of work. */
  pause(): Promise<void>;
}

/** Smaller files have few values enough. */
const minBytes = 32 * 1024;

/** What is skimmed in half a millisecond. */
export const bytesPerSkim = 64 * 1024;

/** Whether anything may be left out of a file that begins so: a JSON object. */
export function maySkim(file: Buffer): boolean {
  return file[0] === 0x7b;
}

/**
 * A file without its unread parts: as it is where it is small, no JSON object, or nothing that this can take apart, so that
 * whoever reads it says what is wrong.
 */
export async function stripFile(file: Buffer, skimming: SkimOptions): Promise<Buffer> {
  if (file.length <= minBytes || !maySkim(file)) return file;
  const skimmer = new JsonSkimmer(skimming.parts, 2 * file.length);
  try {
    for (let at = 0; at < file.length; at += bytesPerSkim) {
      const piece = file.subarray(at, at + bytesPerSkim);
      skimming.budget.spend("skimmed", piece.length);
      skimmer.write(piece);
      await skimming.pause();
    }
    return skimmer.end();
  } catch (error) {
    if (error instanceof SkimError) return file;
    throw error;
  }
}
