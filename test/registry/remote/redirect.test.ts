import { describe, expect, it } from "@jest/globals";
import { isIPv6, type LookupFunction } from "node:net";
import { AddressRefused } from "../../../registry/remote/network/errors.ts";
import { createDockerConfigCredentials } from "../../../registry/remote/authorization/docker-credentials.ts";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import { limits } from "../../../registry/limits.ts";
import { basicAuth } from "../../support/hostile-registry/auth.ts";
import { challenge, redirect, status } from "../../support/hostile-registry/faults.ts";
import { startHostileRegistry } from "../../support/hostile-registry/server.ts";
import { digestOf } from "../../support/hostile-registry/store.ts";
import { errorOf, outcomeOf, patient, plain, read, repository } from "./reading.ts";

const missing = digestOf(Buffer.from("never pushed"));
const users = { robot: "canary-password" };

/** Credentials for this host and no other. */
function credentialsFor(host: string) {
  const auth = btoa("robot:canary-password");
  return createDockerConfigCredentials(JSON.stringify({ auths: { [host]: { auth } } }));
}

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])("by %i is followed to the blob store", async (code) => {
    await using registry = await startHostileRegistry();
    await using store = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry, { redirectHosts: [store.host] })] });
    const digest = store.putBlob(repository, "layer");
    registry.misbehave(redirect((target) => `${store.url}${target}`, code));
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });

  it("may be relative", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob("other/place", "layer");
    registry.misbehave(redirect(`../../../other/place/blobs/${digest}`), { repository });
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });

  it(`may come ${limits.redirects} times, and not once more`, async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const digest = registry.putBlob(repository, "layer");
    const name = `${registry.host}/${repository}`;
    const self = redirect((target) => target);
    registry.misbehave(self, { times: limits.redirects });
    expect((await read(await source.blob(name, digest, patient))).toString()).toBe("layer");

    registry.misbehave(self);
    expect(await outcomeOf(source.blob(name, digest, patient))).toBe("unavailable no-answer");
    expect(registry.requests).toHaveLength(2 * (limits.redirects + 1));
  });

  it.each<[string, string | undefined]>([
    ["no Location", undefined],
    ["a Location that is no URL", "https://"],
    ["a file", "file:///etc/passwd"],
    ["data", "data:text/plain,layer"],
    ["another protocol", "ftp://example.com/layer"],
  ])("to %s is no-answer", async (_, location) => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    registry.misbehave(status(307, location === undefined ? {} : { location }));
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable no-answer");
    expect(registry.requests).toHaveLength(1);
  });

  it("to a store that refuses is the registry's denial, and to one without the blob its absence", async () => {
    await using registry = await startHostileRegistry();
    await using store = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry, { redirectHosts: ["127.0.0.1"] })] });
    registry.misbehave(redirect((target) => `${store.url}${target}`));
    const name = `${registry.host}/${repository}`;
    expect(await outcomeOf(source.blob(name, missing, patient))).toBe("absent");
    store.misbehave(status(403));
    expect(await outcomeOf(source.blob(name, missing, patient))).toBe("unavailable denied");
  });
});

