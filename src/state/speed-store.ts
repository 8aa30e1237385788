// How fast this device is, as far as it was measured: figures by what decides the speed (config/time-estimate.ts).
import { create } from "zustand";
import type { SpeedFigures } from "../config/time-estimate.ts";

interface SpeedStore {
  readonly figures: ReadonlyMap<string, SpeedFigures>;
  /** Key that a trial runs for at the moment. */
  readonly measuring: string | null;
}

const useSpeedStore = create<SpeedStore>(() => ({ figures: new Map(), measuring: null }));

export const useSpeedFigures = (key: string | null) =>
  useSpeedStore(({ figures }) => (key === null ? undefined : figures.get(key)));
export const useIsMeasuring = (key: string | null) =>
  useSpeedStore(({ measuring }) => measuring !== null && measuring === key);
export const getSpeedFigures = () => useSpeedStore.getState().figures;
export const setSpeedFigures = (figures: ReadonlyMap<string, SpeedFigures>) =>
  useSpeedStore.setState({ figures });
export const setMeasuring = (measuring: string | null) => useSpeedStore.setState({ measuring });
