// Plates in the Belgian form for benchmarks: millions of them, none twice.

/** prime to the number of plates, so that the n-th plate is all over them and none comes twice */
const STRIDE = 104_729_111;
const PLATES = 9 * 26 ** 3 * 1000;

/** A plate like 1ABC234, another for each n below 158 million. */
export function plateOf(n: number): string {
  let rest = Number((BigInt(n) * BigInt(STRIDE)) % BigInt(PLATES));
  const take = (base: number) => {
    const digit = rest % base;
    rest = Math.floor(rest / base);
    return digit;
  };
  const number = String(take(1000)).padStart(3, '0');
  const letters = [take(26), take(26), take(26)].map((letter) => String.fromCharCode(65 + letter)).join('');
  return `${1 + take(9)}${letters}${number}`;
}
