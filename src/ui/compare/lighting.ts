/** How citations and the prompt strip light passages; passages count from 0. */
export interface Lighting {
  readonly hover: (passage: number | null) => void;
  readonly focus: (passage: number) => void;
  readonly press: (passage: number) => void;
}

/** The address of a passage inside its lane. */
export function passageId(laneId: string, passage: number): string {
  return `${laneId}-passage-${String(passage + 1)}`;
}
