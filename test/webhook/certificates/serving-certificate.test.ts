import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { CertificateError, createServingCertificate } from "../../../webhook/certificates/serving-certificate.ts";
import { policy } from "../../support/builders/policy.ts";
import { issue, makeCa, type Ca, type Issued, type IssueOptions } from "../../support/certificates.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";
import { expectSoon } from "../../support/soon.ts";

const dayMs = 86_400_000;
const at = (days: number): Date => new Date(Date.now() + days * dayMs);
const names = { dns: ["localhost"], ip: ["127.0.0.1"] };

let ca: Ca;
let folder: string;
let generation = 0;

beforeAll(async () => {
  ca = await makeCa();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-tls-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const issued = (options: IssueOptions = {}): Promise<Issued> => issue(ca, { ...names, ...options });
const fingerprintOf = ({ cert }: Issued): string => new X509Certificate(cert).fingerprint256;

/** As the kubelet updates a mounted Secret: a new folder, and one link that is exchanged. */
async function mount(files: Readonly<Record<string, string>>): Promise<void> {
  const data = `..${(generation += 1)}`;
  await mkdir(join(folder, data));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, data, name), text)));
  await symlink(data, join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
}

const secret = ({ cert, key }: Issued): Record<string, string> => ({ "tls.crt": cert, "tls.key": key });

function startGate(tls: Readonly<Record<string, string>> = {}): Promise<TestGate> {
  const file = (name: string): string => join(folder, "..data", name);
  return startTestGate(
    { "policy.yaml": policy() },
    { tls: { certFile: file("tls.crt"), keyFile: file("tls.key"), reloadMs: 20, ...tls } },
  );
}

/** What a new connection is shown. */
function shown({ url }: TestGate): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: ca.cert }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
      socket.destroy();
    }).on("error", reject);
  });
}

describe("certificate files", () => {
  it("are taken up when they change, without a restart", async () => {
    const [first, second] = [await issued(), await issued({ notAfter: at(2) })];
    await mount(secret(first));
    await using gate = await startGate();
    expect(await shown(gate)).toBe(fingerprintOf(first));
    await mount(secret(second));
    await expectSoon(async () => (await shown(gate)) === fingerprintOf(second));
    expect(await gate.get("/readyz")).toEqual({ status: 200, body: "ok\n" });
    const expiry = Math.floor(new X509Certificate(second.cert).validToDate.getTime() / 1000);
    expect((await gate.get("/metrics")).body).toContain(`assaygate_certificate_expiry_timestamp_seconds ${expiry}\n`);
    expect(gate.log).toContainEqual(
      expect.objectContaining({ msg: "serving certificate in force", fingerprint: fingerprintOf(second) }),
    );
    expect(JSON.stringify(gate.log)).not.toContain("PRIVATE KEY");
  });

  it("fail no handshake while they change (T77)", async () => {
    const pairs = await Promise.all(Array.from({ length: 8 }, () => issued()));
    const [first, ...later] = pairs;
    if (first === undefined) throw new Error("no pair");
    await mount(secret(first));
    await using gate = await startGate();
    const seen = new Set<string>();
    const handshakes = Array.from({ length: 4 }, async () => {
      while (seen.size < pairs.length) seen.add(await shown(gate));
    });
    for (const pair of later) {
      await mount(secret(pair));
      await expectSoon(() => seen.has(fingerprintOf(pair)));
    }
    await Promise.all(handshakes);
    expect([...seen].toSorted()).toEqual(pairs.map(fingerprintOf).toSorted());
  });

  const broken: [string, (good: Issued) => Promise<Record<string, string>>, string][] = [
    ["no certificate", async ({ key }) => secret({ cert: "no", key }), "is not a PEM certificate"],
    ["no key", async ({ cert }) => secret({ cert, key: "no" }), "is not a PEM private key"],
    ["another's key", async ({ cert }) => secret({ cert, key: (await issued()).key }), "do not belong together"],
    ["a missing file", async ({ cert }) => ({ "tls.crt": cert }), "tls.key: cannot be read (ENOENT)"],
    ["a past", async () => secret(await issued({ notBefore: at(-2), notAfter: at(-1) })), "expired at"],
    ["a future", async () => secret(await issued({ notBefore: at(1), notAfter: at(2) })), "is not valid before"],
  ];

  it.each(broken)("leave the last good ones in force when they hold %s", async (_, files, message) => {
    const good = await issued();
    await mount(secret(good));
    await using gate = await startGate();
    await mount(await files(good));
    await expectSoon(async () => (await gate.get("/readyz")).body !== "ok\n");
    const ready = await gate.get("/readyz");
    expect(ready.status).toBe(200);
    expect(ready.body).toMatch(/^ok\ncertificate problem: .+\n$/);
    expect(ready.body).toContain(message);
    expect(await shown(gate)).toBe(fingerprintOf(good));
    expect((await gate.get("/metrics")).body).toContain("assaygate_certificate_load_failures_total 1\n");
    expect(gate.log).toContainEqual(expect.objectContaining({ problem: expect.stringContaining(message) }));
    await mount(secret(good));
    await expectSoon(async () => (await gate.get("/readyz")).body === "ok\n");
  });

  it.each(broken.slice(0, 4))("that hold %s at the start are no gate", async (_, files, message) => {
    await mount(await files(await issued()));
    await expect(startGate()).rejects.toThrow(message);
    await expect(startGate()).rejects.toThrow(CertificateError);
  });

  it("whose time is over make the gate unready, until they are renewed", async () => {
    await mount(secret(await issued({ notBefore: at(-2), notAfter: at(-1) })));
    await using gate = await startGate();
    const { status, body } = await gate.get("/readyz");
    expect(status).toBe(503);
    expect(body).toMatch(/^the serving certificate expired at \d{4}-.*Z\n$/);
    await mount(secret(await issued()));
    await expectSoon(async () => (await gate.get("/readyz")).body === "ok\n");
  });
});

