/** A figure of one run. Ratios are between two things that took turns on the same machine; only they may be claimed. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  /** Of a ratio, `x`. */
  readonly unit: 'x' | 'kB' | 'ms' | 's';
  readonly goal: { readonly atMost: number } | { readonly atLeast: number } | null;
  readonly note: string;
}

export function reached({ value, goal }: BenchRow): boolean | null {
  if (goal === null) return null;
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
}

export function ratio(name: string, value: number, goal: BenchRow['goal'], note: string): BenchRow {
  return { name, value, unit: 'x', goal, note };
}

export function formatRows(rows: readonly BenchRow[]): string {
  return rows
    .map((row) => {
      const met = reached(row);
      const mark = met === null ? ' ' : met ? '✓' : '✗';
      const goal =
        row.goal === null
          ? ''
          : 'atMost' in row.goal
            ? `goal at most ${String(row.goal.atMost)}; `
            : `goal at least ${String(row.goal.atLeast)}; `;
      const value = row.value.toFixed(row.unit === 'x' ? 2 : 1);
      return `${mark} ${row.name}: ${value}${row.unit === 'x' ? '' : ` ${row.unit}`} (${goal}${row.note})`;
    })
    .join('\n');
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
