import { describe, expect, it } from "@jest/globals";
import { anonymousCredentials } from "../../../registry/remote/authorization/credentials.ts";
import { createRegistryDirectory } from "../../../registry/remote/directory.ts";
import { toContentUrl } from "../../../registry/remote/endpoint.ts";
import type { RegistryOptions } from "../../../registry/remote/registry.ts";
import { digestOf } from "../../support/hostile-registry/store.ts";

const digest = digestOf(Buffer.from("evidence"));

function urlsOf(repository: string, registries: readonly RegistryOptions[] = []): string[] {
  const directory = createRegistryDirectory(registries, anonymousCredentials);
  return directory.endpoints(repository).map((at) => toContentUrl(at, "manifests", digest).href);
}

describe("where a repository is asked for", () => {
  it.each<[string, string, readonly RegistryOptions[], string[]]>([
    ["an unlisted registry: https", "quay.io/acme/evals", [], ["https://quay.io/v2/acme/evals/manifests/"]],
    ["a port", "r.internal:5000/evals", [], ["https://r.internal:5000/v2/evals/manifests/"]],
    ["Docker Hub", "docker.io/acme/evals", [], ["https://registry-1.docker.io/v2/acme/evals/manifests/"]],
    [
      "Docker Hub's official images",
      "docker.io/alpine",
      [],
      ["https://registry-1.docker.io/v2/library/alpine/manifests/"],
    ],
    [
      "plain HTTP where named",
      "r:5000/evals",
      [{ host: "r:5000", plainHttp: true }],
      ["http://r:5000/v2/evals/manifests/"],
    ],
    [
      "plain HTTP named for another port",
      "r:5001/evals",
      [{ host: "r:5000", plainHttp: true }],
      ["https://r:5001/v2/evals/manifests/"],
    ],
    [
      "another url",
      "quay.io/evals",
      [{ host: "quay.io", url: "https://10.0.0.5:8443/" }],
      ["https://10.0.0.5:8443/v2/evals/manifests/"],
    ],
    [
      "a url with a prefix",
      "quay.io/evals",
      [{ host: "quay.io", url: "https://h/quay/x/" }],
      ["https://h/v2/quay/x/evals/manifests/"],
    ],
  ])("%s", (_, repository, registries, expected) => {
    expect(urlsOf(repository, registries)).toEqual(expected.map((url) => `${url}${digest}`));
  });

  it("a mirror first, which is told whom it stands in for", () => {
    const mirrored: RegistryOptions = { host: "docker.io", mirror: { url: "https://m.internal/hub" } };
    expect(urlsOf("docker.io/alpine", [mirrored])).toEqual([
      `https://m.internal/v2/hub/library/alpine/manifests/${digest}?ns=docker.io`,
      `https://registry-1.docker.io/v2/library/alpine/manifests/${digest}`,
    ]);
  });

  it.each([
    "quay.io",
    "quay.io/",
    "/evals",
    "evals",
    "QUAY.io/evals",
    "quay.io./evals",
    "user@quay.io/evals",
    "quay.io:443:1/evals",
    "quay.io\\evil/evals",
    "quay.io/..",
    "quay.io/../../admin",
    "quay.io/a/../b",
    "quay.io/a//b",
    "quay.io/%2e%2e/b",
    "quay.io/a?x=y",
    "quay.io/a#b",
    "quay.io/A",
    "quay.io/a\\b",
    "quay.io/a\n",
  ])("T11: %j is not a repository", (repository) => {
    expect(() => urlsOf(repository)).toThrow(TypeError);
  });

  it.each<[string, RegistryOptions]>([
    ["an http url without plainHttp", { host: "r:5000", url: "http://r:5000" }],
    ["an https url with plainHttp", { host: "r:5000", url: "https://r:5000", plainHttp: true }],
    ["an http mirror without plainHttp", { host: "r:5000", mirror: { url: "http://m" } }],
    ["a secret in the url", { host: "r:5000", url: "https://user:canary@r:5000" }],
    ["a query in the url", { host: "r:5000", url: "https://r:5000/?a=b" }],
    ["a url that is none", { host: "r:5000", url: "r:5000" }],
  ])("%s is a mistake in the config", (_, options) => {
    expect(() => createRegistryDirectory([options], anonymousCredentials)).toThrow(/^(?!.*canary)/);
  });
});
