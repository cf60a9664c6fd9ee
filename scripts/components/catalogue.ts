/** A program that tests run against, made by others: the real thing instead of our idea of it. */
export interface Component {
  /** The Debian package. It must need nothing but the C library, because it is unpacked and never installed. */
  readonly debianPackage: string;
  /** What the program is called, most specific name first. */
  readonly commands: readonly [string, ...string[]];
  /** Arguments that make it say what it is, and a word of the answer that another program would not say. */
  readonly probe: { readonly args: readonly string[]; readonly says: RegExp };
  /** For a person whose machine has no Debian packages. */
  readonly install: string;
}

export const componentNames = ["docker-registry", "oras"] as const;

export type ComponentName = (typeof componentNames)[number];

export const catalogue: Readonly<Record<ComponentName, Component>> = {
  "docker-registry": {
    debianPackage: "docker-registry",
    commands: ["docker-registry", "registry"],
    probe: { args: ["--version"], says: /distribution/ },
    install: "apt install docker-registry, or go install github.com/distribution/distribution/v3/cmd/registry@latest",
  },
  oras: {
    debianPackage: "oras",
    commands: ["oras"],
    probe: { args: ["version"], says: /Version:/ },
    install: "apt install oras (Debian 13 or later), or go install oras.land/oras/cmd/oras@latest",
  },
};
