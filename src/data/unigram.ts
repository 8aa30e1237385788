// Unigram segmentation as Universal Sentence Encoder's own tokenizer does it, tie for tie and rounding for rounding.
// It is not the package's: tokenizer.ts says why.

/**
 * A function that cuts a text into its most likely pieces. An unknown character scores 0 and stands alone. Of equal sums
 * the one with the shortest last piece wins, and a sum of exactly 0 always loses: the source takes 0 for "nothing yet".
 */
export function createUnigram(scores: ReadonlyMap<string, number>): (text: string) => string[] {
  const beginnings = listBeginnings(scores.keys());

  return (text) => {
    const characters = [...text];
    const starts = new Int32Array(characters.length + 1);
    const best = new Float64Array(characters.length + 1);
    for (let start = 0; start < characters.length; start++) {
      let piece = "";
      for (let end = start + 1; end <= characters.length; end++) {
        piece += characters[end - 1];
        // Most letters go on for a few pieces only: without this every text is looked up sixteen letters deep.
        if (end > start + 1 && !beginnings.has(piece)) break;
        const score = scores.get(piece) ?? (end === start + 1 ? 0 : undefined);
        if (score === undefined) continue;
        const sum = score + (best[start] ?? 0);
        const held = best[end] ?? 0;
        if (held !== 0 && sum < held) continue;
        best[end] = sum;
        starts[end] = start;
      }
    }
    return readPieces(characters, starts);
  };
}

/** Every piece and what it begins with. */
function listBeginnings(pieces: Iterable<string>): Set<string> {
  const beginnings = new Set<string>();
  for (const piece of pieces) {
    let beginning = "";
    for (const character of piece) {
      beginning += character;
      beginnings.add(beginning);
    }
  }
  return beginnings;
}

function readPieces(characters: readonly string[], starts: Int32Array): string[] {
  const pieces: string[] = [];
  let end = characters.length;
  while (end > 0) {
    const start = starts[end] ?? 0;
    pieces.push(characters.slice(start, end).join(""));
    end = start;
  }
  return pieces.reverse();
}
