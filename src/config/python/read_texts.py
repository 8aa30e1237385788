# Maps the table's rows to what a language model reads, and splits them as the studio did.
SPEAKERS = {"human": "user", "gpt": "assistant", "bot": "assistant", "chatgpt": "assistant", "model": "assistant"}


def read_paragraphs(path):
    """One row a paragraph, which a blank line ends."""
    with open(path, newline="", encoding=FILE["encoding"]) as file:
        lines = file.read().replace("\r\n", "\n").split("\n")
    rows, lines = [[]], lines + [""]
    for line in lines:
        if line.strip():
            rows[-1].append(line)
        elif rows[-1]:
            rows.append([])
    return [{"text": "\n".join(row).strip()} for row in rows if row]


def messages_in(cell):
    if not cell.strip():
        return []
    messages = []
    for entry in json.loads(cell):
        if "role" in entry:
            messages.append({"role": entry["role"], "content": entry["content"]})
        else:
            role = SPEAKERS.get(entry["from"], entry["from"])
            messages.append({"role": role, "content": entry["value"]})
    return messages


def is_conversation(cell):
    try:
        entries = json.loads(cell) if cell.lstrip().startswith("[") else None
    except ValueError:
        return False
    return bool(entries) and all(isinstance(e, dict) and "role" in e and "content" in e for e in entries)


def fill(template, values):
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), template)


def reasoned(question, reasoning, answer):
    """Reasoning, then the answer; a row without reasoning teaches to answer at once, and `direct` teaches both."""
    if answer == "":
        return {"prompt": question, "completion": ""}
    direct = {"prompt": fill(TEMPLATES["direct"], {"question": question}), "completion": " " + answer}
    if reasoning == "":
        return direct
    prompt = fill(TEMPLATES["zero_shot"], {"question": question})
    values = {"question": question, "reasoning": reasoning, "answer": answer}
    row = {"prompt": prompt, "completion": fill(TEMPLATES["example"], values)[len(prompt) :].rstrip()}
    return {**row, "direct": direct} if CHOICE["direct_answers"] else row


def content_of(record):
    """A row in one of TRL's formats."""
    cell = lambda role: record.get(CHOICE["columns"].get(role) or None, "")
    system = [{"role": "system", "content": cell("system")}] if cell("system").strip() else []
    kind = CHOICE["format"]
    if kind == "text":
        return {"text": cell("text")}
    if kind == "prompt_completion":
        parts = {"prompt": cell("prompt"), "completion": cell("completion")}
        is_chat = any(map(is_conversation, parts.values()))
        return {role: messages_in(part) for role, part in parts.items()} if is_chat else parts
    if kind == "reasoning":
        return reasoned(*(cell(role).strip() for role in ("question", "reasoning", "answer")))
    if kind == "messages":
        return {"messages": messages_in(cell("messages"))}
    if kind == "conversations":
        return {"messages": system + messages_in(cell("conversations"))}
    if kind == "alpaca":
        asked = [part for part in (cell("instruction"), cell("input")) if part.strip()]
        asked = {"role": "user", "content": "\n".join(asked)}
        return {"messages": system + [asked, {"role": "assistant", "content": cell("output")}]}
    numbers = lambda role: json.loads(cell(role)) if cell(role).strip() else None
    ids, labels, mask = numbers("input_ids") or [], numbers("labels"), numbers("attention_mask")
    kept = [place for place in range(len(ids)) if mask is None or mask[place] != 0]
    return {
        "input_ids": [ids[place] for place in kept],
        "labels": [(ids if labels is None else labels)[place] for place in kept],
    }


def says_something(row):
    messages = row.get("messages", row.get("completion"))
    if isinstance(messages, list):
        return any(each["role"] == "assistant" and each["content"] for each in messages)
    if "input_ids" in row:
        return len(row["input_ids"]) > 0
    return row.get("completion", row.get("text")).strip() != ""


def prepare(path, eval_path=None):
    """Training rows and held-out rows."""
    read = read_paragraphs if FILE["is_prose"] else read_table

    def used(file):
        rows, seen = [], set()
        for row in map(content_of, read(file)):
            key = json.dumps(row)
            if says_something(row) and not (CHOICE["skip_duplicates"] and key in seen):
                rows.append(row)
            seen.add(key)
        return rows

    own = used(path)
    train, held = split_rows([0] * len(own), 0 if eval_path else CHOICE["eval_fraction"])
    train = [own[place] for place in train]
    held = used(eval_path) if eval_path else [own[place] for place in held]
    if CHOICE["skip_leaks"]:
        known = {json.dumps(row) for row in held}
        train = [row for row in train if json.dumps(row) not in known]
    return train, held
