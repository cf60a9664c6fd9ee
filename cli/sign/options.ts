/** The options of every command that may sign without a key. */
export const keylessOptions = {
  "signing-config": {
    type: "string",
    value: "FILE",
    help: "Sigstore's signing_config.json: the services that certify, record and timestamp",
  },
  "trusted-root": {
    type: "string",
    value: "FILE",
    help: "Sigstore's trusted_root.json, which it must hold under; default: the one of --config",
  },
  "identity-token": {
    type: "string",
    value: "FILE",
    help: "a file with an OIDC token; default: SIGSTORE_ID_TOKEN, GitHub Actions, or Kubernetes",
  },
} as const;

/** The word that asks for a signature without a key, where a key's file is taken. */
export const keyless = "keyless";
