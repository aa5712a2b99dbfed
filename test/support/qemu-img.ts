import assert from 'node:assert/strict';
import { closeSync, openSync, readSync } from 'node:fs';
import type { ImageBytes } from '../../src/runtime/images/bytes.ts';
import { needs, runTool, type ToolResult } from './tool.ts';

/** For a test's options: skipped, with the reason, without qemu-img. */
export const needsQemuImg = needs('qemu-img');

/** Runs the real qemu-img in `directory`. */
export function qemuImg(directory: string, line: string): string {
  const { status, stdout, stderr } = tryQemuImg(directory, line);
  assert.equal(status, 0, `qemu-img ${line}: ${stderr}`);
  return stdout;
}

// It sizes the key derivation of luks by the processor's clock, which a busy machine may not give it.
function tryQemuImg(directory: string, line: string, attempts = 50): ToolResult {
  const result = runTool('qemu-img', line.split(' '), { cwd: directory });
  const isBusy = result.stderr.includes('Unable to get accurate CPU usage');
  return isBusy && attempts > 1 ? tryQemuImg(directory, line, attempts - 1) : result;
}

/** An image in memory. */
export function imageOf(bytes: Uint8Array): ImageBytes {
  const buffer = Buffer.from(bytes);
  return {
    readAt: (offset, length) => {
      const start = Math.min(offset, buffer.length);
      return buffer.subarray(start, Math.min(start + length, buffer.length));
    },
  };
}

/** The first bytes of a file. */
export function startOf(path: string, length: number): Buffer {
  const descriptor = openSync(path, 'r');
  const buffer = Buffer.alloc(length);
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, 0));
  } finally {
    closeSync(descriptor);
  }
}
