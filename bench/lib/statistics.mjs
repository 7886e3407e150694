// What many runs come to.
const sorted = (numbers) => numbers.toSorted((a, b) => a - b);

/** The one in the middle, or the mean of the two. */
export function median(numbers) {
  const ordered = sorted(numbers);
  const middle = Math.floor(ordered.length / 2);
  return ordered.length % 2 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}

/** { median, least, most } */
export const spread = (numbers) => ({ median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) });
