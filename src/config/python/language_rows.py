# Rows to tokens, masks and batches, as the studio makes them: end of text, what counts in the loss, packing.
def ids_of(text, bare=False):
    return tokenizer(text, add_special_tokens=not bare)["input_ids"]


def with_end(ids):
    return ids if END is None or ids[-1:] == [END] else ids + [END]


def encode_completion(row):
    if isinstance(row["prompt"], list):
        prompt = ids_of(render(row["prompt"], ask=True), bare=True)
        ids = ids_of(render(row["prompt"] + row["completion"]), bare=True)
    else:
        prompt, ids = ids_of(row["prompt"]), with_end(ids_of(row["prompt"] + row["completion"]))
    read = len(prompt) if ROWS["completion_only_loss"] else 0
    return ids, [int(place >= read) for place in range(len(ids))]


def render(messages, ask=False):
    template = tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    return tokenizer.apply_chat_template(
        messages, chat_template=template or CHATML, tokenize=False, add_generation_prompt=ask
    )


def encode_chat(messages):
    """What a longer chat adds to the shorter one is the assistant's turn; the text is cut there, so that each token belongs to one turn."""
    text = render(messages)
    if not ROWS["assistant_only_loss"]:
        ids = ids_of(text, bare=True)
        return ids, [1] * len(ids)
    ids, trained, place = [], [], 0

    def add(part, is_spoken):
        own = ids_of(part, bare=True) if part else []
        ids.extend(own)
        trained.extend([int(is_spoken)] * len(own))

    for turn, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        start = len(os.path.commonprefix([text, render(messages[:turn], ask=True)]))
        end = len(os.path.commonprefix([text, render(messages[: turn + 1]).rstrip()]))
        if end > start:
            add(text[place:start], False)
            add(text[start:end], True)
            place = end
    add(text[place:], False)
    return ids, trained


def encode(row):
    """Token ids and, for each, 1 where it counts in the loss: one pair, or two where a row is learned in two ways."""
    if "text" in row:
        ids = with_end(ids_of(row["text"]))
        return [(ids, [1] * len(ids))]
    if "messages" in row:
        return [encode_chat(row["messages"])]
    if "input_ids" in row:
        return [(row["input_ids"], [int(label != -100) for label in row["labels"]])]
    return [encode_completion(each) for each in (row, row.get("direct")) if each is not None]


def pack(texts, length):
    """Best fit, longest first: each text goes into the fullest row that still has room."""
    rows, by_room = [], [[] for _ in range(length + 1)]
    for text in sorted(texts, key=lambda text: -len(text[0])):
        size = len(text[0])
        room = next((room for room in range(size, length + 1) if by_room[room]), None)
        row = len(rows) if room is None else by_room[room].pop()
        if room is None:
            rows.append([])
        rows[row].append(text)
        by_room[(length if room is None else room) - size].append(row)
    return rows


def as_examples(rows):
    """A row of a batch is one text, or several packed ones: `position_ids` begin anew with each."""
    texts = [(ids[:MAX_LENGTH], trained[:MAX_LENGTH]) for row in rows for ids, trained in encode(row)]
    texts = [text for text in texts if 1 in text[1][1:]]
    print(len(texts), "texts with", sum(sum(trained[1:]) for _, trained in texts), "tokens that count")
    return [
        {
            "input_ids": [token for ids, _ in row for token in ids],
            "labels": [
                token if counts and place else -100
                for ids, trained in row
                for place, (token, counts) in enumerate(zip(ids, trained))
            ],
            "position_ids": [place for ids, _ in row for place in range(len(ids))],
        }
        for row in (pack(texts, MAX_LENGTH) if ROWS["packing"] else [[text] for text in texts])
    ]


def collate(examples):
    """Padded on the right. Without a mask, transformers lets no text see another where position_ids begin anew."""
    length = max(len(example["input_ids"]) for example in examples)
    fillers = {"input_ids": PAD, "labels": -100, "position_ids": 0}
    return {
        key: torch.tensor([each[key] + [filler] * (length - len(each[key])) for each in examples])
        for key, filler in fillers.items()
    }


def likeliest(logits, labels):
    return (logits[0] if isinstance(logits, tuple) else logits).argmax(-1)


def compute_metrics(prediction):
    labels = prediction.label_ids[:, 1:]
    hits = (prediction.predictions[:, :-1] == labels) & (labels != -100)
    return {"accuracy": float(hits.sum() / (labels != -100).sum())}


class LanguageTrainer(Trainer):
    """Adds the perplexity to each score."""

    def evaluation_loop(self, *args, metric_key_prefix="eval", **kwargs):
        output = super().evaluation_loop(*args, metric_key_prefix=metric_key_prefix, **kwargs)
        loss = output.metrics[metric_key_prefix + "_loss"]
        output.metrics[metric_key_prefix + "_perplexity"] = float(np.exp(loss))
        return output
