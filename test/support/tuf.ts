import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import {
  Metadata,
  MetadataKind,
  MetaFile,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
  type Root,
} from "@tufjs/models";

/** A TUF repository with one key for everything, served on loopback. */
export interface TestTuf extends AsyncDisposable {
  readonly url: string;
  /** The first root, which clients start from. */
  readonly root: string;
  /** What is served, by path. A test may change it. */
  readonly files: Map<string, string>;
  /** Signs and serves `trusted_root.json`, and what else there is by name, in a new state of the repository. */
  publish(
    target: string,
    state: { readonly version: number; readonly expires?: string; readonly others?: Readonly<Record<string, string>> },
  ): void;
}

const specVersion = "1.0.31";
const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");

type Signed = Root | Timestamp | Snapshot | Targets;

/** The first root, by a new key, and what signs by it. */
function makeKeyholder(): { readonly root: string; sign(metadata: Metadata<Signed>): string } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const hex = publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
  const keyID = createHash("sha256").update(hex).digest("hex");
  const signAll = (metadata: Metadata<Signed>): string => {
    metadata.sign((data) => new Signature({ keyID, sig: sign(null, data, privateKey).toString("hex") }));
    return JSON.stringify(metadata.toJSON());
  };
  const role = { keyids: [keyID], threshold: 1 };
  const rootMetadata = {
    _type: "root",
    spec_version: specVersion,
    version: 1,
    expires: tomorrow(),
    consistent_snapshot: false,
    keys: { [keyID]: { keytype: "ed25519", scheme: "ed25519", keyval: { public: hex } } },
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  };
  return {
    root: signAll(Metadata.fromJSON(MetadataKind.Root, { signatures: [], signed: rootMetadata })),
    sign: signAll,
  };
}

export async function startTuf(): Promise<TestTuf> {
  const keyholder = makeKeyholder();
  const seal = (state: Timestamp | Snapshot | Targets): string => keyholder.sign(new Metadata(state));
  const files = new Map<string, string>();
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    root: keyholder.root,
    files,
    publish(target, { version, expires = tomorrow(), others = {} }) {
      const state = { specVersion, version, expires };
      const targets: Record<string, TargetFile> = {};
      for (const [path, content] of Object.entries({ "trusted_root.json": target, ...others })) {
        const hashes = { sha256: createHash("sha256").update(content).digest("hex") };
        targets[path] = new TargetFile({ path, length: Buffer.byteLength(content), hashes });
        files.set(`/targets/${path}`, content);
      }
      files.set("/targets.json", seal(new Targets({ ...state, targets })));
      files.set(
        "/snapshot.json",
        seal(new Snapshot({ ...state, meta: { "targets.json": new MetaFile({ version }) } })),
      );
      files.set("/timestamp.json", seal(new Timestamp({ ...state, snapshotMeta: new MetaFile({ version }) })));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
