// The benchmark of this device, which any visitor can run and copy: each figure with the range that most of its rounds lay in.
import { useState } from "react";
import type { DeviceBenchmark, Spread } from "../../config/device-benchmark.ts";
import { formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useDeviceBenchmark, useDeviceBenchmarkStore } from "../../state/device-benchmark-store.ts";
import { isLive } from "../../state/run-state.ts";
import { useRun } from "../../state/run-store.ts";
import { useStudioStore } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { classNames } from "../parts/class-names.ts";
import { en } from "../text/en.ts";
import own from "./device-panel.module.css";
import styles from "./performance-panel.module.css";

const words = en.deviceBenchmark;

export function DevicePanel() {
  const device = useStudioStore((state) => state.device);
  const run = useRun();
  const { isMeasuring } = useDeviceBenchmarkStore();
  const info = device.status === "ready" ? device.info : null;
  const found = useDeviceBenchmark(info?.backend ?? "", info?.adapter ?? "");
  if (info === null) return null;
  const isBusy = run !== null && isLive(run);
  return (
    <Card
      title={words.title}
      aside={found === undefined ? undefined : <CopyButton found={found} />}
    >
      <div className={own.panel}>
        <p className="small muted">{words.words}</p>
        {found === undefined ? null : <Figures found={found} />}
        <Button
          size="small"
          disabled={isMeasuring || isBusy}
          onClick={() => actions().measureDevice()}
        >
          {isMeasuring ? words.measuring : found === undefined ? words.measure : words.again}
        </Button>
      </div>
    </Card>
  );
}

function CopyButton({ found }: { readonly found: DeviceBenchmark }) {
  const [copied, setCopied] = useState<DeviceBenchmark | null>(null);
  return (
    <button
      type="button"
      className="link small"
      onClick={async () => {
        await navigator.clipboard.writeText(JSON.stringify(found, null, 2));
        setCopied(found);
      }}
    >
      {copied === found ? words.copied : words.copy}
    </button>
  );
}

function Figures({ found }: { readonly found: DeviceBenchmark }) {
  const { matmul, bandwidth, dispatch, readback, step, stock_step: stock } = found;
  const rows: [string, Spread, (value: string) => string, number][] = [
    [words.matmul(matmul.edge), matmul, words.rate, 1e9],
    [words.bandwidth, bandwidth, words.throughput, 1e9],
    ...(dispatch === null
      ? []
      : ([[words.dispatch, dispatch, words.microseconds, 1]] as [
          string,
          Spread,
          (value: string) => string,
          number,
        ][])),
    [words.readback, readback, words.milliseconds, 1],
    [words.step, step, words.milliseconds, 1],
    [words.stockStep, stock, words.milliseconds, 1],
  ];
  return (
    <dl className={classNames(styles.figures, "small")}>
      {rows.map(([name, { median, p10, p90 }, unit, scale]) => {
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
