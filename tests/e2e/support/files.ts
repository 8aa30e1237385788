// Small data sets for the tests, made by no one's tool but their own words.

const praise = ["great", "wonderful", "excellent", "lovely", "perfect", "delightful"];
const blame = ["terrible", "awful", "broken", "useless", "horrible", "disappointing"];
const things = ["phone", "film", "soup", "book", "hotel", "lamp", "song", "chair"];

/** A CSV file of `rows` short reviews, half of them good, for `setInputFiles`. */
export function reviews(rows: number, name = "reviews.csv") {
  const lines = Array.from({ length: rows }, (_, index) => {
    const isGood = index % 2 === 0;
    const word = (isGood ? praise : blame)[index % 6];
    const thing = things[Math.floor(index / 2) % 8];
    return `"The ${thing} was ${word}, number ${index}",${isGood ? "good" : "bad"}`;
  });
  return csv(name, ["review,verdict", ...lines]);
}

/** A CSV file of these lines. */
export function csv(name: string, lines: readonly string[]) {
  return { name, mimeType: "text/csv", buffer: Buffer.from(`${lines.join("\n")}\n`) };
}
