import { get } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProgram } from "../scripts/child-process.ts";
import { median } from "./median.ts";

/** Milliseconds from starting the process to a green /readyz, median of `runs`. */
export async function measureStartup(runs: number, bundle: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const folder = mkdtempSync(join(tmpdir(), "assaygate-start-"));
    const startMs = performance.now();
    const gate = startProgram(bundle, ["serve", "--port", "0", "--health-port", "0"], folder);
    const { healthUrl } = JSON.parse(await gate.line(/"msg":"ready"/)) as { healthUrl: string };
    if ((await statusOf(`${healthUrl}/readyz`)) !== 200) throw new Error("ready, but /readyz is not green");
    times.push(performance.now() - startMs);
    await gate.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return median(times);
}

function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}
