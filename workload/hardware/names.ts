import { toDeviceClassResource, knownResources, type Resources } from "./resources.ts";

/** What names stand for: those that everybody knows, and those that the gate's configuration adds. */
export interface AcceleratorNames {
  readonly resources: Resources;
  /** The hardware class of what a resource stands for, where it is configured. */
  readonly toClass: (resource: string) => string | undefined;
  /** Runtime classes that give no container an accelerator which it did not ask for. */
  readonly isOtherRuntimeClass: (name: string) => boolean;
}

/** The names that everybody knows. */
export const knownNames: AcceleratorNames = {
  resources: knownResources,
  toClass: () => undefined,
  isOtherRuntimeClass: () => false,
};

/** As the configuration writes it. A resource's name may end in `*`. */
export interface ConfiguredNames {
  readonly resources: readonly string[];
  readonly otherResources: readonly string[];
  readonly otherRuntimeClasses: readonly string[];
  readonly deviceClasses: readonly ConfiguredDeviceClass[];
}

/** A device class, as the gate's configuration describes it. */
export interface ConfiguredDeviceClass {
  readonly name: string;
  /** Undefined: its devices are not accelerators. */
  readonly hardwareClass?: string | undefined;
  readonly extendedResourceName?: string | undefined;
}

/** What is configured goes before what is known, and an accelerator before what is none. */
export function nameAccelerators(configured: ConfiguredNames): AcceleratorNames {
  const { resources, otherResources, otherRuntimeClasses, deviceClasses } = configured;
  const byResource = new Map(
    deviceClasses.flatMap(({ name, hardwareClass, extendedResourceName }) => [
      [toDeviceClassResource(name), hardwareClass] as const,
      ...(extendedResourceName === undefined ? [] : [[extendedResourceName, hardwareClass] as const]),
    ]),
  );
  const isAccelerator = matcher(resources);
  const isOther = matcher(otherResources);
  const runtimeClasses = new Set(otherRuntimeClasses);
  return {
    resources(resource) {
      if (isAccelerator(resource)) return "accelerator";
      if (byResource.has(resource)) return byResource.get(resource) === undefined ? "other" : "accelerator";
      return isOther(resource) ? "other" : knownResources(resource);
    },
    toClass: (resource) => byResource.get(resource),
    isOtherRuntimeClass: (name) => runtimeClasses.has(name),
  };
}

function matcher(names: readonly string[]): (resource: string) => boolean {
  const exact = new Set(names.filter((name) => !name.endsWith("*")));
  const prefixes = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  return (resource) => exact.has(resource) || prefixes.some((prefix) => resource.startsWith(prefix));
}
