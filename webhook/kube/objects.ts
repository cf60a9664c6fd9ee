import type { V1Lease, V1LeaseSpec, V1ObjectMeta, V1Secret } from "@kubernetes/client-node";

/** Objects of the API as plain data, which may be spread; the library's own types are classes. */
type Plain<T> = Pick<T, keyof T>;

interface Described {
  readonly metadata?: Plain<V1ObjectMeta>;
}

export type LeaseObject = Omit<V1Lease, "metadata" | "spec"> & Described & { readonly spec?: Plain<V1LeaseSpec> };

export type SecretObject = Omit<V1Secret, "metadata"> & Described;
