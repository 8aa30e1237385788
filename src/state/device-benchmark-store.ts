// What the page has measured of this device: one benchmark for each back end and adapter.
import { create } from "zustand";
import type { DeviceBenchmark } from "../config/device-benchmark.ts";

interface DeviceBenchmarkStore {
  readonly known: readonly DeviceBenchmark[];
  readonly isMeasuring: boolean;
}

export const useDeviceBenchmarkStore = create<DeviceBenchmarkStore>(() => ({
  known: [],
  isMeasuring: false,
}));

/** The newest benchmark of a back end on an adapter. */
export const useDeviceBenchmark = (backend: string, adapter: string) =>
  useDeviceBenchmarkStore(({ known }) =>
    known.find((each) => each.backend === backend && each.adapter === adapter),
  );
