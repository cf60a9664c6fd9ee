import * as z from "zod";
import { reasonPlaceholder } from "../policies/reasons.ts";
import { isNoProxyEntry } from "../registry/remote/network/no-proxy.ts";

const path = z.string().min(1);

/** A proxy's URL. Its login never stands in it. */
const proxyUrl = z
  .string()
  .regex(
    /^https?:\/\/[^\s/?#@]+\/?$/,
    "expected a proxy as http://HOST:PORT or https://HOST:PORT; a login belongs into a file, which credentialsFile names",
  )
  .refine((text) => URL.canParse(text), "expected a host, and a port below 65536");

const exempt = z
  .string()
  .regex(/^[^\s,]+$/, "expected one entry")
  .refine(
    isNoProxyEntry,
    "expected a name (example.com: it and all below it), an address, a range (10.0.0.0/8) or *, names and addresses with :port where only that is meant",
  );

/** The settings under `proxy`. */
export const proxy = z.strictObject({
  https: proxyUrl.optional().describe("For https URLs, with CONNECT: http://HOST:PORT or https://HOST:PORT."),
  http: proxyUrl.optional().describe("For http URLs: registries with plain HTTP."),
  noProxy: z
    .array(exempt)
    .default([])
    .describe(
      "What to ask directly: names with their subdomains, addresses, ranges, * for all. Loopback addresses always are.",
    ),
  credentialsFile: path.optional().describe("File with the login for these proxies: one line, USER:PASSWORD."),
});

/** How one server is reached, where that differs from the others. */
export const ownProxy = {
  proxy: z
    .union([z.literal("None"), proxyUrl])
    .optional()
    .describe(
      "The proxy for all requests on behalf of this server; None for no proxy. Default: `proxy`, or the environment.",
    ),
  proxyCredentialsFile: path.optional().describe("File with the login for that proxy: one line, USER:PASSWORD."),
} as const;

/** The page that answers point to. It goes into every denial, whose lines are short. */
export const explainUrl = z
  .string()
  .max(256, "expected at most 256 characters")
  .regex(
    /^https?:\/\/[\w.:[\]-]+(?:[/?#][\w\-.~:/?#[\]@!$&'()*+,;=%]*(?:\{reason\}[\w\-.~:/?#[\]@!$&'()*+,;=%]*)?)?$/,
    "expected a page as https://HOST/PATH, with {reason} once where the reason's code belongs, not in the host",
  )
  .refine((text) => URL.canParse(text.replace(reasonPlaceholder, "REASON")), "expected a host, and a port below 65536");

/** `proxy` of the configuration, checked. */
export type ProxyConfig = z.output<typeof proxy>;