describe("the authorities of clients (T55)", () => {
  const ask = (gate: TestGate, client: Issued | undefined): Promise<number | string> =>
    new Promise((resolve) => {
      request(`${gate.url}/validate`, { agent: false, ca: ca.cert, ...client }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on("error", (cause) => resolve("code" in cause ? String(cause.code) : cause.message))
        .end();
    });

  it("are taken up when they change; broken ones are not", async () => {
    const [one, other] = [await makeCa("one"), await makeCa("other")];
    const [ofOne, ofOther] = [
      await issue(one, { ...names, usage: "client" }),
      await issue(other, { ...names, usage: "client" }),
    ];
    const pair = secret(await issued());
    await mount({ ...pair, "ca.crt": one.cert });
    await using gate = await startGate({ clientCaFile: join(folder, "..data", "ca.crt") });
    expect(await ask(gate, ofOne)).toBe(405);
    expect(await ask(gate, ofOther)).toMatch(/^E/);
    expect(await ask(gate, undefined)).toMatch(/^E/);

    await mount({ ...pair, "ca.crt": "none" });
    await expectSoon(async () =>
      (await gate.get("/readyz")).body.includes("the authorities of clients hold no PEM certificate"),
    );
    expect(await ask(gate, ofOne)).toBe(405);
    expect(await ask(gate, ofOther)).toMatch(/^E/);

    await mount({ ...pair, "ca.crt": other.cert });
    await expectSoon(async () => (await ask(gate, ofOther)) === 405);
    expect(await ask(gate, ofOne)).toMatch(/^E/);
    expect(await ask(gate, undefined)).toMatch(/^E/);
    expect((await gate.get("/readyz")).body).toBe("ok\n");
  });
});

describe("a serving certificate", () => {
  it("waits for the authorities of clients, without which everybody's would do", async () => {
    const applied: unknown[] = [];
    const certificate = createServingCertificate({
      apply: (options) => void applied.push(options.ca),
      minVersion: "TLSv1.3",
      verifiesClients: true,
      observer: { installed: () => undefined, refused: () => undefined },
      nowMs: Date.now,
    });
    const { cert, key } = await issued();
    expect(certificate.notReady()).toBe("there is no serving certificate yet");
    expect(() => certificate.install({ cert, key })).toThrow(CertificateError);
    expect(applied).toEqual([]);
    certificate.trustClients(ca.cert);
    certificate.install({ cert, key });
    expect(applied).toEqual([ca.cert]);
    expect(certificate.notReady()).toBeUndefined();
    expect(certificate.problems()).toEqual([]);
  });

  it("expires while it serves", async () => {
    let nowMs = Date.now();
    const certificate = createServingCertificate({
      apply: () => undefined,
      minVersion: "TLSv1.3",
      verifiesClients: false,
      observer: { installed: () => undefined, refused: () => undefined },
      nowMs: () => nowMs,
    });
    certificate.install(await issued({ notAfter: at(1) }));
    expect(certificate.notReady()).toBeUndefined();
    nowMs += 2 * dayMs;
    expect(certificate.notReady()).toMatch(/^the serving certificate expired at/);
  });
});
