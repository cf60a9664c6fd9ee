import { describe, expect, it } from "@jest/globals";
import { RegistryError } from "../../../../registry/errors.ts";
import { anonymousCredentials } from "../../../../registry/remote/authorization/credentials.ts";
import {
  type Endpoint,
  createEndpoint,
  createMirrorServer,
  createOriginServer,
} from "../../../../registry/remote/endpoint.ts";
import { requireAllowedRealm } from "../../../../registry/remote/authorization/realm.ts";
import type { RegistryOptions } from "../../../../registry/remote/registry.ts";
import type { Transport } from "../../../../registry/remote/transport.ts";

const unused: Transport = {
  send: () => Promise.reject(new Error("not used")),
  probe: () => Promise.reject(new Error("not asked")),
  close: () => Promise.resolve(),
};

function at(options: RegistryOptions): Endpoint {
  return createEndpoint(createOriginServer(options, unused), "team/evals", anonymousCredentials);
}

/** The URL, or the reason for which it is refused. */
function realmOf(options: RegistryOptions, realm: string | undefined): string {
  try {
    return requireAllowedRealm(at(options), realm).href;
  } catch (error) {
    if (error instanceof RegistryError && error.failure.kind === "unavailable") return error.failure.reason;
    throw error;
  }
}

describe("T08: a realm that is allowed", () => {
  it.each<[string, RegistryOptions, string]>([
    ["the registry itself", { host: "quay.io" }, "https://quay.io/v2/auth"],
    ["the registry itself, with its default port", { host: "quay.io" }, "https://quay.io:443/v2/auth"],
    ["the registry itself, on its port", { host: "r.internal:5000" }, "https://r.internal:5000/token"],
    ["Docker Hub's", { host: "docker.io" }, "https://auth.docker.io/token"],
    ["GitLab's", { host: "registry.gitlab.com" }, "https://gitlab.com/jwt/auth"],
    ["NVIDIA's", { host: "nvcr.io" }, "https://authn.nvidia.com/token"],
    [
      "one that the options list",
      { host: "quay.io", tokenRealms: ["https://sso.acme.com"] },
      "https://sso.acme.com/token?a=b",
    ],
    [
      "plain HTTP of a plain HTTP registry",
      { host: "r.internal:5000", plainHttp: true },
      "http://r.internal:5000/token",
    ],
    [
      "where the registry's url is",
      { host: "r.acme.com", url: "https://10.0.0.5:8443" },
      "https://10.0.0.5:8443/token",
    ],
    [
      "the registry's name where its url is another",
      { host: "r.acme.com", url: "https://10.0.0.5" },
      "https://r.acme.com/token",
    ],
  ])("%s", (_, options, realm) => {
    expect(realmOf(options, realm)).toBe(new URL(realm).href);
  });
});

describe("T08: a realm that is refused", () => {
  const quay: RegistryOptions = { host: "quay.io" };
  it.each<[string, RegistryOptions, string | undefined]>([
    ["none", quay, undefined],
    ["another host", quay, "https://evil.example/token"],
    ["a look-alike", quay, "https://quay.io.evil.example/token"],
    ["a subdomain", quay, "https://auth.quay.io/token"],
    ["a trailing dot", quay, "https://quay.io./token"],
    ["another port", quay, "https://quay.io:8443/token"],
    ["plain HTTP", quay, "http://quay.io/token"],
    [
      "plain HTTP of a listed realm",
      { host: "quay.io", tokenRealms: ["http://sso.acme.com"] },
      "http://sso.acme.com/token",
    ],
    ["a metadata service", quay, "https://169.254.169.254/latest/meta-data"],
    [
      "a metadata service for a plain HTTP registry",
      { host: "r:5000", plainHttp: true },
      "http://169.254.169.254/token",
    ],
    ["the right host as user name", quay, "https://quay.io@evil.example/token"],
    ["a user name", quay, "https://robot:pw@quay.io/token"],
    ["a backslash", quay, "https://evil.example\\@quay.io/token"],
    ["a path only", quay, "/token"],
    ["another scheme", quay, "file:///etc/passwd"],
    ["another registry's well-known realm", quay, "https://auth.docker.io/token"],
    [
      "a listed host on another port",
      { host: "quay.io", tokenRealms: ["https://sso.acme.com"] },
      "https://sso.acme.com:444/",
    ],
    ["a listed text that is no URL", { host: "quay.io", tokenRealms: ["sso.acme.com"] }, "https://sso.acme.com/"],
  ])("%s", (_, options, realm) => {
    expect(realmOf(options, realm)).toBe("denied");
  });

  it("the upstream's, when a mirror names it: the mirror would choose where its credentials go", () => {
    const server = createMirrorServer("docker.io", { url: "https://mirror.internal" }, unused);
    const mirror = createEndpoint(server, "library/alpine", anonymousCredentials);
    expect(() => requireAllowedRealm(mirror, "https://auth.docker.io/token")).toThrow(RegistryError);
    expect(requireAllowedRealm(mirror, "https://mirror.internal/token").host).toBe("mirror.internal");
  });

  it("the message names nothing that the registry chose", () => {
    expect(() => requireAllowedRealm(at(quay), "https://evil.example/token")).toThrow(/^(?!.*evil)/);
  });
});
