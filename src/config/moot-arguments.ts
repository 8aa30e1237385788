// Arguments of transformers.TrainingArguments that mean nothing in a browser tab. A file may hold them at a value that asks
// for nothing; at any other value they are refused by name, with the reason. Nothing is ignored in silence.

interface Moot {
  /** Values that ask for nothing. `any`: every value is fine, because the studio does it in any case or has no such thing. */
  readonly inactive: readonly unknown[] | "any" | ((value: unknown) => boolean);
  readonly reason: string;
}

const off = [false, null] as const;
const none = [null] as const;
const moot = (inactive: Moot["inactive"], reason: string, ...names: string[]) =>
  names.map((name) => [name, { inactive, reason }] as const);

const precision =
  "Training computes in 32 bit here: WebAssembly and tfjs have no 16 bit numbers to train in.";
const compile = "There is no PyTorch here to compile for.";
const cluster = "A browser tab trains on one machine.";
const hub = "Nothing leaves this device. Download the model and upload it yourself.";
const loader = "Rows are tokenised once and stay in memory; there are no loading processes.";
const memory = "There is no CUDA memory to manage.";
const terminal = "There is no terminal. The Run page shows progress and the log.";
const resume = "Use the Resume buttons of a stored run.";

export const mootArguments: ReadonlyMap<string, Moot> = new Map<string, Moot>([
  ...moot(off, precision, "fp16", "bf16", "fp16_full_eval", "bf16_full_eval", "tf32"),
  ...moot(["auto", "O1", null], precision, "half_precision_backend", "fp16_backend"),
  ...moot(["O1", null], precision, "fp16_opt_level"),
  ...moot(off, compile, "torch_compile", "use_liger_kernel", "jit_mode_eval", "use_ipex"),
  ...moot(none, compile, "torch_compile_backend", "torch_compile_mode", "liger_kernel_config"),
  ...moot(none, compile, "torchdynamo"),
  ...moot("any", "Both ways of PyTorch give the same numbers.", "gradient_checkpointing_kwargs"),
  ...moot(off, "Encoders have no cache of keys and values.", "use_cache"),
  ...moot(none, "GaLore and APOLLO are not among the optimisers here.", "optim_target_modules"),
  ...moot([true], cluster, "average_tokens_across_devices"),
  ...moot([null, "", {}], cluster, "deepspeed", "parallelism_config", "mp_parameters"),
  ...moot(["", [], null, false, true], cluster, "fsdp"),
  ...moot("any", cluster, "fsdp_config", "ddp_timeout", "ray_scope", "local_rank"),
  ...moot([0, null], cluster, "fsdp_min_num_params"),
  ...moot(none, cluster, "fsdp_transformer_layer_cls_to_wrap", "ddp_backend", "xpu_backend"),
  ...moot(off, cluster, "ddp_find_unused_parameters", "ddp_broadcast_buffers"),
  ...moot(off, cluster, "ddp_static_graph", "save_on_each_node", "sharded_ddp"),
  ...moot(none, cluster, "ddp_bucket_cap_mb", "tpu_num_cores", "dispatch_batches"),
  ...moot(off, cluster, "tpu_metrics_debug", "split_batches", "enable_jit_checkpoint"),
  ...moot([true, false], "One process writes the log.", "log_on_each_node"),
  ...moot(
    // With one device nothing else in it changes a number.
    (value) => (value as { use_seedable_sampler?: unknown } | null)?.use_seedable_sampler !== false,
    "use_seedable_sampler false would draw another order of the rows than the studio does.",
    "accelerator_config",
  ),
  ...moot(off, hub, "push_to_hub", "hub_private_repo", "hub_always_push"),
  ...moot([null, "<HUB_TOKEN>", "<PUSH_TO_HUB_TOKEN>"], hub, "hub_token", "push_to_hub_token"),
  ...moot(none, hub, "hub_model_id", "hub_revision", "push_to_hub_model_id"),
  ...moot(none, hub, "push_to_hub_organization", "trackio_space_id", "trackio_bucket_id"),
  ...moot([null, false], hub, "trackio_static_space_id"),
  ...moot(["huggingface", null], hub, "project"),
  ...moot(["every_save", null], hub, "hub_strategy"),
  ...moot(
    [null, "none", "all", "tensorboard", [], ["none"], ["all"], ["tensorboard"]],
    "Nothing leaves this device: TensorBoard files can be downloaded, other services are not called.",
    "report_to",
  ),
  ...moot([0, null], loader, "dataloader_num_workers"),
  ...moot(none, loader, "dataloader_prefetch_factor", "dataloader_multiprocessing_context"),
  ...moot("any", loader, "dataloader_pin_memory", "dataloader_in_order"),
  ...moot(off, loader, "dataloader_persistent_workers"),
  ...moot(none, memory, "torch_empty_cache_steps"),
  ...moot([true], memory, "skip_memory_metrics"),
  ...moot(
    off,
    "Choose the batch size; the summary shows the memory it needs.",
    "auto_find_batch_size",
  ),
  ...moot("any", terminal, "disable_tqdm", "log_level", "log_level_replica"),
  ...moot("any", "Data and Training pages decide what is done.", "do_train", "do_eval"),
  ...moot(off, "Use the Results page to predict a file.", "do_predict"),
  ...moot(none, resume, "resume_from_checkpoint"),
  ...moot(off, resume, "ignore_data_skip"),
  ...moot(
    "any",
    "Early stopping's counter is always restored.",
    "restore_callback_states_from_checkpoint",
  ),
  ...moot("any", "Runs are always deterministic here.", "full_determinism"),
  ...moot(
    "any",
    "A loss that is not a number is never filtered here: it stops the run and is shown.",
    "logging_nan_inf_filter",
  ),
  ...moot(
    "any",
    "Every run has a folder of its own: nothing is overwritten.",
    "overwrite_output_dir",
  ),
  ...moot(off, "Choose the back end at the device chip.", "use_cpu", "no_cuda", "use_mps_device"),
  ...moot([true], "The Data page decides which columns are used.", "remove_unused_columns"),
  ...moot(none, "The Data page decides which column holds the labels.", "label_names"),
  ...moot(["length", null], "Lengths are counted by the tokeniser.", "length_column_name"),
  ...moot([true], "Checkpoints are always safetensors.", "save_safetensors"),
  ...moot(off, "Metrics come with every score.", "prediction_loss_only", "batch_eval_metrics"),
  ...moot("any", "Scores are read after each batch.", "eval_accumulation_steps"),
  ...moot([true], "Scores are joined over all batches.", "eval_do_concat_batches"),
  ...moot(off, "One device: there is nothing to gather.", "eval_use_gather_object"),
  ...moot([[], null], "Metrics are those of the studio.", "include_for_metrics"),
  ...moot(off, "Metrics are those of the studio.", "include_inputs_for_metrics"),
  ...moot(off, "The Run page shows the speed.", "include_tokens_per_second"),
  ...moot([-1, null], "Encoders have no past.", "past_index"),
  ...moot(off, "There is one prediction loop.", "use_legacy_prediction_loop"),
  ...moot([[], "", null], "There is no PyTorch here to debug.", "debug"),
  ...moot("any", "Give the run its name on the Training page.", "run_name"),
]);

/** Why a value cannot be taken, or null where it asks for nothing. */
export function mootProblem({ inactive, reason }: Moot, value: unknown): string | null {
  if (inactive === "any") return null;
  if (typeof inactive === "function") return inactive(value) ? null : reason;
  const asks = !inactive.some((each) => JSON.stringify(each) === JSON.stringify(value));
  return asks ? reason : null;
}
