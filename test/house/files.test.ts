import { expect, it } from "@jest/globals";
import { listSources, readCode } from "./imports.ts";
import { mayImport } from "./rooms.ts";

/** What opens files without the limits of `runtime/read-text-file.ts`, and what bounds it. */
const others: Readonly<Record<string, string>> = {
  "cli/load-script.ts": "reads the program itself, and what it has compiled, from a folder of the user's own",
  "cli/replay/read-files.ts": "reads a stream of records, each of which has a limit",
  "publish/pull/unpacking.ts": "writes",
  "publish/push/layer.ts": "reads what is published, which was listed with its size",
  "publish/push/secrets.ts": "reads the first bytes of a file",
  "registry/layout/layout-source.ts": "reads a blob as a stream, which its digest's size bounds",
  "registry/layout/layout-target.ts": "writes",
  "runtime/read-text-file.ts": "has the limits",
};

const opens =
  /import \{[^}]*\b(?:readFile|readFileSync|createReadStream|open|openSync)\b[^}]*\} from "node:fs(?:\/promises)?"|\bloadFromFile\(/;

it("files that others wrote are read up to a limit", () => {
  const product = Object.keys(mayImport).flatMap((room) => listSources(room));
  expect(product.filter((file) => opens.test(readCode(file))).toSorted()).toEqual(Object.keys(others).toSorted());
});
