import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { X509Certificate } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type Server } from "node:tls";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { joinBundle } from "../../certs/bundle.ts";
import { dayMs, hourMs, issueServing, makeAuthority, type Pair } from "../../certs/issue.ts";
import { listServiceNames } from "../../certs/service-names.ts";

const now = new Date();
const names = { dns: listServiceNames("assaygate", "assaygate-system"), ip: ["127.0.0.1"] };
const year = { now, validMs: 365 * dayMs, skewMs: hourMs };
let authority: Pair;
let other: Pair;
let leaf: Pair;

beforeAll(async () => {
  authority = await makeAuthority({ ...year, validMs: 3_650 * dayMs });
  other = await makeAuthority({ ...year, validMs: 3_650 * dayMs });
  leaf = await issueServing(authority, names, year);
});

describe("a serving certificate", () => {
  it("is for every name of the Service, in the order that counts", () => {
    expect(new X509Certificate(leaf.cert).subjectAltName).toBe(
      "DNS:assaygate.assaygate-system.svc, DNS:assaygate.assaygate-system.svc.cluster.local, DNS:assaygate.assaygate-system, DNS:assaygate, IP Address:127.0.0.1",
    );
  });

  it("is ECDSA P-256, for servers, no authority, and begins an hour ago", () => {
    const { publicKey, keyUsage, ca, validFromDate, validToDate } = new X509Certificate(leaf.cert);
    expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect([keyUsage, ca]).toEqual([["1.3.6.1.5.5.7.3.1"], false]);
    expect(Math.round((now.getTime() - validFromDate.getTime()) / hourMs)).toBe(1);
    expect(Math.round((validToDate.getTime() - now.getTime()) / dayMs)).toBe(365);
  });

  it("does not outlive its authority", async () => {
    const long = await issueServing(authority, names, { ...year, validMs: 36_500 * dayMs });
    expect(new X509Certificate(long.cert).validToDate).toEqual(new X509Certificate(authority.cert).validToDate);
  });

  it("works for a Service with the longest name that there is", async () => {
    const dns = listServiceNames("s".repeat(63), "n".repeat(63));
    const long = await issueServing(authority, { dns, ip: [] }, year);
    expect(new X509Certificate(long.cert).checkHost(dns[0] ?? "")).toBe(dns[0]);
  });
});

describe("OpenSSL, which did not make them", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assaygate-issue-"));
    await writeFile(join(folder, "both.crt"), joinBundle([other.cert, authority.cert]));
    await writeFile(join(folder, "other.crt"), other.cert);
    await writeFile(join(folder, "leaf.crt"), leaf.cert);
    await writeFile(join(folder, "leaf.key"), leaf.key);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const openssl = (...args: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)("openssl", args, { cwd: folder });

  it("verifies the chain for the name by a bundle of two authorities, strictly", async () => {
    const purpose = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", "assaygate.assaygate-system.svc"];
    const verified = await openssl("verify", ...purpose, "-CAfile", "both.crt", "leaf.crt");
    expect(verified.stdout).toBe("leaf.crt: OK\n");
  });

  it("does not verify it by the other one", async () => {
    await expect(openssl("verify", "-CAfile", "other.crt", "leaf.crt")).rejects.toThrow(/verification failed/);
  });

  it("finds the key in order", async () => {
    expect((await openssl("pkey", "-in", "leaf.key", "-check", "-noout")).stdout).toContain("Key is valid");
  });
});

describe("a TLS handshake", () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer({ cert: leaf.cert, key: leaf.key, minVersion: "TLSv1.3" }, (socket) => socket.end("hello"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => void server.close());
  const shake = (ca: string, servername: string): Promise<string> => {
    const { port } = server.address() as { port: number };
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, ca, servername }, () => {
        resolve(socket.getProtocol() ?? "");
        socket.destroy();
      });
      socket.on("error", reject);
    });
  };

  it.each(["assaygate.assaygate-system.svc", "assaygate"])("succeeds for %s with a bundle of two", async (name) => {
    expect(await shake(joinBundle([other.cert, authority.cert]), name)).toBe("TLSv1.3");
  });

  it("fails for another name, and for another authority", async () => {
    await expect(shake(authority.cert, "assaygate.elsewhere.svc")).rejects.toThrow(/altnames/);
    await expect(shake(other.cert, "assaygate")).rejects.toThrow(/verify|issuer/);
  });
});
