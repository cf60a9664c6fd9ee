import { open } from "node:fs/promises";

/** Names of files that programs keep secrets in. */
const names =
  /(?:^|\/)(?:\.env(?:\..+)?|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|\.dockerconfigjson|\.htpasswd|htpasswd|kubeconfig|credentials(?:\.json)?|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:key|p12|pfx|jks|kdbx|keytab))$/i;

/** Folders that programs keep secrets in. */
const folders = /(?:^|\/)\.(?:aws|azure|docker|git|gnupg|kube|ssh)\//i;

/** What keys and tokens look like. */
const contents =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{40}|\bhf_[A-Za-z0-9]{34}\b|\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{40}|"private_key_id"\s*:/;

/** How much of a file is looked at. */
const headBytes = 64 * 1024;

/**
 * Why a file looks like a secret, by its name or its first 64 KiB; undefined where it does not. A registry is read by many,
 * and what was pushed cannot be called back.
 */
export async function findSecret(name: string, path: string, size: number): Promise<string | undefined> {
  if (names.test(name) || folders.test(name)) return "has the name of a file with secrets";
  return contents.test(await readHead(path, size)) ? "holds what looks like a key or a token" : undefined;
}

async function readHead(path: string, size: number): Promise<string> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(headBytes, size)), { position: 0 });
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
