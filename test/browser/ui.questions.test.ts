/** Which question the answers are to, and what counts as right. */
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { answered, ask, lane, open, question, recorded, state } from '../fixtures/comparePage';
import { QUESTION, UNANSWERABLE } from '../fixtures/scriptedAnswers';

const known = () => page.getByRole('group', { name: 'Bench settings' });
const unmarked = () => page.getByText('No known answer', { exact: true }).elements().length;
const asked = () => page.getByText(`“${QUESTION.text}”`, { exact: true });

async function setKnown(answer: string): Promise<void> {
  await page.getByRole('button', { name: 'edit known answer' }).click();
  await page.getByRole('textbox', { name: 'Known answer' }).fill(answer);
  await page.getByRole('button', { name: 'Set', exact: true }).click();
}

test('a question of the visitor’s own is not marked until they say what the answer is', async () => {
  open();
  await question().fill('What does the moon weigh?');
  await ask().click();
  await answered(4);
  expect(page.getByText('No known answer', { exact: true }).elements()).toHaveLength(4);

  await page.getByRole('button', { name: 'edit known answer' }).click();
  await page.getByRole('textbox', { name: 'Known answer' }).fill('27 days');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await ask().click();
  await expect.poll(() => page.getByText('No known answer', { exact: true }).elements().length).toBe(0);

  await question().fill(QUESTION.text);
  await expect.element(page.getByRole('group', { name: 'Bench settings' })).toHaveTextContent('Known answer 27 days');
});

test('a question chosen over answers to another says which one they are to, and can give way to it', async () => {
  open();
  await recorded();
  await expect.element(page.getByText('answers are to')).not.toBeInTheDocument();
  await page.getByRole('group', { name: 'Suggested questions' }).getByRole('button').first().click();
  await expect.element(page.getByText('These recorded answers are to')).toBeVisible();
  await expect.element(asked()).toBeVisible();
  await expect.element(page.getByRole('status')).toHaveTextContent(`These recorded answers are to “${QUESTION.text}”`);
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await expect.element(asked()).not.toBeInTheDocument();
  await expect.element(question()).toHaveValue(QUESTION.text);
  await expect.element(question()).toHaveFocus();
});

test('a lane asked alone is asked what the others were, not what is half typed', async () => {
  open();
  await ask().click();
  await answered(4);
  await question().fill('When is Harr');
  await expect.element(asked()).toBeVisible();
  await page.getByRole('button', { name: 'Lane 4 wears: robust-reader 1.0' }).click();
  const strength = page.getByRole('slider', { name: 'Strength of robust-reader' });
  await expect.element(strength).toBeVisible();
  (strength.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowLeft}');
  await expect.element(page.getByRole('button', { name: 'Lane 4 wears: robust-reader 0.95' })).toBeInTheDocument();
  await answered(4);
  for (let n = 1; n <= 4; n++) expect(state(n)).toBe('answered');
  await expect.element(asked()).toBeVisible();
  await expect.element(lane(4).getByText('Correct', { exact: true })).toBeInTheDocument();
});

test('another known answer marks the answers anew, and the finding with them', async () => {
  open();
  await ask().click();
  await answered(4);
  await expect.element(lane(1).getByText('Wrong', { exact: true })).toBeVisible();
  await setKnown('20 days');
  await expect.element(lane(1).getByText('Correct', { exact: true })).toBeVisible();
  await expect.element(lane(2).getByText('Wrong', { exact: true })).toBeVisible();
  await expect.element(page.getByText(/^One of four lanes gave the known answer\./)).toBeVisible();
  expect(page.getByText('Holds the answer', { exact: true }).elements()).toHaveLength(0);
});

test('a known answer that is changed while lanes write marks those to come as well', async () => {
  open({ pace: 60 });
  await ask().click();
  await expect.poll(() => state(1)).toBe('streaming');
  await setKnown('24 days');
  await answered(4);
  await expect.element(lane(3).getByText('Correct', { exact: true })).toBeVisible();
  await expect.element(lane(2).getByText('Wrong', { exact: true })).toBeVisible();
});

test('a sample question that was cleared has its own answer again when it is written anew', async () => {
  open();
  await ask().click();
  await answered(4);
  await page.getByRole('button', { name: 'edit known answer' }).click();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect.poll(unmarked).toBe(4);
  await expect.element(known()).toHaveTextContent('Known answer not set');
  await question().fill('Something else');
  await question().fill(QUESTION.text);
  await expect.element(known()).toHaveTextContent('Known answer 27 days');
  await expect.poll(unmarked).toBe(0);
});

test('Set without an answer leaves an unanswerable question unanswerable', async () => {
  open();
  await question().fill(UNANSWERABLE.text);
  await setKnown('');
  await expect.element(known()).toHaveTextContent('Known answer none in the documents');
  await setKnown('Green');
  await expect.element(known()).toHaveTextContent('Known answer Green');
});
