import { expect, test } from 'vitest';
import { allowableOrigin, contentSecurityPolicy } from '../../src/host/policy';

test('the policy lets nothing but the page itself be asked, and what the visitor let in', () => {
  expect(contentSecurityPolicy()).toContain("; connect-src 'self'; ");
  expect(contentSecurityPolicy(['https://a.example', 'http://localhost:8000'])).toContain(
    "; connect-src 'self' https://a.example http://localhost:8000; ",
  );
  for (const visitorOrigins of [[], ['https://a.example']]) {
    const policy = contentSecurityPolicy(visitorOrigins);
    expect(policy).toMatch(/^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; /);
    expect(policy).not.toContain('unsafe-inline');
  }
});

test.each([
  ['https://huggingface.co/some/model?x=1#y', 'https://huggingface.co'],
  ['https://a.example:8443', 'https://a.example:8443'],
  ['HTTPS://A.EXAMPLE', 'https://a.example'],
  ['https://bücher.example/', 'https://xn--bcher-kva.example'],
  ['http://localhost:8000/v1', 'http://localhost:8000'],
  ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
  // The one pattern: where huggingface.co keeps its files.
  ['https://*.hf.co', 'https://*.hf.co'],
])('%s may be let in, as %s', (address, origin) => {
  expect(allowableOrigin(address)).toBe(origin);
});

test.each([
  '',
  '*',
  'https:',
  'a.example',
  'http://a.example',
  'http://localhost.a.example',
  'ws://localhost',
  'ftp://a.example',
  'data:text/plain,x',
  'blob:https://a.example/1',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'https://*',
  'https://*.example',
  'https://*.hf.co/x',
  'https://*.hf.co:444',
  'http://*.hf.co',
  "https://a.example;script-src'unsafe-inline'",
  "https://'unsafe-inline'",
  'https://a,b',
  'https://me:secret@a.example',
  // A policy has no way to write these.
  'http://[::1]:8000',
  'https://[2001:db8::1]',
])('%s may not be let in', (address) => {
  expect(allowableOrigin(address)).toBeNull();
});
