import * as z from "zod";
import type { Devices } from "../workload/hardware/claims.ts";
import { nameAccelerators } from "../workload/hardware/names.ts";

const resource = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]*\/(?:[A-Za-z0-9][A-Za-z0-9._-]*)?\*?(?<!\/)$/,
    "expected an extended resource as domain/name; * stands for the rest of a name, at its end",
  );

/** The settings under `accelerators`. */
export const accelerators = z
  .strictObject({
    resources: z
      .array(resource)
      .default([])
      .describe("Extended resources that are accelerators, or shares of them, such as acme.example/npu*."),
    otherResources: z
      .array(resource)
      .default([])
      .describe(
        "Extended resources that are not accelerators, such as acme.example/nic. An unknown resource may be one.",
      ),
    otherRuntimeClasses: z
      .array(z.string().min(1))
      .default([])
      .describe("Runtime classes that never give a container an accelerator that it did not ask for."),
  })
  .superRefine(({ resources, otherResources }, context) => {
    otherResources.forEach((name, at) => {
      if (!resources.includes(name)) return;
      const message = `${name} stands in resources, too: it is an accelerator or it is not`;
      context.addIssue({ code: "custom", path: ["otherResources", at], message });
    });
  });

/** An entry of the setting `deviceClasses`. */
export const deviceClass = z.strictObject({
  name: z.string().min(1).describe("Name of a DeviceClass."),
  hardwareClass: z
    .string()
    .min(1)
    .optional()
    .describe("The hardware class of its devices, such as nvidia-h100. Without it they do not count as accelerators."),
  extendedResourceName: resource
    .optional()
    .describe("Its extendedResourceName, by which containers can request its devices as a resource."),
});

interface HardwareConfig {
  readonly accelerators: z.output<typeof accelerators>;
  readonly deviceClasses: readonly z.output<typeof deviceClass>[];
}

/** What the configuration says of devices. */
export function readConfiguredDevices({ accelerators: names, deviceClasses }: HardwareConfig): Devices {
  return {
    classes: new Map(deviceClasses.map(({ name, hardwareClass }) => [name, hardwareClass])),
    names: nameAccelerators({ ...names, deviceClasses }),
  };
}
