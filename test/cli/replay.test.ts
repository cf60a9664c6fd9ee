import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { deployment } from "../support/builders/workload.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { writeLayout } from "../support/artifacts.ts";
import { createProgram, type Program } from "./program.ts";

const good = evaluation();
const asks = { hardwareClass: ["SameAsWorkload"], maxAge: "30d" };
const given = ["--policies", "policies", "--evidence", "oci-layout:layout"];

let program: Program;

beforeEach(async () => {
  program = await createProgram();
  await writeLayout(`${program.folder}/layout`, [good]);
  await writeLayout(`${program.folder}/empty`, [evaluation({ other: "x" })]);
  await program.write("policies/policy.yaml", policy(asks));
  await program.write("deploy.yaml", deployment(referenceTo(good)));
  const { out } = await program.run("check", "-f", "deploy.yaml", ...given, "-o", "json");
  await program.write("records.json", out);
});
afterEach(() => program.remove());

const replays = z.array(z.looseObject({ state: z.string(), steps: z.array(z.looseObject({ cause: z.string() })) }));

/** The records as the gate logs them, between lines of other kinds. */
async function readLines(): Promise<string[]> {
  const { out } = await program.run("check", "-f", "deploy.yaml", ...given, "-o", "json");
  return z
    .array(z.looseObject({}))
    .parse(JSON.parse(out))
    .map((one) => JSON.stringify({ level: "info", ts: 1, ...one }));
}

describe("replay", () => {
  test("comes to the same from a list, from lines of a log, and from standard input", async () => {
    const lines = ['{"level":"info","msg":"policies loaded"}', ...(await readLines()), ""].join("\n");
    await program.write("gate.log", lines);
    for (const file of ["records.json", "gate.log"]) {
      const { code, out, err } = await program.run("replay", file, ...given);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toContain("✔ Deployment prod-chat/granite admit, and so it is again");
      expect(out).toMatch(/^1 replayed: 1 the same, 0 different$/m);
    }
    const piped = await program.runWith({ in: Readable.from([lines]) }, "replay", "-", ...given);
    expect(piped.code).toBe(0);
  });

  test("needs no evidence where the record is to be enough, and no policies where it holds them whole", async () => {
    await program.write("gate.yaml", { policies: { directory: "policies" }, records: { policies: "Whole" } });
    const args = ["-f", "deploy.yaml", "--config", "gate.yaml", "--evidence", "oci-layout:layout", "-o", "json"];
    const checked = await program.run("check", ...args);
    await program.write("whole.json", checked.out);
    const { code, out } = await program.run("replay", "whole.json", "--evidence", "record");
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("1 the same") });
  });

  test("names evidence that is gone", async () => {
    const { code, out } = await program.run(
      "replay",
      "records.json",
      "--policies",
      "policies",
      "--evidence",
      "oci-layout:empty",
    );
    expect(code).toBe(1);
    expect(out).toContain("admit, and now deny");
    expect(out).toMatch(/the evidence is not what it was\n.*state was found, is absent/);
    expect(out).toContain("reasons was none, is EVIDENCE_NOT_FOUND");
  });

  test("cannot look where there is nothing to look in", async () => {
    const { code, out } = await program.run(
      "replay",
      "records.json",
      "--policies",
      "policies",
      "--evidence",
      "oci-layout:nowhere",
    );
    expect(code).toBe(3);
    expect(out).toContain("admit, and not decided again in full");
    expect(out).toMatch(/the evidence is not what it was\n.*state was found, is unavailable/);
  });

  test("names a policy that asks for more, and a later time", async () => {
    await program.write("today/policy.yaml", policy({ ...asks, complianceTags: ["soc9"] }));
    const args = ["--policies", "today", "--evidence", "oci-layout:layout", "-o", "json"];
    const changed = await program.run("replay", "records.json", ...args);
    expect(changed.code).toBe(1);
    expect(replays.parse(JSON.parse(changed.out))).toMatchObject([
      { state: "differs", steps: [{ cause: "policies" }] },
    ]);
    const later = await program.run("replay", "records.json", ...given, "--now", "2027-03-01T00:00:00Z");
    expect(later.code).toBe(1);
    expect(later.out).toMatch(/it is judged at another time\n.*EVIDENCE_EXPIRED/s);
  });

  test("says which policies are not at hand", async () => {
    const { code, out } = await program.run("replay", "records.json", "--evidence", "record");
    expect(code).toBe(3);
    expect(out).toMatch(/\? policy production-llm \(sha256:[0-9a-f]+\) is not at hand: see --policies/);
  });

  test("names a value that was changed", async () => {
    const [line = ""] = await readLines();
    await program.write("changed.jsonl", line.replace('"found":"nvidia-h100"', '"found":"nvidia-a100"'));
    const { code, out } = await program.run("replay", "changed.jsonl", ...given);
    expect(code).toBe(1);
    expect(out).toContain("the record does not come to what it says: it was changed");
    expect(out).toMatch(/hardware-class of .*: found was nvidia-a100, is nvidia-h100/);
  });

  test("says that another version of the gate wrote the record", async () => {
    const [line = ""] = await readLines();
    const old = line
      .replace(/"gateVersion":"[^"]*"/, '"gateVersion":"0.0.1"')
      .replace('"found":"nvidia-h100"', '"found":"h100"');
    await program.write("old.jsonl", old);
    const { out } = await program.run("replay", "old.jsonl", ...given);
    expect(out).toContain("another version of the gate wrote the record (0.0.1, this is ");
  });

  test("leaves alone what was never judged", async () => {
    await program.write("policies/policy.yaml", policy(asks, { match: { namespaces: ["elsewhere"] } }));
    const [line = ""] = await readLines();
    await program.write("unmatched.jsonl", line);
    const { code, out } = await program.run("replay", "unmatched.jsonl", ...given);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("1 without being judged") });
  });
});

