// Whether the browser tells the end of a run to someone who looks elsewhere.
import { create } from "zustand";

/** `denied`: the user forbade notifications in the browser's settings. `unavailable`: the browser has none. */
export type TellsEnd = "yes" | "no" | "denied" | "unavailable";

const useAttentionStore = create<{ readonly tellsEnd: TellsEnd }>(() => ({
  tellsEnd: "unavailable",
}));

export const useTellsEnd = () => useAttentionStore((state) => state.tellsEnd);
export const setTellsEnd = (tellsEnd: TellsEnd) => useAttentionStore.setState({ tellsEnd });
