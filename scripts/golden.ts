import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { answer, fileText } from "../test/golden/answer.ts";
import { cases } from "../test/golden/cases.ts";

/** Writes every golden file anew. Read the difference before committing it: each line of it is a change for users. */
const folder = new URL("../test/golden/cases/", import.meta.url);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const one of cases) writeFileSync(new URL(`${one.name}.json`, folder), fileText(one, await answer(one)));
console.log(`${cases.length} golden files`);
