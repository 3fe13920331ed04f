export interface Line {
  article: string;
  pieces: number;
}

const PRICES: Record<string, number | undefined> = { teapot: 1250 };

export function priceOf(line: Line): number {
  const price = PRICES[line.article];
  if (price === undefined) {
    throw new TypeError(`there is no price for ${line.article}`);
  }
  return line.pieces * price;
}
