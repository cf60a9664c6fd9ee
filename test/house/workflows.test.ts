import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";
import { componentPath, describeWith } from "../support/components.ts";
import { root } from "./imports.ts";

const folder = join(root, ".github/workflows");
const workflows = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);

const workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), z.object({ permissions: z.record(z.string(), z.string()).optional() })),
});

describe.each(workflows)("%s", (_, text) => {
  it("pins every action by a commit, and says of which release", () => {
    const uses = [...text.matchAll(/\buses: (.*)$/gm)].map(([, action = ""]) => action);
    const pinned = /^(?:\.\/\.github\/workflows\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;
    expect(uses.filter((action) => !pinned.test(action))).toEqual([]);
  });

  it("may read by default, and writes in one place at most", () => {
    const { permissions, jobs } = workflow.parse(parse(text));
    expect(Object.values(permissions).filter((right) => right !== "read")).toEqual([]);
    const writing = Object.values(jobs).flatMap((job) => Object.entries(job.permissions ?? {}).filter(isWriting));
    expect(writing.length).toBeLessThanOrEqual(1);
  });

  it("never runs somebody else's code with the rights of the repository", () => {
    const { on } = workflow.parse(parse(text));
    expect(Object.keys(on)).not.toContain("pull_request_target");
    expect(text).not.toMatch(/run:.*\$\{\{/);
  });
});

it("one workflow runs .ci/run", () => {
  const running = workflows.filter(([, text]) => /^ +- run: \.ci\/run$/m.test(text)).map(([name]) => name);
  expect(running).toEqual(["ci.yml"]);
});

it("templates of issues can be read", () => {
  const templates = join(root, ".github/ISSUE_TEMPLATE");
  const form = z.object({ name: z.string(), description: z.string(), body: z.array(z.object({ type: z.string() })) });
  for (const name of readdirSync(templates).filter((file) => file !== "config.yml"))
    expect(form.safeParse(parse(readFileSync(join(templates, name), "utf8"))).error).toBeUndefined();
});

describeWith(["actionlint"], "actionlint", () => {
  it("finds nothing", () => expect(lint(root)).toEqual({ status: 0, stdout: "" }));

  it("finds what is wrong", () => {
    const other = mkdtempSync(join(tmpdir(), "assaygate-workflows-"));
    try {
      mkdirSync(join(other, ".github/workflows"), { recursive: true });
      mkdirSync(join(other, ".git"));
      const text = "on: push\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ run: 'echo ${{ nothing.at.all }}' }] } }\n";
      writeFileSync(join(other, ".github/workflows/a.yml"), text);
      expect(lint(other)).toEqual({ status: 1, stdout: expect.stringContaining("nothing") });
    } finally {
      rmSync(other, { recursive: true });
    }
  });
});

/** Without the programs that actionlint would call if they happened to be there. */
function lint(cwd: string): { status: number | null; stdout: string } {
  const names = readdirSync(join(cwd, ".github/workflows")).map((name) => join(".github/workflows", name));
  const args = ["-no-color", "-oneline", "-shellcheck=", "-pyflakes=", ...names];
  const { status, stdout } = spawnSync(componentPath("actionlint"), args, { cwd, encoding: "utf8" });
  return { status, stdout };
}

function isWriting([, right]: readonly [string, string]): boolean {
  return right === "write";
}
