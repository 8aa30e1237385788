// The loss of the classes that transformers does not have, for the PyTorch code beside their weights.

/** A function of the code's module, which imports `torch.nn.functional as F`: transformers' own losses. */
export const pythonLoss = `def loss_of(config, logits, labels):
    if labels is None:
        return None
    if config.problem_type == "regression":
        return F.mse_loss(logits, labels.reshape(logits.shape).to(logits))
    if config.problem_type == "multi_label_classification":
        return F.binary_cross_entropy_with_logits(logits, labels.to(logits))
    return F.cross_entropy(logits, labels)
`;

/** A line of the class: its loss is a mean, so the Trainer divides it by the micro-batches of an update. */
export const pythonLossKwargs = "accepts_loss_kwargs = False";
