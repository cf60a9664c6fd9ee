import { expect, test } from "@jest/globals";
import { settings } from "../../evidence/http/registry.ts";
import { configSchema } from "../../webhook/config.ts";

test("a registry that is configured has the defaults of one that is not", () => {
  const config = configSchema.parse({ policies: { directory: "p" }, registries: [{ host: "quay.io" }] });
  const { connectTimeoutMs, requestTimeoutMs, maxRetries } = settings({});
  expect(config.registries).toMatchObject([{ connectTimeoutMs, requestTimeoutMs, retries: maxRetries }]);
});
