import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCharacterWord } from '../../../src/runtime/qemu-args/character-word.ts';

for (const [word, ...parts] of [
  ['stdio', 'backend=stdio'],
  ['mon:stdio', 'backend=stdio'],
  ['stdio,logfile=l', 'backend=stdio', 'logfile=l'],
  ['vc:80Cx24C', 'backend=vc'],
  ['vc,x=y', 'backend=vc', 'x=y'],
  ['chardev:pty,logfile=l'],
  ['file:a,logfile=l', 'backend=file', 'path=a,logfile=l'],
  ['file:unix:a', 'backend=file', 'path=unix:a'],
  ['pipe:', 'backend=pipe', 'path='],
  ['pty:a', 'backend=pty', 'path=a'],
  ['unix:a,,b,server', 'backend=socket', 'path=a,b', 'server=on'],
  ['tcp::1', 'backend=socket'],
  ['tcp:h:1,nowait', 'backend=socket', 'wait=off'],
  ['tcp:h,a=b:1,,c=d', 'backend=socket', '=on', 'c=d'],
  ['tcp:[::1]:1,c=d', 'backend=socket', 'c=d'],
  ['tcp:h', '=tcp:h'],
  ['tn3270::1,c=d', 'backend=socket', 'c=d'],
  ['udp:h:1@:2,c=d', 'backend=udp', 'c=d'],
  ['/dev/ttyS0,a=b', 'backend=serial', 'path=/dev/ttyS0,a=b'],
  ['/dev/parport0', 'backend=parallel', 'path=/dev/parport0'],
  ['/dev/ppi0', 'backend=parallel', 'path=/dev/ppi0'],
  ['mon:/dev/ttyS0', 'backend=serial', 'path=/dev/ttyS0'],
  ['stdiox', '=stdiox'],
] as const) {
  test(`${word} in the words of -chardev`, () => {
    const found = parseCharacterWord(word).map(({ key, value }) => `${key}=${value}`);
    assert.deepEqual(found, parts);
  });
}
