import { encodeBatchPointer, encodeResultPointer } from '../../../../lib/dialects/queue/result-pointer.ts';

const location = { bucket: 'results', key: 'oversized/1.json' };

describe('encodeResultPointer', () => {
  it('has the id, the place and the metadata of the result', () => {
    expect(JSON.parse(encodeResultPointer('order-1', 'succeeded', location, { tenant: 'a' }))).toEqual({
      id: 'order-1',
      status: 'succeeded',
      result_location: { bucket: 'results', key: 'oversized/1.json' },
      metadata: { tenant: 'a' },
    });
  });

  it('gives null metadata back, and has none for a message without', () => {
    expect(JSON.parse(encodeResultPointer('order-1', 'succeeded', location, null))).toHaveProperty('metadata', null);
    expect(JSON.parse(encodeResultPointer('order-1', 'succeeded', location, undefined))).not.toHaveProperty('metadata');
  });

  it('says of a failed result that it failed', () => {
    expect(JSON.parse(encodeResultPointer('order-1', 'failed', location, null))).toHaveProperty('status', 'failed');
  });

  it('has no characters that SQS refuses', () => {
    const pointer = encodeResultPointer('\uFFFE\uFFFF\u0000', 'failed', location, { text: '\uFFFF\uD800' });
    expect(pointer).toMatch(/^[\u0020-\uD7FF\uE000-\uFFFD]*$/);
    expect(JSON.parse(pointer)).toMatchObject({ id: '\uFFFE\uFFFF\u0000', metadata: { text: '\uFFFF\uD800' } });
  });
});

describe('encodeBatchPointer', () => {
  it('has the custom_id and the place of the line', () => {
    expect(JSON.parse(encodeBatchPointer('line-1', location))).toEqual({
      custom_id: 'line-1',
      result_location: { bucket: 'results', key: 'oversized/1.json' },
    });
  });
});
