import type { FieldModel } from "./field-model.ts";
import type { Container } from "../containers.ts";
import type { Mount, Volumes } from "../volumes.ts";

interface Read {
  readonly container: Container;
  readonly mounts: readonly Mount[];
  readonly opaque: string | undefined;
}

interface PodOfOperator {
  readonly containers: readonly Read[];
  readonly volumes: Volumes;
  readonly operatorName: string | undefined;
}

/** Volumes and containers that KServe and Seldon add. They leave alone what the object has under such a name. */
const ofOperator =
  /^(?:kserve-pvc-source|storage-initializer|modelcar(?:-init)?|oci-mount)$|(?:-provision-location|-model-initializer)$/;

/** The name of a volume or a container in this pod that an operator may take for its own. */
export function findOperatorName(volumes: Volumes, containers: readonly Pick<Read, "container">[]): string | undefined {
  for (const name of volumes.byName.keys()) if (ofOperator.test(name)) return name;
  for (const { container } of containers) {
    const { name } = container.fields;
    if (typeof name === "string" && ofOperator.test(name)) return name;
  }
  return undefined;
}

/**
 * Why the files that an operator puts into the pod may be others than it fetches: the object takes the place of what it adds, or
 * a container beside those that serve the model writes to a volume that only the operator can bring.
 */
export function findOperatorChange(
  { mountedAt, source = "" }: FieldModel,
  pods: readonly PodOfOperator[],
  serving: ReadonlySet<Read>,
): string | undefined {
  if (mountedAt === undefined) return undefined;
  for (const { containers, volumes, operatorName } of pods) {
    if (operatorName !== undefined)
      return `${operatorName} may take the place of what the operator adds under that name`;
    for (const read of containers) {
      if (serving.has(read)) continue;
      const mount = read.mounts.find((one) => !one.readOnly && !volumes.byName.has(one.volume));
      const { path } = read.container;
      if (mount !== undefined) return `${path} may write to ${mount.volume.slice(0, 80)}, a volume of the operator's`;
      // The image with the model is a container, whose files others see by way of the shared processes.
      if (/^oci:/i.test(source) && read.opaque !== undefined)
        return `${path} shares the processes of what holds the model`;
    }
  }
  return undefined;
}
