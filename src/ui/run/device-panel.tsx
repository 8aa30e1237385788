// The benchmark of this device, which any visitor can run and copy: each figure with the range that most of its rounds lay in.
import type { DeviceBenchmark, Spread } from "../../config/device-benchmark.ts";
import { formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useDeviceBenchmark, useDeviceBenchmarkStore } from "../../state/device-benchmark-store.ts";
import { useLiveRun } from "../../state/run-store.ts";
import { useStudioStore } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { classNames } from "../parts/class-names.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { en } from "../text/en.ts";
import own from "./device-panel.module.css";
import styles from "./performance-panel.module.css";

const words = en.deviceBenchmark;

export function DevicePanel() {
  const device = useStudioStore((state) => state.device);
  const isTraining = useLiveRun() !== null;
  const { isMeasuring } = useDeviceBenchmarkStore();
  const info = device.status === "ready" ? device.info : null;
  const found = useDeviceBenchmark(info?.backend ?? "", info?.adapter ?? "");
  if (info === null) return null;
  return (
    <Card
      title={words.title}
      aside={
        found === undefined ? undefined : (
          <CopyButton text={JSON.stringify(found, null, 2)} label={words.copy} />
        )
      }
    >
      <div className={own.panel}>
        <p className="small muted">{words.words}</p>
        {found === undefined ? null : <Figures found={found} />}
        {found?.step_problem == null ? null : (
          <p className="small muted">{words.notReplayed(found.step_problem)}</p>
        )}
        <Button
          size="small"
          disabled={isMeasuring || isTraining}
          onClick={() => actions().measureDevice()}
        >
          {isMeasuring ? words.measuring : found === undefined ? words.measure : words.again}
        </Button>
      </div>
    </Card>
  );
}

type Row = readonly [string, Spread | null, (value: string) => string, scale: number];

function Figures({ found }: { readonly found: DeviceBenchmark }) {
  const { matmul, bandwidth, dispatch, readback, step, stock_step: stock } = found;
  const rows: readonly Row[] = [
    [words.matmul(matmul.edge), matmul, words.rate, 1e9],
    [words.bandwidth, bandwidth, words.throughput, 1e9],
    [words.dispatch, dispatch, words.microseconds, 1],
    // Without a GPU it is there already.
    [words.readback, dispatch === null ? null : readback, words.milliseconds, 1],
    [words.step, step, words.milliseconds, 1],
    [words.stockStep, stock, words.milliseconds, 1],
  ];
  return (
    <dl className={classNames(styles.figures, "small")}>
      {rows.map(([name, spread, unit, scale]) => {
        if (spread === null) return null;
        const { median, p10, p90 } = spread;
        const show = (value: number) => formatFixed(value / scale, value / scale < 10 ? 2 : 1);
        return [
          <dt key={`${name} name`}>{name}</dt>,
          <dd key={name} className="num">
            {words.spread(unit(show(median)), show(p10), show(p90))}
          </dd>,
        ];
      })}
    </dl>
  );
}
