// The loss of the classes that transformers does not have, for the PyTorch code beside their weights.

/** A function of the code's module, which imports `torch.nn.functional as F`. */
export const pythonLoss = `def loss_of(config, logits, labels, num_items_in_batch=None):
    """The mean over all rows of the update, as in the studio: the Trainer counts them over its micro-batches."""
    if labels is None:
        return None
    if config.problem_type == "regression":
        losses = F.mse_loss(logits, labels.reshape(logits.shape).to(logits), reduction="none")
    elif config.problem_type == "multi_label_classification":
        losses = F.binary_cross_entropy_with_logits(logits, labels.to(logits), reduction="none")
    else:
        losses = F.cross_entropy(logits, labels, reduction="none")
    return losses.mean() if num_items_in_batch is None else losses.sum() / num_items_in_batch
`;

/**
 * A line of `__init__`. The Trainer's count leaves out labels of -100, which may well be a regression's number: it then divides by
 * the micro-batches instead.
 */
export const pythonLossKwargs = `self.accepts_loss_kwargs = config.problem_type != "regression"`;
