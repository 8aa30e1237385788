// What the tensors run on, and behind a click why, and the choice of another back end.
import { Popover } from "@ark-ui/react/popover";
import { type BackendChoice, backendChoices } from "../../config/run-record.ts";
import { actions } from "../../state/actions.ts";
import { useLiveRun } from "../../state/run-store.ts";
import { type Device, useBackendChoice, useDevice } from "../../state/studio-store.ts";
import { classNames } from "../parts/class-names.ts";
import { ErrorNote } from "../parts/error-note.tsx";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./device-chip.module.css";
import { describeDevice } from "./device-words.ts";
import { StorageMeter } from "./storage-meter.tsx";

const words = en.shell.device;

export function DeviceChip() {
  const device = useDevice();
  const label = describeDevice(device);
  return (
    <Popover.Root lazyMount unmountOnExit positioning={{ placement: "bottom-start" }}>
      <Popover.Trigger className={styles.chip} aria-label={words.open(label)}>
        <span className={classNames(styles.dot, styles[device.status])} aria-hidden="true" />
        <span className={styles.label}>{label}</span>
      </Popover.Trigger>
      <Popover.Positioner>
        <Popover.Content className={styles.content}>
          <Popover.Title className={styles.title}>{label}</Popover.Title>
          <Reason device={device} />
          <BackendSelect />
          <p className={styles.private}>{en.shell.privateWhy}</p>
          <StorageMeter />
        </Popover.Content>
      </Popover.Positioner>
    </Popover.Root>
  );
}

function Reason({ device }: { readonly device: Device }) {
  if (device.status === "failed") return <ErrorNote error={device.error} />;
  if (device.status === "starting") return null;
  return <p className="muted">{device.info.reason}</p>;
}

function BackendSelect() {
  const choice = useBackendChoice();
  const run = useLiveRun();
  const help = run !== null ? words.interrupts(run.record.name) : words.help;
  return (
    <Field label={words.backend} name="backend" htmlFor="backend" help={help}>
      <Select
        name="backend"
        id="backend"
        value={choice}
        onChange={(value) => actions().chooseBackend(value as BackendChoice)}
        options={backendChoices.map((value) => ({ value, label: words.choices[value] }))}
      />
    </Field>
  );
}
