import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { openEngine } from "../engine/product.ts";
import { median } from "../median.ts";
import type { RealProcess } from "../road/real-process.ts";

const SWEEPS = 200;

/** Median of a sweep that finds nothing due, by another replica beside the one that runs. */
export async function idleSweepMs({ postgres, config }: RealProcess): Promise<number> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-bench-sweep-"));
  const { engine, close } = await openEngine(postgres, dataDir, config);
  try {
    const times: number[] = [];
    for (let i = 0; i < SWEEPS; i++) {
      const started = performance.now();
      await engine.sweep();
      times.push(performance.now() - started);
    }
    return median(times);
  } finally {
    await close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
