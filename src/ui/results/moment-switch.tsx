// Chooses whether figures are shown as they were before training or as they are after it.
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";
import type { Moment } from "./row-filter.ts";

const words = en.results;

interface MomentSwitchProps {
  readonly moment: Moment;
  readonly onMoment: (moment: Moment) => void;
}

export function MomentSwitch({ moment, onMoment }: MomentSwitchProps) {
  return (
    <Segmented
      label={words.moment}
      value={moment}
      onChange={onMoment}
      options={[
        { value: "before", label: words.moments.before },
        { value: "after", label: words.moments.after },
      ]}
    />
  );
}
