import type { LookupFunction } from "node:net";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { createDockerConfigCredentials } from "../../../registry/remote/authorization/docker-credentials.ts";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import { createHttpTarget } from "../../../registry/remote/http-target.ts";
import type { RegistryOptions } from "../../../registry/remote/registry.ts";
import { type Ca, type Issued, issue, makeCa } from "../../support/certificates.ts";
import { tokenAuth } from "../../support/hostile-registry/auth.ts";
import { challenge, redirect } from "../../support/hostile-registry/faults.ts";
import { startHostileRegistry } from "../../support/hostile-registry/server.ts";
import { digestOf } from "../../support/hostile-registry/store.ts";
import { errorOf, outcomeOf, patient, read, repository } from "./reading.ts";

const missing = digestOf(Buffer.from("never pushed"));
let ca: Ca;
let tls: Issued;

beforeAll(async () => {
  ca = await makeCa();
  tls = await issue(ca, { ip: ["127.0.0.1"] });
});

describe("TLS", () => {
  it("under a private authority is trusted where the options hold it", async () => {
    await using registry = await startHostileRegistry({ tls });
    await using source = createHttpSource({ registries: [{ host: registry.host, ca: ca.cert }] });
    const digest = registry.putBlob(repository, "layer");
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });

  it.each<[string, (host: string) => RegistryOptions[]]>([
    ["where they do not", () => []],
    ["where they hold it for another registry", () => [{ host: "127.0.0.1:1", ca: ca.cert }]],
  ])("under a private authority is not trusted %s", async (_, registriesFor) => {
    await using registry = await startHostileRegistry({ tls });
    await using source = createHttpSource({ registries: registriesFor(registry.host) });
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(error.message).toBe(`${registry.host}: certificate not trusted`);
    expect(registry.requests).toHaveLength(0);
  });

  it("under another authority of the same name is not trusted", async () => {
    await using registry = await startHostileRegistry({ tls });
    const twin = await makeCa();
    await using source = createHttpSource({ registries: [{ host: registry.host, ca: twin.cert }] });
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable no-answer");
    expect(registry.requests).toHaveLength(0);
  });

  const lastYear = { notBefore: new Date("2025-01-01"), notAfter: new Date("2025-02-01") };
  const nextCentury = { notBefore: new Date("2101-01-01"), notAfter: new Date("2101-02-01") };
  it.each<[string, Parameters<typeof issue>[1], string]>([
    ["for another name", { ip: ["127.0.0.2"], dns: ["localhost"] }, "certificate issued for another name"],
    ["that expired", { ip: ["127.0.0.1"], ...lastYear }, "certificate expired"],
    ["that is not valid yet", { ip: ["127.0.0.1"], ...nextCentury }, "certificate not yet valid"],
    ["for clients", { ip: ["127.0.0.1"], usage: "client" }, "certificate not trusted"],
  ])("with a certificate %s is refused", async (_, options, sentence) => {
    await using registry = await startHostileRegistry({ tls: await issue(ca, options) });
    await using source = createHttpSource({ registries: [{ host: registry.host, ca: ca.cert }] });
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(error.message).toBe(`${registry.host}: ${sentence}`);
    expect(registry.requests).toHaveLength(0);
  });

  it("is checked for the name that the reference holds, wherever DNS leads", async () => {
    await using registry = await startHostileRegistry({ tls: await issue(ca, { dns: ["registry.example"] }) });
    const digest = registry.putBlob(repository, "layer");
    const hosts = ["registry.example", "other.example"].map((name) => `${name}:${registry.port}`);
    await using source = createHttpSource({
      registries: hosts.map((host) => ({ host, ca: ca.cert })),
      lookup: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    const [right, wrong] = hosts;
    expect((await read(await source.blob(`${right}/${repository}`, digest, patient))).toString()).toBe("layer");
    const reading = source.blob(`${wrong}/${repository}`, digest, patient);
    expect(await outcomeOf(reading)).toBe("unavailable no-answer");
  });
});

describe("plain HTTP", () => {
  const unlisted = { plainHttpOnThisMachine: true };

  it("is never spoken unless the options name it", async () => {
    await using registry = await startHostileRegistry();
    const digest = registry.putBlob(repository, "layer");
    const host = `registry.example:${registry.port}`;
    const lookup: LookupFunction = (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);
    for (const registries of [[], [{ host }], [{ host: "127.0.0.1:1", plainHttp: true }]]) {
      await using source = createHttpSource({ registries, lookup });
      const reading = source.blob(`${host}/${repository}`, digest, patient);
      expect(await outcomeOf(reading)).toBe("unavailable no-answer");
    }
    expect(registry.requests).toHaveLength(0);
  });

  it.each(["127.0.0.1", "localhost"])("is spoken to %s where that knows no TLS, as Docker does", async (name) => {
    await using registry = await startHostileRegistry();
    const digest = registry.putBlob(repository, "layer");
    await using source = createHttpSource({ unlisted });
    const host = `${name}:${registry.port}`;
    for (let time = 0; time < 2; time += 1)
      expect((await read(await source.blob(`${host}/${repository}`, digest, patient))).toString()).toBe("layer");
    expect(registry.requests).toHaveLength(2);
    if (name === "localhost") return;
    const target = createHttpTarget({ unlisted });
    const document = { digest: digestOf(Buffer.from("{}")), bytes: Buffer.from("{}"), mediaType: "application/json" };
    await target.blob(`${host}/${repository}`, document, patient);
    await target.close();
    expect(registry.requests.map(({ method }) => method)).toEqual(["GET", "GET", "POST", "PUT"]);
  });

  it("is not spoken to this machine where a certificate is not trusted, or a url says https", async () => {
    await using registry = await startHostileRegistry({ tls });
    await using plain = await startHostileRegistry();
    const registries = [{ host: plain.host, url: `https://${plain.host}`, ...unlisted }];
    await using source = createHttpSource({ registries, unlisted });
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.message).toBe(`${registry.host}: certificate not trusted`);
    expect(await outcomeOf(source.blob(`${plain.host}/${repository}`, missing, patient))).toBe("unavailable no-answer");
    expect(plain.requests).toHaveLength(0);
  });

  it("is not fallen back from either", async () => {
    await using registry = await startHostileRegistry({ tls });
    await using source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true, maxRetries: 0 }] });
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure.kind).toBe("unavailable");
    expect(registry.requests).toHaveLength(0);
  });

  it("T07: is not redirected to from https", async () => {
    await using registry = await startHostileRegistry({ tls });
    await using store = await startHostileRegistry();
    const registries = [{ host: registry.host, ca: ca.cert, redirectHosts: [store.host] }];
    await using source = createHttpSource({ registries });
    registry.misbehave(redirect((target) => `${store.url}${target}`));
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable no-answer");
    expect(store.connections()).toBe(0);
  });

  it("T08: gets no credentials of a registry that speaks https", async () => {
    await using registry = await startHostileRegistry({ tls });
    await using service = await startHostileRegistry({ auth: tokenAuth({ anonymous: true }) });
    const auths = { [registry.host]: { auth: btoa("robot:s3cret") } };
    const registries = [{ host: registry.host, ca: ca.cert, tokenRealms: [service.url] }];
    const credentials = createDockerConfigCredentials(JSON.stringify({ auths }));
    await using source = createHttpSource({ registries, credentials });
    registry.misbehave(challenge(`Bearer realm="${service.url}/token"`));
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable denied");
    expect(service.connections()).toBe(0);
  });
});

/** TCP and TLS handles of this process. */
const handles = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("T")).length;

describe("T12: handshakes that fail", () => {
  it("leave nothing open", async () => {
    await using registry = await startHostileRegistry({ tls });
    await using source = createHttpSource();
    const fail = (): Promise<string> => outcomeOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    await fail();
    await registry.idle();
    const before = handles();
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 10 }, fail));
    await registry.idle();
    expect(registry.connections()).toBe(0);
    expect(registry.requests).toHaveLength(0);
    expect(handles()).toBeLessThanOrEqual(before + 10);
  });
});
