import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Json } from "./artifacts.ts";
import { componentPath } from "./components.ts";

/** What falsify makes of a manifest: its hash, and the statement that it prints of it, unsigned. */
export interface FalsifyLock {
  /** sha256, hex. */
  readonly manifest: string;
  readonly statement: string;
}

/** A manifest of the bar that tests register, in everything but what is given. */
function manifestOf(change: Json): Json {
  return {
    version: "prml/0.1",
    claim_id: "01999999-9999-7999-8999-999999999999",
    created_at: "2020-01-01T00:00:00Z",
    metric: "exact_match",
    comparator: ">=",
    threshold: 0.62,
    dataset: { id: "larch-qa-dev", hash: "91".repeat(32) },
    seed: 7,
    producer: { id: "quillworks" },
    ...change,
  };
}

/** Locks a manifest with the real falsify. */
export async function lockWithFalsify(change: Json = {}): Promise<FalsifyLock> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-falsify-"));
  try {
    const file = join(folder, "claim.prml.json");
    await writeFile(file, JSON.stringify(manifestOf(change)));
    const run = async (command: string): Promise<string> =>
      (await promisify(execFile)(componentPath("falsify"), ["-m", "falsify_prml", command, file], { cwd: folder }))
        .stdout;
    const [manifest] = /\b[0-9a-f]{64}\b/.exec(await run("lock")) ?? [];
    if (manifest === undefined) throw new Error("falsify names no hash");
    return { manifest, statement: await run("attest") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
