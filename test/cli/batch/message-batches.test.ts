// Messages grouped into requests to SQS.
import * as fc from 'fast-check';
import { mostMessageBytes } from '../../../cli/batch/batch-line.ts';
import { groupMessages } from '../../../cli/batch/message-batches.ts';

function createMessages(sizes: readonly number[]) {
  return sizes.map((size, index) => ({ line: index + 1, wireId: `run:${index + 1}`, body: 'ä'.repeat(size / 2) }));
}

async function groupSizes(sizes: readonly number[]): Promise<readonly (readonly number[])[]> {
  const groups = await Array.fromAsync(groupMessages(createMessages(sizes)));
  expect(groups.flat()).toEqual(createMessages(sizes));
  return groups.map((group) => group.map(({ body }) => Buffer.byteLength(body)));
}

it('puts ten messages into a request, or one mebibyte', async () => {
  expect(await groupSizes([])).toEqual([]);
  expect((await groupSizes(Array<number>(25).fill(10))).map(({ length }) => length)).toEqual([10, 10, 5]);
  const half = mostMessageBytes / 2;
  expect(await groupSizes([half, half, half, half + 2, 2])).toEqual([[half, half], [half], [half + 2, 2]]);
  expect(await groupSizes([mostMessageBytes, 2])).toEqual([[mostMessageBytes], [2]]);
});

it('never makes a request that SQS would refuse, and none that the next message would have fitted in', async () => {
  const size = fc.integer({ min: 1, max: mostMessageBytes / 2 }).map((half) => half * 2);
  await fc.assert(
    fc.asyncProperty(fc.array(size, { maxLength: 30 }), async (sizes) => {
      const groups = await groupSizes(sizes);
      const total = (group: readonly number[]): number => group.reduce((sum, bytes) => sum + bytes, 0);
      for (const [index, group] of groups.entries()) {
        expect(group.length).toBeLessThanOrEqual(10);
        expect(total(group)).toBeLessThanOrEqual(mostMessageBytes);
        const next = groups[index + 1]?.[0] ?? mostMessageBytes;
        expect(group.length === 10 || total(group) + next > mostMessageBytes).toBe(true);
      }
    }),
    { numRuns: 20 },
  );
});