test("what was recorded reaches no terminal as a control sequence", async () => {
  const [line = ""] = await readLines();
  const spoilt = line.replaceAll(/"(found|message|name|model_version|dev\.assaygate\.[a-z.]+)":"/g, "$&\\u001b[2J");
  expect(spoilt).not.toBe(line);
  await program.write("records.jsonl", spoilt);
  const { code, out, err } = await program.run("replay", "records.jsonl", ...given);
  expect({ code, err }).toEqual({ code: 1, err: "" });
  expect(out).toContain("\\u{1b}[2J");
  expect(out).not.toContain("\u001b");
});

describe("what cannot be read", () => {
  const cases: [string, (line: string) => string, string][] = [
    [
      "a line that is cut off",
      (line) => `${line}\n${line.slice(0, 900)}`,
      "records.jsonl: line 2: it is cut off, or it is not JSON",
    ],
    ["a line that is not JSON", (line) => `${line}\nx y\n${line}`, "records.jsonl: line 2: it is not JSON"],
    [
      "a record of a newer version",
      (line) => line.replace("record/v1", "record/v2"),
      "line 1: this version reads assaygate.dev/decision-record/v1, and this is assaygate.dev/decision-record/v2",
    ],
    ["a field of another type", (line) => line.replace('"dryRun":true', '"dryRun":"yes"'), "line 1: dryRun: "],
    [
      "a digest that is none",
      (line) => line.replace(/"digest":"sha256:[0-9a-f]+"/, '"digest":"sha256:1"'),
      "is not a sha256 digest",
    ],
    ["a log without records", () => '{"level":"info"}', "there is no decision record in what was given"],
    ["nothing", () => "", "there is no decision record in what was given"],
    ["a log that begins in the middle of a line", (line) => line.slice(40), "neither JSON lines nor one JSON value"],
    [
      "a control sequence for the terminal in a name",
      (line) => line.replace('"annotations":{', '"annotations":{"\\u001b[2J":1,'),
      "annotations.\\u{1b}[2J: ",
    ],
  ];
  test.each(cases)("%s", async (_, spoil, message) => {
    const [line = ""] = await readLines();
    await program.write("records.jsonl", spoil(line));
    const { code, out, err } = await program.run("replay", "records.jsonl", ...given);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  test("a file that is not there, and no file at all", async () => {
    expect(await program.run("replay", "nowhere.json", ...given)).toMatchObject({
      code: 2,
      err: expect.stringContaining("nowhere.json: cannot be read (ENOENT)"),
    });
    expect(await program.run("replay")).toMatchObject({
      code: 2,
      err: expect.stringContaining("replay needs at least one RECORD"),
    });
  });
});
