import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it } from "@jest/globals";
import { API } from "typescript/unstable/sync";
import { root } from "./imports.ts";

/** What somebody would call from a program of their own, and where it stands. */
const entryPoints = {
  decide: "policies/decision/decide.ts",
  compilePolicy: "policies/language/compile.ts",
  loadPolicySet: "policies/language/load.ts",
  collectEvidence: "evidence/collect.ts",
  fetchVerified: "registry/fetch-verified.ts",
  createHttpSource: "registry/remote/http-source.ts",
  pushFolder: "publish/push/push-folder.ts",
  pullInto: "publish/pull/pull.ts",
  verifyNotation: "evidence/signature/notation/verify.ts",
  startGate: "webhook/serve.ts",
};

const examples = Object.entries(entryPoints).map(([name, path]) => ({ name, path, code: readExample(name, path) }));

it.each(examples)("$name: has an example that calls it", ({ name, path, code }) => {
  expect(code).toMatch(new RegExp(String.raw`^import \{.*\b${name}\b.*\} from "\./${path}";$`, "m"));
  expect(code).toMatch(new RegExp(String.raw`[^\w.]${name}\(`));
});

it("every example is a module that the compiler takes, in the root of the checkout", () => {
  expect(listErrors(Object.fromEntries(examples.map(({ name, code }) => [name, code])))).toEqual([]);
}, 60_000);

it("an example that calls something as it is not is told", () => {
  const code = `import { sha256 } from "./runtime/sha256.ts";\nexport const hash: number = sha256("text");\n`;
  expect(listErrors({ wrong: code })).toEqual(["wrong: Type 'string' is not assignable to type 'number'."]);
}, 60_000);

/** The code of the `@example` in the comment right above an exported function; empty where there is none. */
function readExample(name: string, path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  const [above = ""] = text.split(new RegExp(String.raw`^export (?:async )?function ${name}\(`, "m"), 1);
  const comment = above.slice(above.lastIndexOf("/**"));
  const [, lines = ""] = /^ \* @example\n \* ```ts\n([^]*?)^ \* ```\n \*\/\n$/m.exec(comment) ?? [];
  return lines.replaceAll(/^ \* ?/gm, "");
}

/** What the compiler says of modules that import from the root of the checkout. It asks of them alone. */
function listErrors(modules: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-examples-"));
  const api = new API();
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const files = Object.entries(modules).map(([name, code]) => {
      const file = join(folder, `${name}.mts`);
      writeFileSync(
        file,
        code.replaceAll(/ from "\.\/(.+)";$/gm, (_line, path: string) => ` from "${join(root, path)}";`),
      );
      return file;
    });
    const config = join(folder, "tsconfig.json");
    const compilerOptions = { noUnusedLocals: false };
    writeFileSync(
      config,
      JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files }),
    );
    return checkFiles(api, config, files);
  } finally {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkFiles(api: API, config: string, files: readonly string[]): string[] {
  const program = api.updateSnapshot({ openProjects: [config] }).getProjects()[0]?.program;
  if (program === undefined) throw new Error("the examples cannot be read");
  return files.flatMap((file) =>
    [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ text }) => `${basename(file, ".mts")}: ${text}`,
    ),
  );
}
