# Reads the studio's data set and deals its rows as the studio did.
# The studio reads longer cells than csv does of itself.
csv.field_size_limit(2**31 - 1)


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
    """One dictionary a row: of JSON, of JSON Lines, or of text with one row a line."""
    with open(path, newline="", encoding=FILE["encoding"]) as file:
        text = file.read().lstrip("\ufeff")
    kind = text_format(path.lower(), text)
    if kind == "csv":
        lines = io.StringIO(text, newline="")
        rows = [row for row in csv.reader(lines, delimiter=FILE["delimiter"]) if row]
    elif kind == "json":
        rows = records_in(json.loads(text))
    else:
        rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    if all(isinstance(row, dict) for row in rows):
        return [dict(flatten(row)) for row in rows]
    if FILE["has_header"]:
        rows = rows[1:]
    return [dict(zip(FILE["columns"], map(cell_text, row))) for row in rows]


def text_format(path, text):
    """By the name or by how the text begins; pandas writes JSON Lines into files named .json as well."""
    if path.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if not path.endswith(".json") and re.match(r'\s*(\{\s*"|\[\s*[\[{])', text) is None:
        return "csv"
    first = text.split("\n", 1)[0].strip()
    if not first.startswith("{") or len(text.strip()) == len(first):
        return "json"
    try:
        json.loads(first)
    except ValueError:
        return "json"
    return "jsonl"


def records_in(value):
    """A list of rows, the one list of rows in an object, or pandas' columns."""
    if isinstance(value, list):
        return value
    lists = [each for each in value.values() if isinstance(each, list)]
    if len(lists) == 1 and lists[0] and isinstance(lists[0][0], (list, dict)):
        return lists[0]
    columns = [each if isinstance(each, list) else in_order(each) for each in value.values()]
    return [dict(zip(value, cells)) for cells in zip(*columns)]


def in_order(column):
    """JavaScript has row numbers in their order, whatever that of the file, and other keys behind them."""
    is_number = re.compile(r"(0|[1-9]\d{0,8})\Z").match
    return [column[key] for key in sorted(column, key=lambda key: int(key) if is_number(key) else 1e9)]


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
