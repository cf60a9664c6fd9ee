import { Session, type Profiler } from "node:inspector/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

let session: Session | undefined;

/** What jest takes of one module: the ranges that ran, by the module's path. Types are blanks in what ran, so that offsets hold. */
export interface ModuleCoverage {
  readonly result: Profiler.ScriptCoverage;
}

/** Once in a process and before the first suite is loaded: what is compiled later is counted. */
export async function startCoverage(): Promise<void> {
  if (session !== undefined) return;
  session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
}

/** What ran of the code in a folder, but for suites and packages, since this was asked last. */
export async function takeCoverage(folder: string): Promise<readonly ModuleCoverage[]> {
  const { result = [] } = (await session?.post("Profiler.takePreciseCoverage")) ?? {};
  return result
    .filter(
      ({ url }) =>
        url.startsWith(`${pathToFileURL(folder).href}/`) && !/\/node_modules\/|\.test\.ts$|\/support\/jest\//.test(url),
    )
    .map((one) => ({ result: { ...one, url: fileURLToPath(one.url) } }));
}
