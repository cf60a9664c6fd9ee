import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { commandNames, loadCommands } from "../../cli/commands.ts";
import { auditCodes } from "../../audit/codes.ts";
import { reasons } from "../../policies/reasons.ts";
import { gateVersion } from "../../runtime/version.ts";
import { Collector, createProgram, type Program } from "./program.ts";

const commands = await loadCommands();

let program: Program;
beforeAll(async () => {
  program = await createProgram();
});
afterAll(() => program.remove());

describe("help", () => {
  test("lists every command that works, and the exit codes", async () => {
    const { code, out, err } = await program.run("--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const { name, summary } of commands)
      expect(out).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, "m"));
    expect(out).toContain("  3  could not look");
    expect(await program.run("-h")).toEqual({ code, out, err });
    expect(await program.run("help")).toEqual({ code, out, err });
  });

  test("finds each command under its own name", () => {
    expect(commands.map(({ name }) => name)).toEqual(commandNames);
  });

  test.each(commands.map((command) => [command.name, command] as const))(
    "%s --help names each option",
    async (name, command) => {
      const { code, out, err } = await program.run(name, "--help", "--nonsense");
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toContain(`Usage: assaygate ${name}`);
      for (const option of Object.keys(command.options)) expect(out).toContain(`--${option}`);
      expect((await program.run("help", name)).out).toBe(out);
      expect(Math.max(...out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(140);
    },
  );

  test("is an error where a command was needed", async () => {
    const { code, out, err } = await program.run();
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Usage: assaygate COMMAND");
  });
});

test.each([
  [["chekc"], "unknown command chekc: did you mean check?"],
  [["frobnicate"], "unknown command frobnicate: expected one of serve, check"],
  [["--verison"], "unknown command --verison: did you mean --version?"],
  [["help", "lnit"], "unknown command lnit: did you mean lint?"],
  [["version", "--outptu"], "unknown option --outptu: did you mean --output?"],
])("%j: %s", async (args, message) => {
  const { code, out, err } = await program.run(...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(message);
});

test("what nobody foresaw is a bug of the gate's, and no rejection", async () => {
  class Broken extends Collector {
    override write(): boolean {
      throw new Error("out of luck");
    }
  }
  const { code, err } = await program.runWith({ out: new Broken() }, "version");
  expect(code).toBe(3);
  expect(err).toContain("internal error, please report it: Error: out of luck");
});

test("version", async () => {
  expect(await program.run("version")).toEqual({ code: 0, out: `assaygate ${gateVersion}\n`, err: "" });
  expect((await program.run("--version")).out).toBe(`assaygate ${gateVersion}\n`);
  expect((await program.run("version", "-o", "json")).out).toBe(`{\n  "version": "${gateVersion}"\n}\n`);
});

describe("explain", () => {
  test.each(Object.keys(auditCodes))("has a page for %s, which an audit finds", async (code) => {
    const ran = await program.run("explain", code);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining(`${code}\n\nAn audit found it. `) });
  });

  test.each(Object.entries(reasons))("%s", async (code, { meaning, remedy, example }) => {
    const ran = await program.run("explain", code);
    expect(ran.code).toBe(0);
    for (const part of [code, meaning, remedy, example]) expect(ran.out).toContain(part);
  });

  test("lists all codes, one line each", async () => {
    const { code, out } = await program.run("explain");
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ", 1)[0]),
    ).toEqual(Object.keys(reasons));
  });

  test("is data, too", async () => {
    const { out } = await program.run("explain", "NO_POLICY", "-o", "json");
    expect(JSON.parse(out)).toEqual({ reason: "NO_POLICY", ...reasons.NO_POLICY });
    expect(JSON.parse((await program.run("explain", "-o", "json")).out)).toHaveLength(Object.keys(reasons).length);
  });

  test.each([
    ["HARDWARE_CLAS_MISMATCH", "HARDWARE_CLASS_MISMATCH"],
    ["hardware_class_mismatch", "HARDWARE_CLASS_MISMATCH"],
    ["METRIC", "METRIC_OUT_OF_BOUNDS"],
  ])("%s: did you mean %s?", async (code, meant) => {
    const ran = await program.run("explain", code);
    expect(ran).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining(`unknown reason ${code}: did you mean ${meant}?`),
    });
  });

  test("takes one reason", async () => {
    expect((await program.run("explain", "NO_POLICY", "EVIDENCE_MISSING")).code).toBe(2);
  });
});
