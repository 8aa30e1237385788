# Maps the table's rows and splits them as the studio did: the same rows, in the same order, on the same side.
FLAGS = {"0": 0, "0.0": 0, "false": 0, "no": 0, "1": 1, "1.0": 1, "true": 1, "yes": 1}
ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|([^,\s"\'][^,]*)')


def choose(table):
    """The texts, the pair and the label cells of every row."""
    texts = [CHOICE["text_column"]] + CHOICE["join_columns"]
    pair = CHOICE["text_pair_column"]
    rows = []
    for record in table:
        cells = [record.get(name, "") for name in texts]
        text = cells[0] if len(cells) == 1 else " ".join(c.strip() for c in cells if c.strip())
        rows.append(
            {
                "text": text,
                "pair": None if pair is None else record.get(pair, ""),
                "targets": [record.get(name, "") for name in CHOICE["label_columns"]],
            }
        )
    return rows


def spelling_key(label):
    if CHOICE["merge_labels"] == "none":
        return label
    label = label.strip()
    return re.sub(r"\s+", " ", label).lower() if CHOICE["merge_labels"] == "case_and_spaces" else label


def merge_labels(labels):
    """One name for each class: the spelling that most rows have."""
    groups = {}
    for label in labels:
        name = label if CHOICE["merge_labels"] == "none" else label.strip()
        counts = groups.setdefault(spelling_key(label), {})
        counts[name] = counts.get(name, 0) + 1
    names = {key: min(counts, key=lambda n: (-counts[n], n)) for key, counts in groups.items()}
    return lambda label: names.get(spelling_key(label), label)


def split_labels(cell):
    cell = cell.strip()
    if not (cell.startswith("[") and cell.endswith("]")):
        parts = cell.split(CHOICE["label_separator"])
    else:
        try:
            parts = [cell_text(part) for part in json.loads(cell)]
        except ValueError:
            parts = [
                re.sub(r"\\(.)", r"\1", double or single or bare)
                for double, single, bare in ITEM.findall(cell[1:-1])
            ]
    return [part.strip() for part in parts if part.strip()]


def by_name(name):
    """Numbers first and by value, everything else by code point."""
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)


def target_reader(trained):
    """What reads a row's label cells: names, or numbers, or None where they cannot be read; and the outputs if they are known."""
    columns, kind = CHOICE["label_columns"], CHOICE["problem_type"]
    if kind == "single_label_classification":
        class_of = merge_labels([row["targets"][0] for row in trained])
        return (lambda cells: [class_of(cells[0])]), None
    if kind == "regression":
        def numbers(cells):
            try:
                return [float(cell) for cell in cells]
            except ValueError:
                return None

        return numbers, columns
    flag = lambda cell: FLAGS.get(cell.strip().lower())
    if len(columns) > 1:
        def flags(cells):
            values = [flag(cell) for cell in cells]
            return None if None in values else [n for n, v in zip(columns, values) if v]

        return flags, columns
    lists = [split_labels(row["targets"][0]) for row in trained]
    width = len(lists[0]) if lists else 0
    is_flag = lambda name: name in ("0", "0.0", "1", "1.0")
    if width > 1 and all(len(each) == width and all(map(is_flag, each)) for each in lists):
        outputs = ["LABEL_%d" % index for index in range(width)]

        def vector(cells):
            values = [flag(part) for part in split_labels(cells[0])]
            return [n for n, v in zip(outputs, values) if v] if len(values) == width else None

        return vector, outputs
    name_of = merge_labels([name for each in lists for name in each])
    return (lambda cells: list(dict.fromkeys(map(name_of, split_labels(cells[0]))))), None


def text_key(row):
    return row["text"].strip(), (row["pair"] or "").strip()


def prepare(path, eval_path=None):
    """Training rows, held-out rows (text, pair, target) and the names of the outputs."""
    own = choose(read_table(path))
    rows = own + (choose(read_table(eval_path)) if eval_path else [])
    kind = CHOICE["problem_type"]
    has_text = lambda row: row["text"].strip() != "" and (row["pair"] is None or row["pair"].strip() != "")
    is_labelled = lambda row: any(cell.strip() for cell in row["targets"])
    read, outputs = target_reader([row for row in own if has_text(row) and is_labelled(row)])
    may_be_empty = kind == "multi_label_classification" and outputs is None
    used, seen = [], set()
    for place, row in enumerate(rows):
        row["held_out"] = place >= len(own)
        if not has_text(row) or not (may_be_empty or is_labelled(row)):
            continue
        row["target"] = read(row["targets"])
        if row["target"] is None:
            continue
        target = row["target"] if kind == "regression" else sorted(row["target"])
        key = (row["held_out"], text_key(row), tuple(target))
        if not (CHOICE["skip_duplicates"] and key in seen):
            used.append(row)
        seen.add(key)
    if kind == "single_label_classification" and CHOICE["skip_single_classes"]:
        names = [row["target"][0] for row in used if not row["held_out"]]
        used = [row for row in used if row["held_out"] or names.count(row["target"][0]) > 1]
    if outputs is None:
        outputs = sorted({n for row in used if not row["held_out"] for n in row["target"]}, key=by_name)
    if kind != "regression":
        used = [row for row in used if set(row["target"]) <= set(outputs)]
    mine = [row for row in used if not row["held_out"]]
    is_single = kind == "single_label_classification"
    classes = [outputs.index(row["target"][0]) if is_single else 0 for row in mine]
    train, held = split_rows(classes, 0 if eval_path else CHOICE["eval_fraction"])
    train = [mine[place] for place in train]
    held = [row for row in used if row["held_out"]] if eval_path else [mine[place] for place in held]
    if CHOICE["skip_leaks"]:
        known = {text_key(row) for row in held}
        train = [row for row in train if text_key(row) not in known]
    return train, held, outputs
