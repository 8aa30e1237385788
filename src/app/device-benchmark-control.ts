// Measures the device on request, and keeps what it found in localStorage.
import { z } from "zod";
import { deviceBenchmarkSchema } from "../config/device-benchmark.ts";
import { StudioError } from "../lib/errors.ts";
import { useDeviceBenchmarkStore } from "../state/device-benchmark-store.ts";
import { keep, readKept } from "./kept.ts";
import type { Link } from "./link.ts";

const key = "finetune-studio-device";
const most = 8;
const storedSchema = z.object({ version: z.literal(1), known: z.array(deviceBenchmarkSchema) });

export function createDeviceBenchmarkControl(link: Link) {
  return {
    restore() {
      const stored = storedSchema.safeParse(readKept(key));
      if (stored.success) useDeviceBenchmarkStore.setState({ known: stored.data.known });
    },
    async measure() {
      if (useDeviceBenchmarkStore.getState().isMeasuring) return;
      useDeviceBenchmarkStore.setState({ isMeasuring: true });
      try {
        const found = await link.request("measureDevice", {});
        const others = useDeviceBenchmarkStore
          .getState()
          .known.filter(
            ({ backend, adapter }) => backend !== found.backend || adapter !== found.adapter,
          );
        const known = [found, ...others].slice(0, most);
        useDeviceBenchmarkStore.setState({ known });
        keep(key, { known });
      } catch (error) {
        // A run or a trial was begun meanwhile: that was asked for, too.
        if (!(error instanceof StudioError) || error.code !== "cancelled") throw error;
      } finally {
        useDeviceBenchmarkStore.setState({ isMeasuring: false });
      }
    },
  };
}
