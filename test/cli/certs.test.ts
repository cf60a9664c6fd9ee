import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { certs } from "../../cli/certs.ts";
import { readBundle } from "../../certs/bundle.ts";
import { createProgram, now, type Program, type Ran } from "./program.ts";

let program: Program;
beforeEach(async () => {
  program = await createProgram();
});
afterEach(() => program.remove());

const service = ["--service", "assaygate", "--namespace", "assaygate-system"];
const make = (...args: string[]): Promise<Ran> => program.run("certs", "make", ...service, "--out", "c", ...args);
const read = (name: string): Promise<string> => readFile(join(program.folder, "c", name), "utf8");
const at = (days: number, ...args: string[]): Promise<Ran> =>
  program.runWith({ now: () => new Date(now.getTime() + days * 86_400_000) }, "certs", ...args);
const trusts = async (): Promise<number> => readBundle(await read("ca-bundle.crt")).entries.length;
/** Whether the bundle vouches for the serving certificate. */
const holds = async (): Promise<boolean> => {
  const leaf = new X509Certificate(await read("tls.crt"));
  return readBundle(await read("ca-bundle.crt")).entries.some(({ x509 }) => leaf.verify(x509.publicKey));
};

describe("help", () => {
  it("lists the commands under certs, and each has its own", async () => {
    const { out } = await program.run("certs", "--help");
    for (const { name, summary, options } of certs.subcommands ?? []) {
      expect(out).toContain(`  ${name.padEnd(6)}  ${summary}`);
      const own = await program.run("certs", name, "--help");
      expect([own.code, own.out.split("\n")[2]]).toEqual([
        0,
        expect.stringMatching(`^Usage: assaygate certs ${name}\\b`),
      ]);
      for (const option of Object.keys(options)) expect(own.out).toContain(`--${option}`);
      expect((await program.run("help", "certs", name)).out).toBe(own.out);
      expect(Math.max(...own.out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(140);
    }
  });

  it.each([
    [["certs"], "certs needs a command: make, rotate, inject, show"],
    [["certs", "maek"], "unknown command certs maek: did you mean make?"],
    [["certs", "make", "--otu", "c"], "unknown option --otu: did you mean --out?"],
    [["certs", "make", ...service], "--out is missing"],
    [["certs", "make", "--out", "c"], "needs a name"],
    [["certs", "make", "--service", "a", "--out", "c"], "--service and --namespace belong together"],
    [["certs", "make", "--ip", "localhost", "--out", "c"], "--ip localhost: expected an IP address"],
    [["certs", "make", ...service, "--out", "c", "--valid-for", "5y"], "--valid-for 5y: expected a duration"],
    [["certs", "rotate"], "certs rotate takes one folder, or --secret"],
    [["certs", "rotate", "c"], "c: holds no certificates; assaygate certs make makes some"],
    [["certs", "rotate", "--secret", "x"], "--secret x: expected NAMESPACE/NAME"],
    [["certs", "inject", "--ca", "c"], "--webhook is missing"],
    [["certs", "inject", "--webhook", "w"], "--ca is missing"],
    [["certs", "inject", "--webhook", "w", "--ca", "none"], "none: cannot be read (ENOENT)"],
    [["certs", "show"], "certs show needs a file, a folder, --secret or --webhook"],
    [["certs", "show", "--webhook", "w", "--kubeconfig", "none"], "none: cannot be read as a kubeconfig"],
  ])("%j is wrong usage: %s", async (args, message) => {
    const { code, err } = await program.run(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("certs make", () => {
  it("makes a pair that belongs together, keys for their owner only", async () => {
    const { code, out } = await make("--dns", "gate.example.com", "--ip", "127.0.0.1");
    expect(code).toBe(0);
    expect(out).toContain(
      "tls.crt: assaygate.assaygate-system.svc, assaygate.assaygate-system.svc.cluster.local, assaygate.assaygate-system, assaygate, gate.example.com, 127.0.0.1; valid until 2027-11-20T12:00:00.000Z, 365 days",
    );
    expect([await holds(), await trusts()]).toEqual([true, 1]);
    const modes = await Promise.all(
      ["ca.key", "tls.key"].map(async (name) => (await stat(join(program.folder, "c", name))).mode),
    );
    expect(modes.map((mode) => mode & 0o777)).toEqual([0o600, 0o600]);
    expect(out).not.toContain("PRIVATE");
  });

  it("overwrites nothing", async () => {
    await make();
    const before = await read("tls.crt");
    const { code, err } = await make();
    expect([code, await read("tls.crt")]).toEqual([2, before]);
    expect(err).toContain("c: holds certificates already; assaygate certs rotate renews them");
  });

  it("prints JSON for programs", async () => {
    const { out } = await make("-o", "json", "--valid-for", "2d");
    expect(JSON.parse(out)).toMatchObject({
      certificates: [
        { source: "ca.crt", authority: true, state: "valid", daysLeft: 3650 },
        { source: "tls.crt", authority: false, notAfter: "2026-11-22T12:00:00.000Z", daysLeft: 2 },
      ],
    });
  });
});

describe("certs rotate", () => {
  it("renews the serving certificate with the same names and the same trust", async () => {
    await make("--dns", "gate.example.com");
    const [old, bundle] = [await read("tls.crt"), await read("ca-bundle.crt")];
    expect((await at(300, "rotate", "c")).code).toBe(0);
    const renewed = new X509Certificate(await read("tls.crt"));
    expect(renewed.fingerprint256).not.toBe(new X509Certificate(old).fingerprint256);
    expect(renewed.subjectAltName).toBe(new X509Certificate(old).subjectAltName);
    expect([await read("ca-bundle.crt"), await holds()]).toEqual([bundle, true]);
  });

  it("replaces the authority in steps, in each of which the bundle vouches for what is presented", async () => {
    await make();
    const old = await read("tls.crt");
    const first = await at(100, "rotate", "c", "--authority");
    expect(first.out).toContain("now: assaygate certs inject --webhook NAME --ca c/ca-bundle.crt");
    expect([await trusts(), await holds(), await read("tls.crt")]).toEqual([2, true, old]);
    const again = await at(100, "rotate", "c", "--authority");
    expect([again.code, again.err]).toEqual([2, expect.stringContaining("a new authority is there already")]);
    await at(100, "rotate", "c");
    expect([await trusts(), await holds()]).toEqual([2, true]);
    expect(await read("tls.crt")).not.toBe(old);
    await at(360, "rotate", "c");
    expect(await trusts()).toBe(2);
    expect((await at(366, "rotate", "c")).out).toContain("forgot the previous authority");
    expect([await trusts(), await holds()]).toEqual([1, true]);
    await expect(read("previous-ca.crt")).rejects.toThrow("ENOENT");
  });

  it("does not issue what would outlive its authority", async () => {
    await make();
    const { code, err } = await at(3_400, "rotate", "c");
    expect([code, err]).toEqual([2, expect.stringContaining("rotate with --authority")]);
  });

  it("says which file is damaged", async () => {
    await make();
    await program.write("c/ca.key", "garbage");
    const { code, err } = await program.run("certs", "rotate", "c");
    expect([code, err]).toEqual([2, expect.stringContaining("c: ca.key is not a PEM private key")]);
  });
});

describe("certs show", () => {
  it.each([
    [0, 0, "365 days"],
    [366, 1, "expired"],
    [-1, 1, "not yet valid"],
  ])("%i days later ends with %i", async (days, code, words) => {
    await make();
    const shown = await at(days, "show", "c");
    expect(shown.code).toBe(code);
    expect(shown.out).toContain(words);
  });

  it("tells of a key that is another's", async () => {
    await make();
    await program.write("c/tls.key", await read("ca.key"));
    const { code, out } = await program.run("certs", "show", "c");
    expect([code, out]).toEqual([1, expect.stringContaining("c: tls.key is not the key of tls.crt")]);
  });

  it("reads PEM files, and says of others that they are none", async () => {
    await make();
    expect((await program.run("certs", "show", "c/ca-bundle.crt")).code).toBe(0);
    await program.write("x.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect(await program.run("certs", "show", "x.pem")).toMatchObject({
      code: 1,
      out: expect.stringContaining("damaged"),
    });
  });
});

describe("a cluster that cannot be asked", () => {
  it("is exit code 3, with the reason", async () => {
    await make();
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const cluster = { name: "c", cluster: { server: `https://127.0.0.1:${port}` } };
    const context = { name: "x", context: { cluster: "c", user: "u" } };
    const user = { name: "u", user: { token: "secret-token" } };
    const config = { "current-context": "x", clusters: [cluster], contexts: [context], users: [user] };
    await program.write("kubeconfig", { apiVersion: "v1", kind: "Config", ...config });
    const args = ["certs", "inject", "--webhook", "assaygate", "--ca", "c/ca-bundle.crt"];
    const { code, err } = await program.run(...args, "--kubeconfig", "kubeconfig");
    expect([code, err]).toEqual([3, expect.stringContaining("the cluster could not be asked")]);
    expect(err).toContain("ECONNREFUSED");
    expect(err).not.toContain("secret-token");
    const byEnvironment = await program.runWith({ env: { KUBECONFIG: join(program.folder, "kubeconfig") } }, ...args);
    expect(byEnvironment.code).toBe(3);
  });
});
