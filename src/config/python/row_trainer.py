class RowTrainer(Trainer):
    """Its loss is the mean over all rows of an update, on all devices, as in the studio: the models' own is that of a micro-batch."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # The loss is divided here: the Trainer shall not divide it by the micro-batches too.
        self.model_accepts_loss_kwargs = True

    def get_batch_samples(self, *args):
        batches, _ = super().get_batch_samples(*args)
        total = sum(weights_of(batch["labels"]).sum() for batch in batches)
        return batches, self.accelerator.gather(total.to(self.args.device)).sum()

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        weights = weights_of(labels)
        # The gradients of several processes are averaged. An evaluation has no updates.
        total = num_items_in_batch / self.accelerator.num_processes if model.training else weights.sum()
        loss = (losses_of(outputs.logits, labels) * weights).sum() / total
        return (loss, outputs) if return_outputs else loss
