# Reads the studio's data set and deals its rows as the studio did.
def cell_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def read_table(path):
    """One dictionary a row: a JSON or JSON Lines file, or text with one row a line."""
    if path.endswith((".json", ".jsonl", ".ndjson")):
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
        if path.endswith(".json"):
            records = json.loads(text)
        else:
            records = [json.loads(line) for line in text.splitlines() if line.strip()]
        return [dict(flatten(record)) for record in records]
    with open(path, newline="", encoding=FILE["encoding"]) as file:
        rows = [row for row in csv.reader(file, delimiter=FILE["delimiter"]) if row]
    if FILE["has_header"]:
        rows = rows[1:]
    elif rows:
        rows[0][0] = rows[0][0].lstrip("\ufeff")
    return [dict(zip(FILE["columns"], row)) for row in rows]


def flatten(record):
    """The plain values of a record under their keys, nested keys joined by dots."""
    for key, value in record.items():
        if isinstance(value, dict):
            for inner, text in flatten(value):
                yield key + "." + inner, text
        else:
            yield key, cell_text(value)


def shares(sizes, total, spare):
    """Deals `total` among classes in proportion to their sizes, by largest remainder, leaving `spare` in each."""
    whole = sum(sizes)
    room = [max(0, size - spare) for size in sizes]
    exact = [size * total / whole if whole else 0 for size in sizes]
    dealt = [min(int(share), free) for share, free in zip(exact, room)]
    order = sorted(range(len(sizes)), key=lambda k: (int(exact[k]) - exact[k], k))
    missing = min(total, sum(room)) - sum(dealt)
    while missing > 0:
        for k in order:
            if missing > 0 and dealt[k] < room[k]:
                dealt[k] += 1
                missing -= 1
    return dealt


def split_rows(classes, fraction):
    """Places of the training and of the held-out rows. Classes give equal shares; the seed decides which rows."""
    groups = [[] for _ in range(max(classes, default=0) + 1)]
    generator = torch.Generator().manual_seed(CHOICE["split_seed"])
    for place in torch.randperm(len(classes), generator=generator).tolist():
        groups[classes[place]].append(place)
    # JavaScript rounds halves up.
    held = shares([len(group) for group in groups], int(len(classes) * fraction + 0.5), 1)
    kept = [len(group) - count for group, count in zip(groups, held)]
    most = CHOICE["max_train_rows"]
    wanted = kept if most is None else shares(kept, min(most, sum(kept)), 0)
    evaluation = [p for group, count in zip(groups, held) for p in group[:count]]
    train = [p for g, h, w in zip(groups, held, wanted) for p in g[h : h + w]]
    return sorted(train), sorted(evaluation)