describe("T07: credentials", () => {
  it.each([301, 302, 303, 307, 308])("stay behind at a %i to another port", async (code) => {
    await using registry = await startHostileRegistry({ auth: basicAuth(users) });
    await using store = await startHostileRegistry();
    const registries = [plain(registry, { redirectHosts: [store.host] })];
    await using source = createHttpSource({ registries, credentials: credentialsFor(registry.host) });
    const digest = store.putBlob(repository, "layer");
    registry.misbehave(challenge('Basic realm="r"'), { times: 1 });
    registry.misbehave(redirect((target) => `${store.url}${target}`, code));

    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      `Basic ${btoa("robot:canary-password")}`,
    ]);
    expect(store.requests).toHaveLength(1);
    expect(store.requests[0]?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(store.requests[0]?.headers)).not.toContain("canary");
  });

  it("stay behind at another name for the same server", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth(users) });
    const registries = [plain(registry, { redirectHosts: ["localhost"] })];
    await using source = createHttpSource({ registries, credentials: credentialsFor(registry.host) });
    registry.misbehave(challenge('Basic realm="r"'), { times: 1 });
    registry.misbehave(
      redirect((target) => `http://localhost:${registry.port}${target}`),
      { times: 1 },
    );
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable denied");
    expect(registry.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true, false]);
  });

  it("go along inside the registry", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth(users) });
    const registries = [plain(registry)];
    await using source = createHttpSource({ registries, credentials: credentialsFor(registry.host) });
    const digest = registry.putBlob("other/place", "layer");
    registry.misbehave(challenge('Basic realm="r"'), { times: 1 });
    registry.misbehave(redirect(`/v2/other/place/blobs/${digest}`), { repository });
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });

  it("do not come back when a redirect returns to the registry", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth(users) });
    await using store = await startHostileRegistry();
    const registries = [plain(registry, { redirectHosts: [store.host] })];
    await using source = createHttpSource({ registries, credentials: credentialsFor(registry.host) });
    registry.misbehave(challenge('Basic realm="r"'), { times: 1 });
    registry.misbehave(redirect(`${store.url}/out`), { times: 1 });
    store.misbehave(redirect((target) => `${registry.url}${target}/back`));
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("absent");
    expect(registry.requests.at(-1)).toMatchObject({ target: "/out/back" });
    expect(registry.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it("are not given to a store that asks for them", async () => {
    await using registry = await startHostileRegistry();
    await using store = await startHostileRegistry({ auth: basicAuth(users) });
    const auth = btoa("robot:canary-password");
    const auths = { [registry.host]: { auth }, [store.host]: { auth } };
    const credentials = createDockerConfigCredentials(JSON.stringify({ auths }));
    const registries = [plain(registry, { redirectHosts: [store.host], tokenRealms: [store.url] })];
    await using source = createHttpSource({ registries, credentials });
    registry.misbehave(redirect((target) => `${store.url}${target}`));
    for (const asked of [
      'Basic realm="r"',
      `Bearer realm="${store.url}/token"`,
      `Bearer realm="${registry.url}/token"`,
    ]) {
      store.misbehave(challenge(asked), { times: 1 });
      const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
      expect(await outcomeOf(reading)).toBe("unavailable denied");
    }
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);
    expect([...store.asked("token"), ...registry.asked("token")]).toEqual([]);
  });

  it.each(["http://robot:pw@127.0.0.1", "http://robot@127.0.0.1", "http://:pw@127.0.0.1"])(
    "in the Location are refused: %s",
    async (prefix) => {
      await using registry = await startHostileRegistry();
      await using source = createHttpSource({ registries: [plain(registry)] });
      registry.misbehave(redirect((target) => `${prefix}:${registry.port}${target}`));
      const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
      expect(await outcomeOf(reading)).toBe("unavailable no-answer");
      expect(registry.requests).toHaveLength(1);
    },
  );
});

/** A resolver that has these addresses for every name. */
function at(...addresses: string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_name, _options, done) => done(null, found);
}

