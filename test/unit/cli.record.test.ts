import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openNodeLab } from '../../src/cli/nodeLab';
import { record, RECORDING_FILE } from '../../src/cli/record';
import type { Recording } from '../../src/lab';
import { PRESETS } from '../../src/lanes/presets';

/** What the models wrote and what they were shown; times differ from run to run. */
function replayable({ answers }: Recording) {
  return answers.map(({ laneId, text, verdict, citations, briefing, partTokens, outcome }) => ({
    laneId,
    text,
    verdict,
    citations,
    partTokens,
    messages: briefing?.messages,
    shown: briefing?.passages.map(({ chunk, noise }) => [chunk.id, noise]),
    tokens: outcome.kind === 'answered' ? outcome.tokens : null,
  }));
}

test('the recorded example is what the real models write, token by token', { timeout: 300_000 }, async () => {
  const recording = JSON.parse(await readFile(RECORDING_FILE, 'utf8')) as Recording;
  expect(recording.lanes).toEqual(PRESETS.find(({ id }) => id === 'read')?.lanes);
  expect(recording.answers).toHaveLength(4);
  for (const { outcome } of recording.answers) expect(outcome.kind).toBe('answered');

  const { signal } = new AbortController();
  await using lab = await openNodeLab(recording.lanes, signal);
  expect(lab.questions).toContainEqual(recording.question);
  const replay = await record(lab, recording.question, recording.lanes, recording.seed, signal);
  expect(replayable(replay)).toEqual(replayable(recording));
});
