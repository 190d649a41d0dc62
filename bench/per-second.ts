/** How many a second, with so many at once, after one round to warm up. */
export async function perSecond(together: number, total: number, one: () => Promise<void>): Promise<number> {
  await Promise.all(Array.from({ length: together }, one));
  const started = performance.now();
  let left = total;
  await Promise.all(
    Array.from({ length: together }, async () => {
      while (left-- > 0) await one();
    }),
  );
  return (total * 1000) / (performance.now() - started);
}