describe("T10: a redirect to an address inside", () => {
  it.each([
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "[::ffff:127.0.0.1]",
    "[::1]",
    "0.0.0.0",
    "127.0.0.1.",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "2852039166",
    "0251.0376.0251.0376",
    "[fd00:ec2::254]",
    "224.0.0.1",
  ])("%s is refused before a packet is sent", async (host) => {
    await using registry = await startHostileRegistry();
    await using inside = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    registry.misbehave(redirect((target) => `http://${host}:${inside.port}${target}`));
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(error.cause).toBeInstanceOf(AddressRefused);
    expect(inside.requests).toHaveLength(0);
    expect(inside.connections()).toBe(0);
  });

  it("is refused by name too, at the one lookup that the connection uses", async () => {
    await using registry = await startHostileRegistry();
    await using inside = await startHostileRegistry();
    const asked: string[] = [];
    const lookup: LookupFunction = (name, _options, done) => {
      asked.push(name);
      done(null, [{ address: "127.0.0.1", family: 4 }]);
    };
    await using source = createHttpSource({ registries: [plain(registry)], lookup });
    registry.misbehave(redirect((target) => `http://blobs.example:${inside.port}${target}`));
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.cause).toBeInstanceOf(AddressRefused);
    expect(inside.connections()).toBe(0);
    expect(asked).toEqual(["blobs.example"]);
  });

  it("is refused when only one of a name's addresses is inside", async () => {
    await using registry = await startHostileRegistry();
    const lookup = at("8.8.8.8", "::ffff:7f00:1");
    await using source = createHttpSource({ registries: [plain(registry)], lookup });
    registry.misbehave(redirect((target) => `http://blobs.example${target}`));
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(error.cause).toBeInstanceOf(AddressRefused);
  });

  it("is refused on a connection of its own, even when the registry has one open to the same place", async () => {
    await using registry = await startHostileRegistry();
    await using inside = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry), plain(inside)] });
    const digest = inside.putBlob(repository, "layer");
    await read(await source.blob(`${inside.host}/${repository}`, digest, patient));
    registry.misbehave(redirect((target) => `${inside.url}${target}`));
    const error = await errorOf(source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(error.cause).toBeInstanceOf(AddressRefused);
    expect(inside.requests).toHaveLength(1);
  });

  it.each<[string, (port: number) => string]>([
    ["by host", () => "blobs.example"],
    ["by host and port", (port) => `blobs.example:${port}`],
  ])("is followed where redirectHosts lists it %s", async (_, listed) => {
    await using registry = await startHostileRegistry();
    await using inside = await startHostileRegistry();
    const registries = [plain(registry, { redirectHosts: [listed(inside.port)] })];
    await using source = createHttpSource({ registries, lookup: at("127.0.0.1") });
    const digest = inside.putBlob(repository, "layer");
    registry.misbehave(redirect((target) => `http://blobs.example:${inside.port}${target}`));
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });

  it.each(["blobs.example:1", "example", "s.example", "BLOBS.example", "*"])(
    "is not followed where redirectHosts lists %s",
    async (listed) => {
      await using registry = await startHostileRegistry();
      await using inside = await startHostileRegistry();
      await using source = createHttpSource({
        registries: [plain(registry, { redirectHosts: [listed] })],
        lookup: at("127.0.0.1"),
      });
      registry.misbehave(redirect((target) => `http://blobs.example:${inside.port}${target}`));
      const error = await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
      expect(error.cause).toBeInstanceOf(AddressRefused);
    },
  );
});

describe("T10: a registry at an address inside", () => {
  it.each(["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200"])(
    "is refused at %s, which no registry has",
    async (address) => {
      await using source = createHttpSource({ lookup: at(address) });
      const error = await errorOf(source.blob("registry.example/evals", missing, patient));
      expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
      expect(error.cause).toBeInstanceOf(AddressRefused);
    },
  );

  it("is refused as a literal", async () => {
    await using source = createHttpSource({ registries: [{ host: "169.254.169.254:80", plainHttp: true }] });
    const error = await errorOf(source.blob("169.254.169.254:80/evals", missing, patient));
    expect(error.cause).toBeInstanceOf(AddressRefused);
  });

  it("is asked at a private one: registries live inside clusters", async () => {
    await using registry = await startHostileRegistry();
    const registries = [{ host: `registry.example:${registry.port}`, plainHttp: true }];
    await using source = createHttpSource({ registries, lookup: at("127.0.0.1") });
    const digest = registry.putBlob(repository, "layer");
    const body = await source.blob(`registry.example:${registry.port}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });
});
