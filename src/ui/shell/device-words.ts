// The device in the words of the chip.
import type { Device } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";

/** "WebGPU · NVIDIA RTX 4070", or what keeps it from being told. */
export function describeDevice(device: Device): string {
  const { starting, failed, backends } = en.shell.device;
  if (device.status === "starting") return starting;
  if (device.status === "failed") return failed;
  return `${backends[device.info.backend]} · ${device.info.adapter}`;
}
