// Which requests of the local run are for its playground: none that the gateway would answer.
import { isForPlayground } from '../../local/playground.ts';

it('takes its own paths and leaves all others to the gateway', () => {
  const paths = ['/playground', '/playground/', '/playground/app.js', '/dev/playground', '/dev/playground/app.css'];
  expect(paths.filter((path) => !isForPlayground('GET', path))).toEqual([]);
  const others = [
    '/',
    '/health',
    '/v1/models/playground',
    '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/playground',
    '/playgrounds',
    '/playground/a/b',
    '/a/b/playground',
  ];
  expect(others.filter((path) => isForPlayground('GET', path))).toEqual([]);
  expect(isForPlayground('POST', '/playground')).toBe(false);
});
