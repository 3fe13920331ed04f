const PRICES = { teapot: 1250 };

export function priceOf(line) {
  const price = PRICES[line.article];
  if (price === undefined) {
    throw new TypeError(`there is no price for ${line.article}`);
  }
  return line.pieces * price;
}

export function checkout(lines) {
  let total = 0;
  for (const line of lines) {
    total += priceOf(line);
  }
  return total;
}
