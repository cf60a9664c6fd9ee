import { describe, expect, it } from "@jest/globals";
import { inspect } from "node:util";
import { RegistryError } from "../../../registry/errors.ts";
import { createDockerConfigCredentials } from "../../../registry/remote/authorization/docker-credentials.ts";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import type { RegistryAuth } from "../../support/hostile-registry/auth.ts";
import type { Fault } from "../../support/hostile-registry/exchange.ts";
import { challenge, cut, hang, redirect, reset, status } from "../../support/hostile-registry/faults.ts";
import { type HostileRegistry, startHostileRegistry } from "../../support/hostile-registry/server.ts";
import { digestOf } from "../../support/hostile-registry/store.ts";
import { errorOf, patient, plain, read, repository } from "./reading.ts";

/** Every secret that the gate holds or is told in these tests has this word in it. */
const canary = "canary";
const encoded = btoa("robot:canary-password");
const entries = {
  password: { auth: encoded },
  "identity token": { identitytoken: "canary-identity" },
  "registry token": { registrytoken: "canary-registry" },
};

/** An error as the most talkative logger would print it: the whole chain of causes, every property, hidden ones too. */
function everythingIn(error: unknown): string {
  return inspect(error, { depth: 20, showHidden: true, maxStringLength: null });
}

function expectNoSecret(text: string): void {
  expect(text).not.toContain(canary);
  expect(text).not.toContain(encoded);
}

/** Wants a login, and repeats what it was shown wherever a registry can put text. */
const echo: RegistryAuth = {
  challenge: ({ headers }, url) => {
    const shown = headers.authorization?.replaceAll(/[^A-Za-z0-9 -]/g, "") ?? "nothing";
    return `Bearer realm="${url}/token",error="${shown}"`;
  },
  token: () => ({ status: 200, headers: {}, body: Buffer.from('{"token":"canary-token"}') }),
};

const faults: readonly (readonly [string, Fault, "token" | "manifest"])[] = [
  ["the token is refused", ({ honest, send }) => send(honest), "manifest"],
  ["the token service refuses", status(401, {}, "canary"), "token"],
  ["the token service fails", status(500, { "x-echo": "canary" }, "canary"), "token"],
  ["the token service sends no JSON", status(200, {}, "canary-token"), "token"],
  ["the token cannot stand in a header", status(200, {}, '{"token":"canary\\r\\ntoken"}'), "token"],
  ["the token service resets the connection", reset(), "token"],
  ["the token service says nothing", hang(), "token"],
  ["the token service breaks off", cut(), "token"],
  ["the registry redirects to a presigned URL", redirect("https://127.0.0.1:1/?signature=canary"), "manifest"],
  ["the registry redirects to a URL with a password", redirect("http://robot:canary@127.0.0.1:1/"), "manifest"],
  [
    "the registry's realm holds a secret",
    challenge('Bearer realm="https://canary:canary@evil.example/canary"'),
    "manifest",
  ],
  ["the registry's challenge is malformed", challenge('Bearer realm="canary'), "manifest"],
];

describe.each(Object.entries(entries))("a secret, %s", (_, entry) => {
  const sourceOf = (registry: HostileRegistry, requestTimeoutMs = 100) => {
    const credentials = createDockerConfigCredentials(JSON.stringify({ auths: { [registry.host]: entry } }));
    return createHttpSource({ registries: [plain(registry, { requestTimeoutMs })], credentials });
  };

  it.each(faults)("is in no error when %s", async (_name, fault, kind) => {
    await using registry = await startHostileRegistry({ auth: echo });
    await using source = sourceOf(registry);
    if (kind === "manifest") registry.misbehave(({ send, honest }) => send(honest), { kind, times: 1 });
    registry.misbehave(fault, { kind });
    const error = await errorOf(source.manifest(`${registry.host}/${repository}`, digestOf(Buffer.from("x")), patient));
    expect(error).toBeInstanceOf(RegistryError);
    expectNoSecret(everythingIn(error));
  });

  it("is in no error when the content breaks off", async () => {
    await using registry = await startHostileRegistry();
    await using source = sourceOf(registry, 10_000);
    registry.auth = {
      ...echo,
      challenge: (...args) => (args[0].headers.authorization ? undefined : echo.challenge(...args)),
    };
    const digest = registry.put(repository, { schemaVersion: 2 });
    registry.misbehave(({ send, honest }) => send(honest), { kind: "manifest", times: 1 });
    registry.misbehave(cut(), { kind: "manifest" });
    const body = await source.manifest(`${registry.host}/${repository}`, digest, patient);
    expectNoSecret(everythingIn(await errorOf(read(body))));
  });

  it("is in no scope", async () => {
    await using registry = await startHostileRegistry();
    await using source = sourceOf(registry);
    const scope = source.scope(`${registry.host}/${repository}`);
    expect(scope).toMatch(/^docker-config:[0-9a-f]{16}$/);
    expectNoSecret(scope);
  });
});

const scopeOf = (auths: object, name = "quay.io/team/evals"): string =>
  createHttpSource({ credentials: createDockerConfigCredentials(JSON.stringify({ auths })) }).scope(name);

describe("a scope", () => {
  it("tells identities apart, and only those", () => {
    const one = { registrytoken: "one" };
    expect(scopeOf({})).toBe("anonymous");
    expect(scopeOf({ "quay.io": one })).toBe(scopeOf({ "quay.io": one }));
    expect(scopeOf({ "quay.io": one })).not.toBe(scopeOf({ "quay.io": { registrytoken: "two" } }));
    expect(scopeOf({ "quay.io": one }, "ghcr.io/team/evals")).toBe("anonymous");
  });

  it("names the mirror's identity too", () => {
    const auths = { "mirror.internal": { registrytoken: "one" } };
    const source = createHttpSource({
      registries: [{ host: "quay.io", mirror: { url: "https://mirror.internal" } }],
      credentials: createDockerConfigCredentials(JSON.stringify({ auths })),
    });
    expect(source.scope("quay.io/team/evals")).toMatch(/^docker-config:[0-9a-f]{16} anonymous$/);
  });
});
