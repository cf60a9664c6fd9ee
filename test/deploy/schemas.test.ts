import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentPath, describeWith } from "../support/components.ts";
import { render } from "./chart.ts";
import { choices } from "./choices.ts";

const program = join(import.meta.dirname, "kubernetes-validate.py");
const versions = ["1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"];
/** Groups of other projects, which no Kubernetes has a schema for. */
const foreign = /^(?:cert-manager[.]io|monitoring[.]coreos[.]com)\//;

/** What Kubernetes' own schemas for each version say: neither a wrong value nor a field that it does not have. */
describeWith(["helm", "kubernetes-validate"], "the chart against the schemas of Kubernetes", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "assaygate-schemas-"));
    const rendered = Object.values(choices).flatMap((values) => render(...values));
    const native = rendered.filter(({ apiVersion }) => !foreign.test(apiVersion));
    write("chart.yaml", [...new Set(native.map((manifest) => JSON.stringify(manifest)))]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, documents: readonly string[]): void =>
    writeFileSync(join(folder, name), documents.map((text) => `---\n${text}\n`).join(""));

  function validate(name: string, version: string): { readonly status: number | null; readonly text: string } {
    const args = [program, "--quiet", "--no-warn", "--strict", "-k", version, join(folder, name)];
    const { status, stdout, stderr } = spawnSync(componentPath("kubernetes-validate"), args, { encoding: "utf8" });
    return { status, text: stdout + stderr };
  }

  it.each(versions)("%s", (version) => {
    expect(validate("chart.yaml", version)).toEqual({ status: 0, text: "" });
  });

  it("finds a field that there is not", () => {
    const account = render().find(({ kind }) => kind === "ServiceAccount");
    write("wrong.yaml", [JSON.stringify({ ...account, spec: {} })]);
    expect(validate("wrong.yaml", "1.36")).toMatchObject({ status: 1, text: expect.stringContaining("spec") });
  });
});
