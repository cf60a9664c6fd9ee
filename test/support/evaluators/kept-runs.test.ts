import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { keepRun, type RunKey } from "./kept-runs.ts";

let [home, program, source, runs] = ["", "", "", ""];
let count = 0;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "assaygate-kept-runs-"));
  [program, source, runs] = [join(home, "program"), join(home, "run.py"), join(home, "runs")];
  count = 0;
  await writeFile(program, "");
  await writeFile(source, "print(1)");
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Runs an evaluator that writes which run of it this is, and gives what is in the folder then. */
async function evaluate(change: Partial<RunKey> = {}): Promise<string> {
  const folder = join(await mkdtemp(join(home, "work-")), "results");
  await keepRun(
    { program, sources: [source], inputs: ["granite"], ...change },
    folder,
    async () => {
      await mkdir(join(folder, "deep"), { recursive: true });
      await writeFile(join(folder, "deep", "results.json"), `run ${(count += 1)}`);
    },
    runs,
  );
  return readFile(join(folder, "deep", "results.json"), "utf8");
}

it("the same run is not made twice", async () => {
  expect([await evaluate(), await evaluate()]).toEqual(["run 1", "run 1"]);
});

it("other inputs, other code and a program that is installed anew are other runs", async () => {
  expect([await evaluate(), await evaluate({ inputs: ["other"] })]).toEqual(["run 1", "run 2"]);
  await writeFile(source, "print(2)");
  expect(await evaluate()).toBe("run 3");
  await rm(program);
  await writeFile(program, "");
  await utimes(program, 1, 1);
  expect(await evaluate()).toBe("run 4");
});

it("after twelve hours it is made anew, and what is too old goes", async () => {
  await evaluate();
  await evaluate({ inputs: ["other"] });
  const old = Date.now() / 1000 - 12 * 3600;
  for (const name of await readdir(runs)) await utimes(join(runs, name), old, old);
  expect(await evaluate()).toBe("run 3");
  expect(await readdir(runs)).toHaveLength(1);
});

it("a run that fails is not kept", async () => {
  const fails = (): Promise<void> => Promise.reject(new Error("out of memory"));
  const key = { program, sources: [source], inputs: ["granite"] };
  await expect(keepRun(key, join(home, "none"), fails, runs)).rejects.toThrow("out of memory");
  expect(await evaluate()).toBe("run 1");
});
