import { describe, expect, it } from "@jest/globals";
import { compileImagePattern } from "../../../policies/language/image.ts";
import { digest } from "../../support/builders/evidence.ts";

const one = digest(1);

function matches(pattern: string, reference: string): boolean {
  const compiled = compileImagePattern(pattern);
  if (typeof compiled === "string") throw new Error(compiled);
  return compiled.matches(reference);
}

describe("an image of the list", () => {
  it.each([
    [`quay.io/acme/vllm@${one}`, `quay.io/acme/vllm@${one}`],
    [`quay.io/acme/vllm@${one}`, `quay.io/acme/vllm:v1@${one}`],
    [`quay.io/acme/*@${one}`, `quay.io/acme/vllm@${one}`],
    [`quay.io/**@${one}`, `quay.io/acme/a/b@${one}`],
    [`registry.local:5000/vllm@${one}`, `registry.local:5000/vllm:v1@${one}`],
    [`docker.io/vllm/vllm-openai@${one}`, `vllm/vllm-openai@${one}`],
    [`docker.io/vllm/vllm-openai@${one}`, `index.docker.io/vllm/vllm-openai:v1@${one}`],
    [`docker.io/library/nginx@${one}`, `nginx@${one}`],
    [`docker.io/library/nginx@${one}`, `docker.io/nginx:1@${one}`],
    [`localhost/nginx@${one}`, `localhost/nginx@${one}`],
  ])("%s is %s", (pattern, reference) => {
    expect(matches(pattern, reference)).toBe(true);
  });

  it.each([
    [`quay.io/acme/vllm@${one}`, `quay.io/acme/vllm@${digest(2)}`],
    [`quay.io/acme/vllm@${one}`, "quay.io/acme/vllm:v1"],
    [`quay.io/acme/vllm@${one}`, "quay.io/acme/vllm"],
    [`quay.io/acme/vllm@${one}`, ""],
    [`quay.io/acme/vllm@${one}`, `quay.io/evil/vllm@${one}`],
    [`quay.io/acme/vllm@${one}`, `evil.io/acme/vllm@${one}`],
    [`quay.io/acme/vllm@${one}`, `QUAY.io/acme/vllm@${one}`],
    [`quay.io/acme/vllm@${one}`, `quay.io/acme/vllm@${one}@${one}`],
    [`quay.io/acme/vllm@${one}`, `quay.io/acme/vllm@${one.toUpperCase()}`],
    [`quay.io/acme/vllm@${one}`, `quay.io/acme/vllm@${one} `],
    [`quay.io/acme/vllm@${one}`, `$(REGISTRY)/acme/vllm@${one}`],
    [`quay.io/acme/*@${one}`, `quay.io/acme/a/b@${one}`],
    [`docker.io/library/nginx@${one}`, `localhost/nginx@${one}`],
  ])("%s is not %s", (pattern, reference) => {
    expect(matches(pattern, reference)).toBe(false);
  });

  it.each([
    ["quay.io/acme/vllm", "must end with a digest"],
    ["quay.io/acme/vllm:v1", "must end with a digest"],
    [`quay.io/acme/vllm@${one}@${one}`, "must end with a digest"],
    [`quay.io/acme/vllm:v1@${one}`, "not a whole path segment"],
    [`vllm/vllm-openai@${one}`, "must begin with a registry host"],
  ])("%s is refused: %s", (text, problem) => {
    expect(compileImagePattern(text)).toContain(problem);
  });
});
