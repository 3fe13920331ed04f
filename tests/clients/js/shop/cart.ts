import { priceOf, type Line } from "./lib/prices";

export class Cart {
  private lines: Line[] = [];

  add(line: Line): void {
    this.lines.push(line);
  }

  checkout(): number {
    let total = 0;
    for (const line of this.lines) {
      total += priceOf(line);
    }
    return total;
  }
}
