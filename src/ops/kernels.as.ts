// All CPU kernels in one WebAssembly module. AssemblyScript: scripts/build-kernels.ts compiles it.
export { multiply, multiplyBatch, packColumns, sumRows } from "../engine/cpu/gemm.as";
export { setThreadScratch } from "../engine/cpu/simd.as";
export { adamw, rootOfSum, sumSquares } from "./adamw/adamw.as";
export {
  attentionBackward,
  attentionForward,
  clearPadding,
  findTokens,
} from "./attention/attention.as";
export { cachedAttentionForward } from "./attention/cached.as";
export {
  crossEntropyBackward,
  crossEntropyForward,
  sumInOrder,
} from "./cross-entropy/cross-entropy.as";
export { dropout } from "./dropout/dropout.as";
export { gatherRows, scatterRows } from "./embedding/embedding.as";
export { gatedBackward, gatedForward } from "./gated/gated.as";
export { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from "./gelu/gelu.as";
export { layerNormBackward, layerNormForward, sumBlocks } from "./layer-norm/layer-norm.as";
export {
  seeLogits,
  sumLosses,
  turnToSlopes,
} from "./linear-cross-entropy/linear-cross-entropy.as";
export { meanPoolBackward, meanPoolForward } from "./mean-pool/mean-pool.as";
export { rmsNormBackward, rmsNormForward } from "./rms-norm/rms-norm.as";
export { rotate } from "./rope/rope.as";
export { softmaxBackward, softmaxForward } from "./softmax/softmax.as";
