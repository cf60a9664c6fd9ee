import type { Route } from "../record.ts";
import type { UploadRules } from "../uploads.ts";

/** How a public registry or product speaks the distribution protocol: what its documents or its users say of it, as data. */
export interface Dialect {
  readonly name: string;
  /** As references spell it. */
  readonly host: string;
  /** A repository, as the API spells it. */
  readonly path: string;
  /** The key of its entry in a Docker config. Default: the host. */
  readonly authKey?: string;
  readonly user: string;
  readonly login: BasicLogin | TokenLogin;
  readonly blobs: "sent" | BlobRedirect;
  /** `listed`: it has the list; `tagged`: 404, and clients keep a tag; `sign-in`: it redirects to a page for people. */
  readonly referrers: "listed" | "tagged" | "sign-in";
  /** What a login that is good elsewhere is told about a repository that does not exist. */
  readonly missingRepository: "absent" | "denied";
  readonly uploads: UploadRules;
  /** Paths of its own. */
  readonly routes?: readonly Route[];
}

export interface BasicLogin {
  readonly kind: "basic";
  /** What stands behind `Basic` in the challenge. */
  readonly challenge: string;
}

export interface TokenLogin {
  readonly kind: "token";
  readonly tokenPath: string;
  readonly service: string;
  /** Whether tokens are issued at another origin than the registry's. */
  readonly elsewhere: boolean;
}

export interface BlobRedirect {
  readonly status: 302 | 307;
  /** `elsewhere`: at a server of its own, by a signed query. Otherwise the path, where `{repository}` and `{digest}` stand for both. */
  readonly to: "elsewhere" | { readonly path: string };
}
