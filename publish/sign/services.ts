import { ServiceSelector, SigningConfig, type Service, type ServiceConfiguration } from "@sigstore/protobuf-specs";
import { PublishError } from "../../registry/publish-error.ts";

/** Who signs with us: an authority for certificates, logs, and timestamp authorities. Base addresses, without a slash at the end. */
export interface SigningServices {
  readonly authority: string;
  readonly logs: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly string[];
}

/** A Rekor, and which of its interfaces it speaks. */
export interface TransparencyLog {
  readonly url: string;
  readonly version: 1 | 2;
}

/** The versions that @sigstore/sign speaks. */
const latest = { authority: 1, log: 2, timestampAuthority: 1 } as const;

/**
 * The services that Sigstore's `signing_config.json` names, by its own rules: valid now, of the highest version that is spoken,
 * the newest first. Throws PublishError. https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 */
export function parseSigningConfig(text: string, now: Date): SigningServices {
  const config = parse(text);
  const [authority] = listUsable(config.caUrls, latest.authority, now);
  if (authority === undefined) throw new PublishError("it names no certificate authority that can be used now");
  const logs = select("transparency log", config.rekorTlogUrls, config.rekorTlogConfig, latest.log, now);
  const stamps = select("timestamp authority", config.tsaUrls, config.tsaConfig, latest.timestampAuthority, now);
  if (logs.length + stamps.length === 0)
    throw new PublishError(
      "it names neither a transparency log nor a timestamp authority: nobody could tell when it was signed",
    );
  return {
    authority: toUrl(authority),
    logs: logs.map((log) => ({ url: toUrl(log), version: log.majorApiVersion === 2 ? 2 : 1 })),
    timestampAuthorities: stamps.map(toUrl),
  };
}

function parse(text: string): SigningConfig {
  try {
    const config = SigningConfig.fromJSON(JSON.parse(text));
    if (config.mediaType === "application/vnd.dev.sigstore.signingconfig.v0.2+json") return config;
  } catch {
    // As one that is of another type.
  }
  throw new PublishError("it is not a signing_config.json of Sigstore, version 0.2");
}

function select(
  what: string,
  services: readonly Service[],
  config: ServiceConfiguration | undefined,
  version: number,
  now: Date,
): readonly Service[] {
  if (config === undefined || services.length === 0) return [];
  const usable = listUsable(services, version, now);
  const count =
    config.selector === ServiceSelector.ANY
      ? 1
      : config.selector === ServiceSelector.EXACT
        ? config.count
        : usable.length;
  if (usable.length === 0 || usable.length < count)
    throw new PublishError(
      `it names ${usable.length} of each ${what} that can be used now, and asks for ${Math.max(count, 1)}`,
    );
  return usable.slice(0, count);
}

/** One for each operator: the highest version, and of those the newest. */
function listUsable(services: readonly Service[], version: number, now: Date): Service[] {
  const usable = services.filter((one) => one.majorApiVersion <= version && isValidAt(one, now));
  const best = usable.toSorted((a, b) => b.majorApiVersion - a.majorApiVersion || getStart(b) - getStart(a));
  return [...new Map(best.toReversed().map((one) => [one.operator, one])).values()].toReversed();
}

function isValidAt({ validFor }: Service, now: Date): boolean {
  const { start, end } = validFor ?? {};
  return (start === undefined || start <= now) && (end === undefined || now <= end);
}

function getStart({ validFor }: Service): number {
  return validFor?.start?.getTime() ?? 0;
}

function toUrl({ url: text }: Service): string {
  const url = URL.parse(text);
  if (url === null || !isPrivateEnough(url) || url.username !== "" || url.search !== "")
    throw new PublishError("one of its services has no address that begins with https://");
  return url.href.replace(/\/+$/, "");
}

/** Over plain HTTP anybody on the way reads the identity token, except on this machine. */
export function isPrivateEnough({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname));
}
