// English words of the benchmark of this device. Merged into the catalogue as `deviceBenchmark`.
export const enDeviceBenchmark = {
  title: "This device",
  words:
    "How fast this browser computes here: a matrix product, memory, the cost of a program, and one training step beside plain TensorFlow.js. It takes some seconds, and nothing leaves the device.",
  measure: "Measure",
  again: "Measure again",
  measuring: "Measuring…",
  matmul: (edge: number) => `Matrix product, ${edge} × ${edge}`,
  bandwidth: "An addition, bytes moved",
  dispatch: "A GPU program",
  readback: "Reading a result back",
  step: "Step of a small BERT",
  stockStep: "the same in plain TensorFlow.js",
  notReplayed: (reason: string) => `The step of the small BERT ran without a plan: ${reason}.`,
  rate: (value: string) => `${value} GFLOP/s`,
  throughput: (value: string) => `${value} GB/s`,
  milliseconds: (value: string) => `${value} ms`,
  microseconds: (value: string) => `${value} µs`,
  spread: (value: string, low: string, high: string) => `${value}, mostly ${low} to ${high}`,
  copy: "Copy as JSON",
};
