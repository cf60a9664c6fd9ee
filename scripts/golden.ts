import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { answer, fileText } from "../test/golden/answer.ts";
import { cases } from "../test/golden/cases.ts";
import { workloadText } from "../test/golden/workload-text.ts";
import { goldenWorkloads, workloadFolder } from "../test/support/workload-examples.ts";

/** Writes every golden file anew. Read the difference before committing it: each line of it is a change for users. */
const folder = new URL("../test/golden/cases/", import.meta.url);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const one of cases) writeFileSync(new URL(`${one.name}.json`, folder), fileText(one, await answer(one)));
for (const file of readdirSync(workloadFolder)) if (file.endsWith(".json")) rmSync(new URL(file, workloadFolder));
for (const [name, object] of goldenWorkloads)
  writeFileSync(new URL(`${name}.json`, workloadFolder), workloadText(object));
console.log(`${cases.length} golden files, ${goldenWorkloads.size} golden workloads`);
